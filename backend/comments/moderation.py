"""Checking what comes in, so that nobody's personal data is published and every author hears why."""

from sqlmodel import Session

from backend.audit import log
from backend.comments import commenting, independence, queries
from backend.comments.models import Check, Comment, State, WithheldBecause
from backend.core import clock
from backend.core.config import settings
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import gettext, later, mark
from backend.notifications import outbox
from backend.people import queries as people_queries
from backend.people.access import PERMISSIONS, Permission
from backend.people.models import Person
from backend.submissions.models import PublishAs, SpeakingFor


class AlreadyChecked(Refusal):
    """Another moderator was first, or the author took the point back."""

    title = mark("This point has moved on")
    words = mark(
        "Point %(reference)s is now: %(state)s. Somebody else dealt with it while you were reading, "
        "so nothing that you decided has been recorded."
    )


class TextChanged(Refusal):
    """The author has sent another text since the moderator read it."""

    title = mark("The author has changed this point")
    words = mark(
        "There is a newer text of point %(reference)s than the one you read. "
        "Nothing has been recorded. Read the new text, then decide."
    )


class WordsMissing(Refusal):
    """Whoever is withheld from publication is told why."""

    status = 422
    title = mark("Tell the author why")
    words = mark("Write to the author why their point is withheld and what they can do.")


def comment(session: Session, reference: str) -> Comment:
    """The sent point with this reference. Raises NotFound for a draft and for what the safeguarding lead has."""
    found = queries.comment(session, reference)
    if found.state in (State.DRAFT, State.ESCALATED):
        raise NotFound()
    return found


def is_for_publication(comment: Comment) -> bool:
    """Whether the point may ever be published: never against its author's choice, nor what a private person wrote."""
    return comment.publish_as is not PublishAs.SUMMARY_ONLY and comment.speaking_for is not SpeakingFor.PRIVATE


def publish_or_keep(session: Session, comment: Comment, by: Person, *, seen: int | None = None) -> State:
    """Pass a held point: it is published, or kept where its author does not want that.

    `seen` is the number of the text that the moderator read. Raises OwnContribution, AlreadyChecked or TextChanged.
    """
    _take(session, comment, by, seen, among=(State.HELD,))
    outcome = State.PUBLISHED if is_for_publication(comment) else State.KEPT
    _note(session, comment, by, outcome)
    return outcome


def withhold(
    session: Session,
    comment: Comment,
    *,
    by: Person,
    because: WithheldBecause,
    words: str,
    seen: int | None = None,
    seen_as: State | None = None,
) -> None:
    """Keep a point off the site, also one that was published already, and tell its author why.

    `seen` is the number of the text that the moderator read, and `seen_as` the state that the point was in then.
    Raises WordsMissing, OwnContribution, AlreadyChecked or TextChanged.
    """
    if not words.strip():
        raise WordsMissing()
    _take(session, comment, by, seen, among=(seen_as,) if seen_as else (State.HELD, State.PUBLISHED, State.KEPT))
    check = _note(session, comment, by, State.WITHHELD, because=because, words=words)
    event = comment.submission.event
    subject = mark("The note %(reference)s of the table has not been published")
    if not event:
        subject = mark("Your point %(reference)s has not been published")
    for person in _answerable(session, comment):
        outbox.post(
            session,
            "withheld",
            to=person.email,
            person=person,
            subject=later(subject, reference=comment.reference),
            once_for=f"check:{check.id}:{person.id}",
            reference=comment.reference,
            because=later(because.label),
            words=words,
            event=event,
            address=f"{settings().base_url}/{'table-notes' if event else 'comments'}/{comment.reference}",
        )


def _answerable(session: Session, comment: Comment) -> list[Person]:
    """Who is told of a point: its author; those who sign off, where the author has left the organisation."""
    organisation = comment.submission.organisation
    members = people_queries.members(session, organisation) if organisation else []
    if organisation is None or any(member.person_id == comment.author_id for member in members):
        return [comment.author]
    return [member.person for member in members if Permission.SIGN_OFF in PERMISSIONS[member.standing]]


def _take(session: Session, comment: Comment, by: Person, seen: int | None, *, among: tuple[State, ...]) -> None:
    independence.must_be_independent(by, comment)
    commenting.lock(session, comment)
    if comment.state not in among:
        raise AlreadyChecked(reference=comment.reference, state=gettext(comment.state.label).lower())
    if seen is not None and seen != comment.text_number:
        raise TextChanged(reference=comment.reference)


def _note(
    session: Session,
    comment: Comment,
    by: Person,
    outcome: State,
    *,
    because: WithheldBecause | None = None,
    words: str = "",
) -> Check:
    check = Check(
        comment_id=comment.id,
        text_number=comment.text_number,
        moderator_id=by.id,
        outcome=outcome,
        because=because,
        words=words,
    )
    session.add(check)
    comment.checked_at = clock.now()
    commenting.move(session, comment, outcome)
    session.flush()
    log.record(session, f"comment {outcome.value}", f"comment {comment.reference}", by=by, because=because)
    return check
