"""What still stands between a draft and its publication."""

from dataclasses import dataclass

from sqlmodel import Session, col

from backend.answers import queries as answer_queries
from backend.answers import scope
from backend.answers.models import Outcome
from backend.answers.scope import Latest
from backend.comments.models import Comment
from backend.core import i18n
from backend.core.bilingual import said
from backend.core.errors import Refusal
from backend.core.i18n import gettext, mark, ngettext
from backend.publishing import in_welsh
from backend.releases import comparing, queries, translating
from backend.releases.comparing import EntryChange
from backend.releases.kinds import RoundState
from backend.releases.models import Release
from backend.sending import queries as sending_queries
from backend.suggestions import merging, prompting

NOTHING_DONE = (Outcome.NOT_CHANGED, Outcome.OUT_OF_SCOPE, Outcome.NEEDS_EVIDENCE)
"""Decisions that no point can have that led to a change."""


@dataclass(frozen=True)
class Obstacle:
    """One thing to do first: what it is, how much of it, and where to do it."""

    what: str
    """`round`, `unsigned`, `held`, `undecided`, `drafted`, `contradicted`, `reason`, `nothing changed` or `welsh`."""
    number: int
    words: str
    address: str


class GateClosed(Refusal):
    """Every point gets an answer before the release is published."""

    title = mark("The release cannot be published yet")
    words = mark("Nothing has been published. This has to be done first: %(list)s")

    def __init__(self, obstacles: list[Obstacle]) -> None:
        super().__init__(list=" ".join(obstacle.words for obstacle in obstacles))
        self.obstacles = obstacles


def obstacles(session: Session, draft: Release) -> list[Obstacle]:
    """Everything that has to be done before this draft can be published; none where the gate is open."""
    return [
        *_open_rounds(session, draft),
        *_being_signed(session, draft),
        *_open_points(session, draft),
        *_contradicted(session, draft),
        *_unexplained(session, draft),
        *_untranslated(session, draft),
    ]


def _open_rounds(session: Session, draft: Release) -> list[Obstacle]:
    return [
        Obstacle(
            "round",
            1,
            gettext("The round “%(title)s” has not closed.") % {"title": said(round_, "title")},
            "/staff/rounds",
        )
        for round_ in queries.rounds(session, draft.framework)
        if round_.state is not RoundState.CLOSED
    ]


def _being_signed(session: Session, draft: Release) -> list[Obstacle]:
    """Rounds that have closed, while an organisation may still sign off what it had drafted."""
    return [
        Obstacle(
            "unsigned",
            1,
            gettext("Until %(when)s organisations may sign off what they had drafted in “%(title)s”.")
            % {"when": i18n.moment(round_.signing_ends_at), "title": said(round_, "title")},
            "/staff/rounds",
        )
        for round_ in queries.rounds(session, draft.framework)
        if round_.state is RoundState.CLOSED and round_.can_be_signed and sending_queries.has_unsigned(session, round_)
    ]


def _open_points(session: Session, draft: Release) -> list[Obstacle]:
    progress = answer_queries.progress(session, draft)
    found = []
    if number := progress.held:
        words = ngettext("%(n)s point waits to be checked.", "%(n)s points wait to be checked.", number) % {"n": number}
        found.append(Obstacle("held", number, words, "/staff/check"))
    if number := progress.undecided:
        words = ngettext("%(n)s point has no decision.", "%(n)s points have no decision.", number) % {"n": number}
        found.append(Obstacle("undecided", number, words, "/staff/decide?status=undecided"))
    if number := progress.drafted:
        words = ngettext(
            "%(n)s decision is a draft: make it final.", "%(n)s decisions are drafts: make them final.", number
        ) % {"n": number}
        found.append(Obstacle("drafted", number, words, "/staff/decide?status=drafted"))
    return found


def _contradicted(session: Session, draft: Release) -> list[Obstacle]:
    """Points that led to a change, while their decision says that nothing was done."""
    references = session.execute(
        scope.points(draft, Comment.reference)
        .where(
            scope.is_decided(draft),
            col(Latest.outcome).in_(NOTHING_DONE),
            col(Comment.id).in_(merging.merged_into(session, draft)),
        )
        .order_by(col(Comment.id))
    ).scalars()
    return [
        Obstacle(
            "contradicted",
            1,
            gettext("Point %(reference)s led to a change of the draft, but its decision says otherwise.")
            % {"reference": reference},
            f"/staff/decide/{reference}",
        )
        for reference in references
    ]


def _untranslated(session: Session, draft: Release) -> list[Obstacle]:
    """Entries, answers and words of the release without their Welsh, where the framework asks for it."""
    if not draft.framework.asks_for_welsh:
        return []
    found = []
    if missing := translating.untranslated(session, queries.manifest(session, draft)):
        words = ngettext("%(n)s entry has no Welsh yet.", "%(n)s entries have no Welsh yet.", len(missing))
        first = f"/staff/release/entries/{missing[0].entry.code}/welsh"
        found.append(Obstacle("welsh", len(missing), words % {"n": len(missing)}, first))
    told = [draft, *answer_queries.answers(session, draft)]
    if number := sum(in_welsh.missing(row) for row in told):
        words = ngettext(
            "%(n)s text of the release or its answers has no Welsh yet.",
            "%(n)s texts of the release or its answers have no Welsh yet.", number,
        )  # fmt: skip
        found.append(Obstacle("welsh", number, words % {"n": number}, "/staff/welsh"))
    return found


def _unexplained(session: Session, draft: Release) -> list[Obstacle]:
    """Changes without a cause or a stated reason; or no change at all and no word about that."""
    changes = comparing.between(session, draft.previous, draft)
    if not any(change.fields for change in changes) and not draft.introduction.strip():
        words = gettext("Nothing differs from the release before, and the introduction does not say so.")
        return [Obstacle("nothing changed", 1, words, "/staff/release/publish")]
    made = queries.revisions_between(session, draft.previous, draft)
    causes = prompting.prompts(session, [revision for revisions in made.values() for revision in revisions])
    return [
        Obstacle(
            "reason",
            1,
            gettext("The change of %(code)s has neither a cause nor a stated reason.") % {"code": change.entry.code},
            f"/staff/release/entries/{change.entry.code}",
        )
        for change in changes
        if not _is_explained(change) and not causes.get(change.entry.id)
    ]


def _is_explained(change: EntryChange) -> bool:
    stated = [change.retirement.because] if change.retirement else change.reasons
    return not change.fields or any(reason.strip() for reason in stated)
