"""Drafts: words that only their own voice sees, written by one or several hands until they are sent."""

from typing import Unpack

from sqlmodel import Session

from backend.audit import log
from backend.comments import commenting
from backend.comments.commenting import Said, TextMovedOn
from backend.comments.models import Comment, Draft, Kind, State
from backend.core import clock, counters
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import mark
from backend.people.access import Viewer
from backend.releases import rounds
from backend.releases.models import Round
from backend.submissions import queries as submission_queries
from backend.submissions import signing, speaking
from backend.submissions.models import PublishAs, SpeakingFor


class AlreadySent(Refusal):
    """What was sent is no draft any more."""

    title = mark("This has been sent already")
    words = mark("Point %(reference)s is not a draft any more. Open it to see where it stands, or to change it.")


class NotTheAuthor(Refusal):
    """A draft changes hands between an organisation and a person only by its author."""

    status = 422
    title = mark("Only its author can change who this speaks for")
    words = mark("A colleague began this draft. Leave who it speaks for as it is, or write a point of your own.")


def begin(session: Session, viewer: Viewer, round_: Round, **said: Unpack[Said]) -> Comment:
    """Keep the words of a form as a draft. The same form coming again finds the draft that it made.

    Raises RoundClosed, EntryNotInRelease, NotFound for a section that the framework has not, or CannotSpeak.
    """
    token = commenting.token_of(said, viewer.known)
    comment, is_new = commenting.make(session, viewer, round_, State.DRAFT, token, **said)
    if is_new:
        session.add(
            Draft(
                comment_id=comment.id,
                body=said["body"],
                replacement=said.get("replacement"),
                digest=comment.digest,
                saved_by_id=viewer.known.id,
            )
        )
        session.flush()
        counters.add(session, commenting.count_name(comment, State.DRAFT))
        log.record(session, "draft begun", f"comment {comment.reference}", by=viewer.person)
    return comment


def save(
    session: Session,
    comment: Comment,
    *,
    by: Viewer,
    seen: int,
    body: str,
    publish_as: PublishAs,
    kind: Kind | None = None,
    replacement: str | None = None,
    speaking_for: SpeakingFor | None = None,
    on_behalf_of: str = "",
) -> Draft:
    """Write other words over those that the person had seen; being written again, they wait to be offered again.

    Raises NotFound where the draft is not theirs, RoundClosed, AlreadySent, TextMovedOn, CannotSpeak or NotTheAuthor.
    """
    draft = hold(session, comment, by)
    digest = commenting.digest_of(body, replacement)
    if draft.number != seen and draft.digest != digest:
        raise TextMovedOn()
    if speaking_for is not None:
        _speak_for(session, comment, by, speaking_for, publish_as, on_behalf_of)
    comment.kind = kind or comment.kind
    comment.publish_as = speaking.allowed(comment.speaking_for, publish_as)
    comment.digest = digest
    session.add(comment)
    if draft.digest != digest:
        draft.body, draft.replacement, draft.digest = body, replacement, digest
        draft.number += 1
        draft.saved_by_id = by.known.id
    draft.saved_at = clock.now()
    draft.ready_at = None
    session.add(draft)
    session.flush()
    return draft


def offer(session: Session, comment: Comment, *, by: Viewer) -> None:
    """Say that the draft can be signed off. Raises as `save` does, and NothingSaid for a draft without words."""
    draft = hold(session, comment, by)
    if not draft.body:
        raise commenting.NothingSaid()
    draft.ready_at = clock.now()
    session.add(draft)


def send(session: Session, comment: Comment, *, by: Viewer) -> None:
    """Send a draft of one's own, to be checked. Raises as `save` does, NothingSaid, or NeedsSignOff for others."""
    draft = hold(session, comment, by)
    if comment.submission.organisation_id is not None:
        raise signing.NeedsSignOff()
    if not draft.body:
        raise commenting.NothingSaid()
    comment.text_number += 1
    comment.sent_at = clock.now()
    speaking.note_sent(session, comment.submission)
    commenting.write(session, comment, draft.body, draft.replacement)
    session.delete(draft)
    commenting.move(session, comment, State.HELD)
    log.record(session, "comment sent", f"comment {comment.reference}", by=by.person, digest=comment.digest)


def discard(session: Session, comment: Comment, *, by: Viewer) -> None:
    """Throw the draft away: its words go for good. Raises as `save` does."""
    session.delete(hold(session, comment, by))
    comment.withdrawn_at = clock.now()
    comment.digest = ""
    commenting.move(session, comment, State.WITHDRAWN)
    log.record(session, "draft discarded", f"comment {comment.reference}", by=by.person)


def hold(session: Session, comment: Comment, viewer: Viewer) -> Draft:
    """The draft, which nobody else changes until this transaction ends.

    Raises NotFound where it is not theirs, RoundClosed or AlreadySent.
    """
    commenting.lock(session, comment)
    if comment.submission.voice not in submission_queries.voices(viewer):
        raise NotFound()
    draft = session.get(Draft, comment.id, populate_existing=True)
    if comment.state is not State.DRAFT or draft is None:
        raise AlreadySent(reference=comment.reference)
    rounds.must_be_open(comment.round)
    return draft


def _speak_for(
    session: Session, comment: Comment, viewer: Viewer, speaking_for: SpeakingFor, publish_as: PublishAs, others: str
) -> None:
    """Let the draft speak for somebody else, in their submission."""
    if speaking.voice_of(viewer, speaking_for) != comment.submission.voice:
        if comment.author_id != viewer.known.id:
            raise NotTheAuthor()
        comment.submission = speaking.speak(
            session, comment.round, viewer, speaking_for=speaking_for, publish_as=publish_as, on_behalf_of=others
        )
    comment.speaking_for = speaking_for
    comment.on_behalf_of = others if speaking_for is SpeakingFor.MEMBERS else ""
