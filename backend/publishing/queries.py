"""Reading what a release changed, why, and who prompted it."""

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func
from sqlmodel import Session, col, select

from backend.answers import scope
from backend.comments.models import Comment, State
from backend.releases import comparing, queries
from backend.releases.comparing import EntryChange
from backend.releases.models import Entry, Release
from backend.suggestions import merging, prompting, proposals
from backend.suggestions.models import Suggestion
from backend.suggestions.proposals import StaffPoint


@dataclass(frozen=True)
class Credit:
    """A published point that led to a change, with the words that stand under it."""

    comment: Comment
    byline: str


@dataclass(frozen=True)
class Note:
    """What happened to one entry in a release, why, and who prompted it."""

    change: EntryChange
    credits: list[Credit]
    others: bool
    """Whether points that are not published led to it as well."""


def notes(session: Session, release: Release) -> list[Note]:
    """The notes of a release, drawn from the reasons and causes of its changes, in the order of its entries."""
    made = queries.revisions_between(session, release.previous, release)
    prompts = prompting.prompts(session, [revision for revisions in made.values() for revision in revisions])
    found = []
    for change in comparing.between(session, release.previous, release):
        if not change.fields:
            continue
        by_comment = {prompt.comment.id: prompt for prompt in prompts.get(change.entry.id, [])}
        credits = [Credit(prompt.comment, prompt.byline) for prompt in by_comment.values() if prompt.byline]
        found.append(Note(change, credits, others=len(credits) < len(by_comment)))
    return found


def held(session: Session) -> int:
    """How many points of all rounds wait to be checked."""
    return session.exec(select(func.count()).select_from(Comment).where(Comment.state == State.HELD)).one()


@dataclass(frozen=True)
class Pending:
    """The suggestions for one field of one entry that nobody has merged or decided; several compete."""

    entry: Entry
    field: str
    points: list[StaffPoint]


def pending(session: Session, draft: Release) -> list[Pending]:
    """Checked suggestions that wait for the draft, by entry and field."""
    rows = session.execute(
        scope.points(draft, Comment, Suggestion.field)
        .join(Suggestion, col(Suggestion.comment_id) == Comment.id)
        .where(scope.is_undecided(draft), col(Comment.state).in_((State.PUBLISHED, State.KEPT)))
        .order_by(col(Comment.entry_id), col(Suggestion.field), col(Comment.id))
        .options(*proposals.loaded())
    ).all()
    merged = merging.merged_into(session, draft)
    waiting = [comment for comment, _ in rows if comment.id not in merged]
    points = proposals.staff_points(session, waiting)
    found = []
    for _, group in groupby(points, key=_place):
        together = list(group)
        suggestion = together[0].suggestion
        assert suggestion
        found.append(Pending(together[0].comment.entry, suggestion.field, together))
    return found


def _place(point: StaffPoint) -> tuple[int | None, str]:
    return point.comment.entry_id, point.suggestion.field if point.suggestion else ""
