"""Writing one answer for many points: attaching a point to it decides the point."""

from collections.abc import Sequence

from sqlmodel import Session

from backend.answers import deciding, queries
from backend.answers.linking import Place
from backend.answers.models import Answer, Decision, Outcome
from backend.audit import log
from backend.comments.models import Comment
from backend.core import db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases.kinds import ReleaseState
from backend.releases.models import Entry, Release


class AnswerPublished(Refusal):
    """What was answered stays as it was answered."""

    title = mark("This answer is published")
    words = mark("A published answer never changes. Answer further points with the next release.")


class AnswerIncomplete(Refusal):
    """An answer says what people said and what was done."""

    status = 422
    title = mark("The answer is not complete")
    words = mark("Enter a title, what people said and what we did.")


def write(
    session: Session,
    release: Release,
    *,
    title: str,
    you_said: str,
    we_did: str,
    outcome: Outcome,
    by: Person,
    entry: Entry | None = None,
    field: str | None = None,
) -> Answer:
    """Draft an answer that will be published with this draft release. Raises AnswerIncomplete or NotADraft."""
    _must_be_complete(title, you_said, we_did)
    deciding.hold_draft(session, release)
    answer = Answer(
        release_id=release.id,
        title=title,
        you_said=you_said,
        we_did=we_did,
        outcome=outcome,
        entry_id=entry.id if entry else None,
        field=field,
        written_by_id=by.id,
    )
    session.add(answer)
    session.flush()
    log.record(session, "answer drafted", f"answer {answer.id}", by=by, outcome=outcome, release=release.number)
    return answer


def edit(
    session: Session,
    answer: Answer,
    *,
    title: str,
    you_said: str,
    we_did: str,
    outcome: Outcome,
    by: Person,
    entry: Entry | None = None,
    field: str | None = None,
) -> None:
    """Change a drafted answer; the points attached to it are decided anew, in its new words.

    Raises AnswerPublished, AnswerIncomplete, and what `deciding.decide_all` raises for the new outcome.
    """
    _must_be_complete(title, you_said, we_did)
    _must_be_drafted(session, answer)
    decides_alike = (answer.we_did, answer.outcome, answer.entry_id, answer.field) == (
        we_did, outcome, entry.id if entry else None, field,
    )  # fmt: skip
    answer.title, answer.you_said, answer.we_did, answer.outcome = title, you_said, we_did, outcome
    answer.entry, answer.field = entry, field  # type: ignore[assignment]
    session.add(answer)
    session.flush()
    log.record(session, "answer changed", f"answer {answer.id}", by=by, outcome=outcome)
    attached = queries.attached(session, answer)
    if attached and not decides_alike:
        attach(session, answer, attached, by)


def attach(session: Session, answer: Answer, comments: Sequence[Comment], by: Person) -> list[Decision]:
    """Decide these points with this answer. Raises AnswerPublished and what `deciding.decide_all` raises."""
    _must_be_drafted(session, answer)
    return deciding.decide_all(
        session,
        comments,
        outcome=answer.outcome,
        reason=answer.we_did,
        release=answer.release,
        by=by,
        answer=answer,
        place=Place(answer.entry, answer.field) if answer.entry else None,
    )


def detach(session: Session, answer: Answer, comments: Sequence[Comment], by: Person) -> None:
    """Take points away from the answer: they are undecided again. Raises AnswerPublished, or as `take_back` does."""
    _must_be_drafted(session, answer)
    attached = {comment.id for comment in queries.attached(session, answer)}
    deciding.take_back(
        session, [comment for comment in comments if comment.id in attached], release=answer.release, by=by
    )


def _must_be_drafted(session: Session, answer: Answer) -> None:
    db.lock(session, answer.release, read=True)
    if answer.release.state is not ReleaseState.DRAFT:
        raise AnswerPublished()


def _must_be_complete(*words: str) -> None:
    if not all(word.strip() for word in words):
        raise AnswerIncomplete()
