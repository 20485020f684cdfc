"""Deciding on points. Decisions are added, never changed: the newest one counts."""

from collections.abc import Mapping, Sequence

from sqlalchemy import insert, literal, or_
from sqlmodel import Session, col, select

from backend.answers import linking, scope
from backend.answers.linking import Place
from backend.answers.models import Answer, Decision, Outcome
from backend.answers.scope import Latest
from backend.audit import log
from backend.comments.independence import OwnContribution, organisations_of
from backend.comments.models import Comment, Kind
from backend.core import clock, db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases import queries
from backend.releases.kinds import ReleaseState, RoundState
from backend.releases.models import Entry, Release
from backend.releases.revising import NotADraft
from backend.sending import queries as sending_queries
from backend.submissions.models import Submission
from backend.suggestions.models import Suggestion

ASKS_FOR_CHANGE = frozenset({Kind.WORDING, Kind.MISSING_ACTIVITY, Kind.WRONG_MAPPING, Kind.ERROR})


class NoReason(Refusal):
    """Everybody may read why."""

    status = 422
    title = mark("Give the reason")
    words = mark("Write the reason. It is published with the decision.")


class NotInScope(Refusal):
    """The point is not one that this release answers."""

    title = mark("This point is not to be decided now")
    words = mark("It has been withdrawn or answered with an earlier release, or it is with the safeguarding lead.")


class AsksForChange(Refusal):
    """Support can only be noted where nothing else was asked."""

    status = 422
    title = mark("This point asks for a change")
    words = mark(
        "Point %(reference)s asks for a change, so “support noted” is no answer to it. Choose another outcome."
    )


class CarriedBefore(Refusal):
    """A point is carried once."""

    status = 422
    title = mark("This point has been carried before")
    words = mark(
        "Point %(reference)s was carried to this release already, and a point is carried only once. Decide it."
    )


class StillBeingSigned(Refusal):
    """What was drafted in time may still be sent."""

    title = mark("Organisations may still sign off what they drafted")
    words = mark(
        "For two working days after a round has closed, organisations may sign off what they had drafted by then. "
        "Decisions can be made final after that."
    )
    way_on = ("/staff/rounds", mark("Go to the rounds"))


class RoundStillOpen(Refusal):
    """Nothing is settled while people may still speak."""

    title = mark("The round has not closed")
    words = mark("Decisions can be made final only after the round has closed.")


def decide(
    session: Session,
    comment: Comment,
    *,
    outcome: Outcome,
    reason: str,
    release: Release,
    by: Person,
    answer: Answer | None = None,
    entry: Entry | None = None,
    field: str | None = None,
) -> Decision:
    """Draft the decision on one point, to be published with this draft release. Raises as `decide_all` does."""
    place = Place(entry, field) if entry else None
    return decide_all(
        session, [comment], outcome=outcome, reason=reason, release=release, by=by, answer=answer, place=place
    )[0]


def decide_all(
    session: Session,
    comments: Sequence[Comment],
    *,
    outcome: Outcome,
    reason: str,
    release: Release,
    by: Person,
    answer: Answer | None = None,
    place: Place | None = None,
) -> list[Decision]:
    """Draft the same decision on several points; on all of them or on none.

    “Changed” links each point to the changed words: those of its own entry, or else the place given. Raises NoReason,
    NotADraft, NotInScope, OwnContribution, NoChangedWords, AsksForChange or CarriedBefore.
    """
    if not reason.strip():
        raise NoReason()
    hold_draft(session, release)
    _must_be_decidable(session, comments, release, by)
    fields = _suggested_fields(session, comments)
    if outcome is Outcome.SUPPORT_NOTED:
        _must_ask_for_nothing(comments, fields)
    if outcome is Outcome.CARRIED:
        _must_not_have_been_carried(session, comments, release)
    changed = linking.changed_fields(session, release) if outcome.is_change else {}
    decisions = []
    for comment in comments:
        entry_id, field = linking.where(comment, fields.get(comment.id), outcome, place, changed)
        decisions.append(
            Decision(
                comment_id=comment.id,
                release_id=release.id,
                answer_id=answer.id if answer else None,
                outcome=outcome,
                reason=reason,
                entry_id=entry_id,
                field=field,
                decided_by_id=by.id,
            )
        )
    session.add_all(decisions)
    session.flush()
    for comment in comments:
        log.record(
            session, "decision drafted", f"comment {comment.reference}", by=by, outcome=outcome, release=release.number
        )
    return decisions


def take_back(session: Session, comments: Sequence[Comment], *, release: Release, by: Person) -> None:
    """Make points undecided again: a new row undoes the decision, which stays in the history.

    Raises NotADraft, NotInScope or OwnContribution.
    """
    hold_draft(session, release)
    _must_be_decidable(session, comments, release, by)
    rows = session.execute(
        scope.points(release, Latest).where(
            col(Comment.id).in_([comment.id for comment in comments]), scope.is_decided(release)
        )
    )
    references = {comment.id: comment.reference for comment in comments}
    for decision in rows.scalars().all():
        session.add(
            Decision(
                comment_id=decision.comment_id,
                release_id=release.id,
                outcome=decision.outcome,
                reason="",
                decided_by_id=by.id,
                taken_back=True,
            )
        )
        log.record(session, "decision taken back", f"comment {references[decision.comment_id]}", by=by)
    session.flush()


def make_final(session: Session, release: Release, by: Person) -> int:
    """Make every drafted decision of the release final, in one statement; the answer is how many that were.

    Raises NotADraft, RoundStillOpen, StillBeingSigned, or OwnContribution where one is about the person's own point.
    """
    hold_draft(session, release)
    earlier = [round_ for round_ in queries.rounds(session, release.framework) if round_.release_id != release.id]
    if any(round_.state is not RoundState.CLOSED for round_ in earlier):
        raise RoundStillOpen()
    if any(round_.can_be_signed and sending_queries.has_unsigned(session, round_) for round_ in earlier):
        raise StillBeingSigned()
    drafted = (scope.is_decided(release), col(Latest.is_final).is_(False))
    own = session.execute(
        scope.points(release, Comment.reference)
        .join(Submission, col(Submission.id) == Comment.submission_id)
        .where(
            *drafted, or_(col(Comment.author_id) == by.id, col(Submission.organisation_id).in_(organisations_of(by)))
        )
        .limit(1)
    ).scalar()
    if own is not None:
        raise OwnContribution(reference=own)
    kept = ("comment_id", "release_id", "answer_id", "outcome", "reason", "entry_id", "field")
    now_final = scope.points(
        release,
        *(getattr(Latest, name) for name in kept),
        literal(True),
        literal(False),
        literal(by.id),
        literal(clock.now()),
    ).where(*drafted)
    columns = (*kept, "is_final", "taken_back", "decided_by_id", "at")
    statement = insert(Decision).from_select(columns, now_final).execution_options(preserve_rowcount=True)
    made = session.execute(statement).rowcount  # type: ignore[attr-defined]
    if made:
        subject = f"release {release.framework.slug} {release.number}"
        log.record(session, "decisions made final", subject, by=by, number=made)
    return int(made)


def hold_draft(session: Session, release: Release) -> None:
    """Go on only with a draft, and keep it one until this transaction ends. Raises NotADraft."""
    db.lock(session, release, read=True)
    if release.state is not ReleaseState.DRAFT:
        raise NotADraft()


def _must_be_decidable(session: Session, comments: Sequence[Comment], release: Release, by: Person) -> None:
    ids = [comment.id for comment in comments]
    rows = session.execute(
        scope.points(release, Comment.id, Comment.author_id, Submission.organisation_id)
        .join(Submission, col(Submission.id) == Comment.submission_id)
        .where(col(Comment.id).in_(ids))
    ).all()
    if {row[0] for row in rows} != set(ids):
        raise NotInScope()
    own = {row[0] for row in rows if row[1] == by.id or row[2] in organisations_of(by)}
    for comment in comments:
        if comment.id in own:
            raise OwnContribution(reference=comment.reference)


def _suggested_fields(session: Session, comments: Sequence[Comment]) -> dict[int, str]:
    ids = [comment.id for comment in comments]
    rows = session.exec(select(Suggestion.comment_id, Suggestion.field).where(col(Suggestion.comment_id).in_(ids)))
    return dict(rows.all())


def _must_ask_for_nothing(comments: Sequence[Comment], suggested: Mapping[int, str]) -> None:
    for comment in comments:
        if comment.kind in ASKS_FOR_CHANGE or comment.id in suggested:
            raise AsksForChange(reference=comment.reference)


def _must_not_have_been_carried(session: Session, comments: Sequence[Comment], release: Release) -> None:
    carried = set(
        session.exec(
            select(Decision.comment_id).where(
                col(Decision.comment_id).in_([comment.id for comment in comments]),
                Decision.outcome == Outcome.CARRIED,
                col(Decision.is_final),
                Decision.release_id != release.id,
            )
        )
    )
    for comment in comments:
        if comment.id in carried:
            raise CarriedBefore(reference=comment.reference)
