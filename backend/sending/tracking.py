"""Following a point like a parcel: sent, checked, decided, in a release."""

from dataclasses import dataclass
from datetime import datetime

from backend.comments.models import Comment, State
from backend.comments.queries import Decided
from backend.core.i18n import gettext, mark
from backend.releases import diff
from backend.releases.models import Framework

FILTERS: dict[str, tuple[State, ...]] = {
    "draft": (State.DRAFT,),
    "held": (State.HELD, State.ESCALATED),
    "published": (State.PUBLISHED,),
    "kept": (State.KEPT,),
    "withheld": (State.WITHHELD,),
    "withdrawn": (State.WITHDRAWN,),
}
"""What a list of one's own points can be narrowed to."""

FILTER_LABELS = [("", mark("Everything")), *((name, states[0].label) for name, states in FILTERS.items())]

CARRIED = "carried"


@dataclass(frozen=True)
class Step:
    """One station on the way of a point."""

    label: str
    at: datetime | None
    is_done: bool


def told(state: State) -> State:
    """The state as its author is told it: a point that the safeguarding lead reads is waiting to be checked."""
    return State.HELD if state is State.ESCALATED else state


def steps(comment: Comment, decision: Decided | None) -> list[Step]:
    """Where the point has been and what is still to come."""
    is_checked = comment.checked_at is not None and told(comment.state) is not State.HELD
    found = [
        Step(gettext("Sent"), comment.sent_at, comment.sent_at is not None),
        Step(gettext("Checked"), comment.checked_at if is_checked else None, is_checked),
        Step(gettext("Decided"), decision.release.published_at if decision else None, decision is not None),
    ]
    if decision is None:
        return [*found, Step(gettext("In a release"), None, False)]
    if decision.outcome.value == CARRIED:
        return [*found, Step(gettext("Carried to a later release"), None, False)]
    label = gettext("In release %(number)s") % {"number": decision.release.number}
    return [*found, Step(label, decision.release.published_at, True)]


def field_label(framework: Framework, field: str) -> str:
    """The name of the field that a suggestion is for; nothing for a point that suggests nothing."""
    return diff.field_label(framework, field) if field else ""
