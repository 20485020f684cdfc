"""Stopping mails by the link in them."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from backend.core import web
from backend.core.db import SessionDep
from backend.notifications import stopping
from backend.people import addresses
from backend.people.access import Anyone

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/unsubscribe/{token}")
def unsubscribe(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Whose mails would be stopped, and which; looking stops nothing, because mail scanners follow links."""
    return _unsubscribe(request, stopping.stop_of(session, token), token)


@router.post("/unsubscribe/{token}")
def stop_these_emails(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Stop them, for a person who pressed the button or a mail provider that did it for them.

    Answered with the page itself: providers do not follow redirects (RFC 8058).
    """
    asked = stopping.stop_of(session, token)
    stopping.stop(session, asked)
    return _unsubscribe(request, asked, token)


def _unsubscribe(request: Request, asked: stopping.Stop, token: str) -> Response:
    return web.render(
        request, "notifications/unsubscribe.html", asked=asked, token=token,
        masked=addresses.masked(asked.person.email),
    )  # fmt: skip
