"""A copy of what was sent, by mail: the exact words, what they are about, and their digest."""

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session

from backend.comments import queries as comment_queries
from backend.comments.models import Comment
from backend.core.config import settings
from backend.core.i18n import gettext, later
from backend.notifications import outbox
from backend.people.models import Person
from backend.ratings import queries as rating_queries
from backend.ratings.models import Rating
from backend.releases import diff
from backend.releases.kinds import Scale
from backend.releases.models import ReleaseEntry
from backend.sending import queries
from backend.submissions.models import SignOff, Submission
from backend.suggestions.models import Suggestion

SETTLED_AFTER = timedelta(minutes=10)
"""How long a receipt for ratings waits for more of them: who rates an entry changes several answers in a row."""


def for_comment(session: Session, comment: Comment, *, to: Person | None = None) -> None:
    """Send a receipt for the comment's current words, one for each text: to its author, or to who sent them."""
    to = to or comment.author
    text = comment.text
    suggestion = session.get(Suggestion, comment.id) if text.replacement else None
    framework = comment.round.release.framework
    outbox.post(
        session,
        "receipt",
        to=to.email,
        person=to,
        subject=later("We have received your point %(reference)s", reference=comment.reference),
        once_for=f"{comment.id}:{comment.text_number}",
        comment=comment,
        text=text,
        replacement=readable(text.replacement),
        field=diff.field_label(framework, suggestion.field) if suggestion else "",
        about=_subject(comment),
        release=comment.round.release,
        revision_digest=comment.revision.digest if comment.revision else "",
        byline=comment_queries.bylines(session, [comment])[comment.id],
        address=f"{settings().base_url}/comments/{comment.reference}",
    )


def for_ratings(
    session: Session, submission: Submission, line: ReleaseEntry, ratings: Sequence[Rating], *, to: Person
) -> None:
    """Send the person who rated a receipt with the scores as they stand; while it waits, it follows their changes."""
    release = submission.round.release
    chosen = rating_queries.grounds(ratings)
    outbox.post_latest(
        session,
        "ratings-receipt",
        to=to.email,
        person=to,
        subject=later("We have received your ratings of %(code)s", code=line.entry.code),
        once_for=f"{submission.id}:{line.entry_id}:{to.id}",
        wait=SETTLED_AFTER,
        submission=submission,
        round=submission.round,
        release=release,
        entry=f"{line.entry.code}: {line.revision.content.title}",
        revision_digest=line.revision.digest,
        scores=[(rating.criterion.label, score_label(rating.criterion.scale, rating.score)) for rating in ratings],
        grounds=[ground["label"] for ground in release.framework.grounds if ground["code"] in chosen],
        address=f"{settings().base_url}/frameworks/{release.framework.slug}/entries/{line.entry.code}/rate",
    )


def score_label(scale: Scale, score: int | None) -> str:
    """A score in words."""
    return gettext("Cannot say") if score is None else gettext(scale.labels[score])


def readable(replacement: str | None) -> str | None:
    """A suggested value as people read it: the words, or the codes of the terms."""
    if replacement is None:
        return None
    value = json.loads(replacement)
    return value if isinstance(value, str) else ", ".join(value)


def _subject(comment: Comment) -> str:
    framework = comment.round.release.framework
    if comment.entry and comment.revision:
        subject = f"{comment.entry.code}: {comment.revision.content.title}"
        return f"{subject}, {framework.section_label(comment.section)}" if comment.section else subject
    return comment.question.prompt if comment.question else framework.title


def for_sign_off(session: Session, part: SignOff) -> None:
    """Send who signed off a receipt for the part: once, and to nobody else."""
    submission, signer = part.submission, part.signed_by
    items = queries.sent(session, [part])
    outbox.post(
        session,
        "sign-off-receipt",
        to=signer.email,
        person=signer,
        subject=later(
            "We have received part %(number)s of your feedback %(reference)s",
            number=part.number,
            reference=submission.reference,
        ),  # fmt: skip
        once_for=f"{submission.id}:{part.number}",
        submission=submission,
        round=submission.round,
        part=part,
        items=[(item.name, item.text.body if item.text else gettext("Ratings")) for item in items],
        address=f"{settings().base_url}/organisation/feedback/{submission.reference}/parts/{part.number}",
    )
