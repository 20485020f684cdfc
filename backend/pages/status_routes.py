"""Whether the service works, for people, and whom to tell of a weakness in it, for researchers."""

from datetime import UTC, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import PlainTextResponse, Response

from backend.core import caching, clock, schema, web
from backend.core.db import SessionDep
from backend.notifications import punctuality
from backend.pages import filling, queries
from backend.pages.models import Owed
from backend.people.access import Anyone
from backend.releases import activity

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SECURITY_TXT = "/.well-known/security.txt"
LOOKED_EVERY = timedelta(seconds=30)
"""How old what the status page says may be: looking takes longer than most pages, and anybody may ask."""


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
def security_txt(session: SessionDep, viewer: Anyone) -> Response:
    """Whom to tell of a weakness, as RFC 9116 has it; the contact page has the policy.

    It runs out unless staff publish that page anew once a year, and so say that it is still right.
    """
    good_until = queries.good_until(queries.held(session, Owed.CONTACT)[0])
    lines = [
        filling.filled("Contact: mailto:{security}", "en"),
        f"Expires: {good_until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en, cy",
        filling.filled("Canonical: {site}" + SECURITY_TXT, "en"),
        filling.filled("Policy: {site}/contact", "en"),
    ]
    return PlainTextResponse("\n".join(lines) + "\n")
