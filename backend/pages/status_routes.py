"""Whether the service works, for people, and whom to tell of a weakness in it, for researchers."""

from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import PlainTextResponse, Response

from backend.core import caching, clock, schema, web
from backend.core.config import settings
from backend.core.db import SessionDep
from backend.notifications import punctuality
from backend.people.access import Anyone
from backend.releases import activity

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SECURITY_TXT = "/.well-known/security.txt"
LOOKED_EVERY = timedelta(seconds=30)
"""How old what the status page says may be: looking takes longer than most pages, and anybody may ask."""

GOOD_FOR = timedelta(days=180)
"""How long what security.txt says may be relied on; RFC 9116 asks for less than a year."""


@router.get("/status")
def status(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """Whether the site and its mail work. It is shown as well while the database cannot be read."""
    if not viewer.is_signed_in:
        caching.depends(request, activity.SITE, until=clock.now() + LOOKED_EVERY)
    is_current = schema.is_current(request.app.state.database)
    try:
        mail = punctuality.look(session)
    except SQLAlchemyError:
        session.rollback()
        mail = None
    return web.render(
        request, "pages/status.html", status=200 if is_current else 503, is_current=is_current, mail=mail,
        looked_at=clock.now(),
    )  # fmt: skip


@router.get(SECURITY_TXT)
def security_txt(viewer: Anyone) -> Response:
    """Whom to tell of a weakness, as RFC 9116 has it; it never runs out, because its end is worked out anew."""
    site = settings().base_url.rstrip("/")
    midnight = datetime.combine(clock.now().date(), time(), UTC)
    lines = [
        f"Contact: mailto:{settings().contact_email}",
        f"Expires: {(midnight + GOOD_FOR).isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: en, cy",
        f"Canonical: {site}{SECURITY_TXT}",
        f"Policy: {site}/terms",
    ]
    return PlainTextResponse("\n".join(lines) + "\n")
