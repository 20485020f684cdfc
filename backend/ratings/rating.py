"""Rating an entry: what one voice thinks of exact words, changed as often as it likes until the round closes."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from backend.audit import log
from backend.comments import commenting
from backend.core import clock, db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Constituency, Organisation, Person
from backend.ratings import queries
from backend.ratings.models import Rating, RatingEvent
from backend.ratings.queries import Answer
from backend.releases import rounds
from backend.releases.models import Criterion, Framework, Revision
from backend.submissions import speaking
from backend.submissions.models import SpeakingFor, Submission

SAID = ("score", "author_id", "constituency", "grounds")
"""What a new answer puts in place of the one before it."""

EVENT = insert(db.table_of(RatingEvent))
RATING = db.table_of(Rating)
OFFER = (
    update(RATING)
    .where(
        RATING.c.voice == bindparam("its_voice"),
        RATING.c.revision_id == bindparam("its_revision"),
        RATING.c.ready.is_(False),
    )
    .values(ready=True)
)
SUBMISSION = db.table_of(Submission)
HOLD = select(SUBMISSION.c.id).where(SUBMISSION.c.id == bindparam("its_id")).with_for_update(key_share=True)
"""Who answers for an organisation waits for whoever answers or signs off for it at the same moment."""


class NothingRated(Refusal):
    """A rating answers one question at least."""

    status = 422
    title = mark("Nothing was rated")
    words = mark("Select an answer to one of the questions at least.")


class UnknownCriterion(Refusal):
    """Entries are rated on the questions of their framework."""

    status = 422
    title = mark("We do not know that question")
    words = mark("Select answers to the questions on the page.")


class NotOnTheScale(Refusal):
    """A score is one of those offered, or “cannot say”."""

    status = 422
    title = mark("That is not one of the answers")
    words = mark("Select one of the answers to “%(criterion)s”.")


class UnknownGround(Refusal):
    """A view rests on something that the framework lists."""

    status = 422
    title = mark("We do not know that ground")
    words = mark("Select what your view rests on from the list.")


class AnswerMovedOn(Refusal):
    """A colleague has answered since the answers were read."""

    title = mark("A colleague has answered meanwhile")
    words = mark("A colleague has answered a question since you opened this page. Nothing has been saved.")

    def __init__(self, criteria: Collection[Criterion]) -> None:
        super().__init__()
        self.criteria = criteria
        """The questions that they and this person answer differently."""


def rate(
    session: Session,
    submission: Submission,
    revision: Revision,
    scores: Mapping[str, int | None],
    *,
    by: Person,
    speaking_for: SpeakingFor | None = None,
    grounds: Collection[str] = (),
    seen: Mapping[str, str] | None = None,
) -> None:
    """Note the voice's scores by criterion, None for “cannot say”, and what the view rests on.

    Criteria that are not named keep their score. `seen` holds the marks of the answers that the person had before their
    eyes, so that nobody writes over a colleague's answer unseen. `speaking_for` is how the person speaks about this
    text, where that is not how their submission speaks. Raises RoundClosed, EntryNotInRelease, NothingRated,
    UnknownCriterion, NotOnTheScale, UnknownGround or AnswerMovedOn.
    """
    rounds.must_be_open(submission.round)
    framework = submission.round.release.framework
    line = commenting.line_of(session, submission.round, revision.entry)
    if line.revision_id != revision.id:
        raise commenting.EntryNotInRelease(code=revision.entry.code, number=submission.round.release.number)
    checked = _checked(framework, scores, grounds)
    same: dict[str, Any] = {
        "voice": submission.voice,
        "author_id": by.id,
        "revision_id": revision.id,
        "constituency": constituency_of(submission, speaking_for or submission.speaking_for),
        "grounds": sorted(set(grounds)),
    }
    if submission.organisation_id is None:
        _send_scores(session, submission, revision, checked, same)
    else:
        _draft_scores(session, submission, revision, checked, same, seen)
    log.record(
        session, "entry rated", f"submission {submission.reference}", by=by, revision=revision.digest,
        criteria=sorted(scores),
    )  # fmt: skip


def constituency_of(submission: Submission, speaking_for: SpeakingFor) -> Constituency | None:
    """The group in which a voice is counted that speaks so; None for whoever speaks for no constituency.

    Those are private individuals: also a member by themselves, and somebody who is no specialist any more.
    """
    body: Organisation | Person = submission.organisation or submission.person
    if isinstance(body, Person) and not (speaking_for is SpeakingFor.SPECIALIST and body.is_specialist):
        return None
    return body.constituency or Constituency.PUBLIC_AND_PROFESSIONAL


def _checked(
    framework: Framework, scores: Mapping[str, int | None], grounds: Collection[str]
) -> list[tuple[Criterion, int | None]]:
    known = {criterion.code: criterion for criterion in framework.criteria}
    if not scores:
        raise NothingRated()
    for code, score in scores.items():
        if code not in known:
            raise UnknownCriterion()
        if score is not None and score not in known[code].scale.labels:
            raise NotOnTheScale(criterion=known[code].label)
    if not set(grounds) <= {ground["code"] for ground in framework.grounds}:
        raise UnknownGround()
    return sorted(((known[code], score) for code, score in scores.items()), key=lambda each: each[0].id)


def _send_scores(
    session: Session,
    submission: Submission,
    revision: Revision,
    scores: list[tuple[Criterion, int | None]],
    same: dict[str, Any],
) -> None:
    """The current rows first: whoever waits for them also writes the later events."""
    before = queries.answers(session, submission.voice, revision)
    rows = _changed(scores, same, before)
    if not rows:
        return
    speaking.note_sent(session, submission)
    now = clock.now()
    db.put(
        session, Rating, [{**row, "rated_at": now, "sent_at": now, "ready": True} for row in rows],
        by=("voice", "criterion_id", "revision_id"), new=(*SAID, "rated_at", "sent_at"),
    )  # fmt: skip
    at = clock.now()  # after the rows were waited for: the later event is the one that counts
    session.execute(EVENT, [{**row, "round_id": submission.round_id, "at": at} for row in rows])


def _draft_scores(
    session: Session,
    submission: Submission,
    revision: Revision,
    scores: list[tuple[Criterion, int | None]],
    same: dict[str, Any],
    seen: Mapping[str, str] | None,
) -> None:
    """An organisation's scores wait to be signed off; who answers again offers again what was sent back."""
    its = {"its_voice": submission.voice, "its_revision": revision.id}
    session.execute(HOLD, {"its_id": submission.id})
    before = queries.answers(session, submission.voice, revision)
    rows = _changed(scores, same, before)
    if seen is not None:
        _must_have_seen(rows, [criterion for criterion, _ in scores], before, seen)
    now = clock.now()
    if rows:
        db.put(
            session, Rating, [{**row, "rated_at": now, "sent_at": None, "ready": True} for row in rows],
            by=("voice", "criterion_id", "revision_id"),
            new=(*SAID, "rated_at", "sent_at", "ready"),
        )  # fmt: skip
    if not all(answer.ready for answer in before.values()):
        session.execute(OFFER, its)


def _must_have_seen(
    rows: list[dict[str, Any]],
    criteria: list[Criterion],
    before: Mapping[int, Answer],
    seen: Mapping[str, str],
) -> None:
    """Go on only over one's own answers, or those that one has seen. Raises AnswerMovedOn."""
    changed = {row["criterion_id"]: row["author_id"] for row in rows}
    unseen = [
        criterion
        for criterion in criteria
        if criterion.id in changed
        and criterion.id in before
        and before[criterion.id].author_id != changed[criterion.id]
        and before[criterion.id].mark != seen.get(criterion.code)
    ]
    if unseen:
        raise AnswerMovedOn(unseen)


def _changed(
    scores: list[tuple[Criterion, int | None]], same: dict[str, Any], before: Mapping[int, Answer]
) -> list[dict[str, Any]]:
    """The scores that are not what they were, count in another group or rest on something else now, as rows."""
    now = (same["constituency"], same["grounds"])
    return [
        {**same, "criterion_id": criterion.id, "score": score}
        for criterion, score in scores
        if (answer := before.get(criterion.id)) is None
        or (answer.score, answer.constituency, answer.grounds) != (score, *now)
    ]
