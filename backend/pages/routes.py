"""The front door: home, how to take part, and short ways to the latest changes and answers."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from backend.answers import queries as answers
from backend.core import caching, clock, web
from backend.core.db import SessionDep
from backend.people import navigation
from backend.people.access import Anyone, Permission, Viewer, allow
from backend.releases import activity, queries
from backend.releases.models import Framework, Round
from backend.workshops import queries as workshops

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

LATEST = 4
"""How many releases the home page lists."""

COUNTED_EVERY = timedelta(minutes=5)
"""How old the numbers on the home page may be: points that are sent change no other public page."""


@router.get("/")
def home(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """What is open now, what this person can do next, what has changed lately, and what is owed."""
    frameworks = queries.frameworks(session)
    consulted, round_ = _consultation(session, frameworks)
    if not viewer.is_signed_in:
        soon = clock.now() + COUNTED_EVERY
        caching.depends(request, activity.SITE, until=min(queries.next_moment(round_) or soon, soon))
    return web.render(
        request,
        "pages/home.html",
        frameworks=frameworks,
        consulted=consulted,
        round_=round_,
        latest=queries.latest_releases(session, LATEST),
        workshops=workshops.coming(session),
        tables=workshops.tables_of(session, viewer.known) if viewer.is_signed_in else [],
        promises=answers.promise_board(session, consulted) if consulted else None,
    )


@router.get("/take-part")
def take_part(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """Who can take part, how long it takes, and what happens to what they say."""
    framework, round_ = _consultation(session, queries.frameworks(session))
    if not viewer.is_signed_in:
        caching.depends(request, activity.SITE, until=queries.next_moment(round_))
    return web.render(request, "pages/take_part.html", framework=framework, round_=round_)


@router.get("/staff/more")
def more(request: Request, viewer: Annotated[Viewer, allow(Permission.DESK)]) -> Response:
    """What staff need now and then."""
    return web.render(request, "pages/more.html", places=navigation.more(viewer))


@router.get("/what-changed")
def what_changed(session: SessionDep, viewer: Anyone) -> Response:
    """To the comparison of the two newest releases, or to the only one."""
    framework = queries.consulted_framework(session)
    release = queries.shown_release(session, framework)
    here = f"/frameworks/{framework.slug}"
    if release.previous_id is None:
        return RedirectResponse(f"{here}/releases/{release.number}", 307)
    return RedirectResponse(f"{here}/compare/{release.previous.number}...{release.number}", 307)


@router.get("/you-said-we-did")
def you_said_we_did(session: SessionDep, viewer: Anyone) -> Response:
    """To the answers of the newest release."""
    framework = queries.consulted_framework(session)
    release = queries.shown_release(session, framework)
    return RedirectResponse(f"/frameworks/{framework.slug}/releases/{release.number}/answers", 307)


def _consultation(session: Session, frameworks: list[Framework]) -> tuple[Framework | None, Round | None]:
    consulted = next((framework for framework in frameworks if not framework.is_reference), None)
    return consulted, queries.find_round(session, consulted) if consulted else None
