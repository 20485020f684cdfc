"""Sending a point, and moving it through its life."""

from sqlmodel import Session

from backend.comments.models import Comment, State
from backend.core import counters
from backend.releases import activity


def count_name(comment: Comment, state: State) -> str:
    """The kept count that the comment is part of while it is in this state."""
    return f"points:{comment.round_id}:{comment.entry_id or 0}:{state.value}"


def move(session: Session, comment: Comment, to: State) -> None:
    """Bring the comment into another state: the kept counts follow, and pages that show it are made anew."""
    was = comment.state
    if was is to:
        return
    counters.add(session, count_name(comment, was), -1)
    counters.add(session, count_name(comment, to))
    comment.state = to
    session.add(comment)
    if State.PUBLISHED in (was, to):
        activity.points_changed(session, comment.round.release.framework, comment.entry)
