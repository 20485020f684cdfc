"""What has been sent: its reference, where it stands, and changing or taking it back."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.comments import queries as comment_queries
from backend.comments.models import Comment
from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.people.access import Permission, Viewer, allow
from backend.submissions import queries as submission_queries

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]


@router.get("/comments/{reference}/sent")
def sent(request: Request, reference: str, session: SessionDep, viewer: TakingPart) -> Response:
    """The reference, and what happens next."""
    comment = _own(session, viewer, reference)
    panel = submission_queries.panel(session, comment.submission)
    return web.render(
        request, "sending/sent.html", comment=comment, next_entry=submission_queries.next_of(panel, comment.entry)
    )


def _own(session: Session, viewer: Viewer, reference: str) -> Comment:
    comment = comment_queries.comment(session, reference)
    if comment.submission.voice not in submission_queries.voices(viewer):
        raise NotFound()
    return comment
