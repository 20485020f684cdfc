"""Following a point like a parcel: drafted, signed off, sent, checked, decided, in a release."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from backend.comments.models import Comment, CommentText, Draft, State
from backend.comments.queries import Decided
from backend.core.i18n import gettext, mark
from backend.releases import diff
from backend.releases.models import Framework
from backend.sending.models import Note

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


class Stage(StrEnum):
    """Where an organisation's draft is on its way to being sent."""

    WRITING = "being-written"
    READY = "ready"
    SENT_BACK = "sent-back"
    NOT_SENT = "not-signed-off"

    @property
    def label(self) -> str:
        """The stage on screen."""
        return {
            "being-written": mark("Being written"),
            "ready": mark("Ready to be signed off"),
            "sent-back": mark("Sent back"),
            "not-signed-off": mark("Not signed off in time"),
        }[self.value]


@dataclass(frozen=True)
class Step:
    """One station on the way of a point."""

    label: str
    at: datetime | None
    is_done: bool


def told(state: State) -> State:
    """The state as its author is told it: a point that the safeguarding lead reads is waiting to be checked."""
    return State.HELD if state is State.ESCALATED else state


def stages(
    session: Session, comments: Collection[Comment], words: Mapping[int, CommentText | Draft]
) -> dict[int, Stage | State]:
    """Where each of one's own points stands, as one is told it, by its id."""
    theirs = [each for each in comments if each.state is State.DRAFT and each.submission.organisation_id is not None]
    returned = sent_back(session, theirs)
    found: dict[int, Stage | State] = {comment.id: told(comment.state) for comment in comments}
    for comment in theirs:
        draft, note = words[comment.id], returned.get(comment.id)
        assert isinstance(draft, Draft)
        is_back = note is not None and note.still_stands(draft.saved_at)
        found[comment.id] = Stage.READY if draft.ready_at else Stage.SENT_BACK if is_back else Stage.WRITING
        if not comment.round.can_be_signed:
            found[comment.id] = Stage.NOT_SENT
    return found


def sent_back(session: Session, comments: Collection[Comment]) -> dict[int, Note]:
    """The note with which each of these points was last sent back, by the id of the point."""
    wanted = [comment.id for comment in comments]
    notes = session.exec(select(Note).where(col(Note.comment_id).in_(wanted), Note.sends_back).order_by(col(Note.id)))
    return {note.comment_id: note for note in notes if note.comment_id is not None}


def steps(comment: Comment, decision: Decided | None) -> list[Step]:
    """Where the point has been and what is still to come."""
    is_checked = comment.checked_at is not None and told(comment.state) is not State.HELD
    was_sent = comment.sent_at is not None
    label = gettext("Signed off and sent") if comment.submission.organisation_id is not None else gettext("Sent")
    found = [
        Step(label, comment.sent_at, was_sent),
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
