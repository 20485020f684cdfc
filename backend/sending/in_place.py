"""Saving what is being written while it is being written: a line beneath the form says what came of it."""

from collections.abc import Callable

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.comments import queries
from backend.comments.commenting import TextMovedOn
from backend.comments.models import CommentText, Draft
from backend.core import clock, web
from backend.core.forms import Typed
from backend.people.access import Viewer


def save(
    request: Request, session: Session, viewer: Viewer, typed: Typed, keep: Callable[[], object] | None
) -> Response:
    """Keep what is being written as a draft, and say so; or say what is missing, or that a colleague was first.

    There is nothing to `keep` where the form does not make a draft yet. Raises TooMany, and whatever keeping raises.
    """
    if keep is None or typed.mistakes:
        mistakes = list(typed.mistakes.values())
        typed.mistakes = {}
        return _line(request, status=422, mistakes=mistakes)
    limits.count(session, limits.DRAFTING, viewer.known)
    try:
        keep()
    except TextMovedOn as moved:
        return _line(request, status=409, moved=queries.written(session, [moved.comment])[moved.comment.id])
    return _line(request)


def _line(
    request: Request, *, status: int = 200, mistakes: list[str] | None = None, moved: CommentText | Draft | None = None
) -> Response:
    return web.render(
        request, "comments/draft_saved.html", block="saved", status=status, at=clock.now(), mistakes=mistakes or [],
        moved=moved,
    )  # fmt: skip
