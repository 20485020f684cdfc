"""The programme of a workshop: its sessions with their transcripts and recordings, and their order."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.core import tokens, web
from backend.core.db import Number, SessionDep
from backend.core.forms import Typed, TypedDep
from backend.core.i18n import gettext
from backend.workshops import arranging, comparing, describing, programme, queries
from backend.workshops.models import Workshop, WorkshopSession
from backend.workshops.running import Running

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/staff/workshops/{workshop_slug}/sessions/new")
def new_session(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """A form for one more session."""
    return _form(request, Typed(), queries.workshop(session, workshop_slug), None)


@router.post("/staff/workshops/{workshop_slug}/sessions/new")
def add_session(
    request: Request, workshop_slug: str, typed: TypedDep, session: SessionDep, viewer: Running
) -> Response:
    """Put it at the end of the programme."""
    workshop = queries.workshop(session, workshop_slug)
    about = describing.about_session(typed)
    if about is None:
        return _form(request, typed, workshop, None, status=422)
    programme.add(session, workshop, about, by=viewer.known, form_token=typed.one("form_token"))
    return web.go_to(_address(workshop), gettext("The session is part of the programme."))


@router.get("/staff/workshops/{workshop_slug}/sessions/{session_number}")
def edit_session(
    request: Request, workshop_slug: str, session_number: Number, session: SessionDep, viewer: Running
) -> Response:
    """What is said about a session, with its transcript and recording."""
    workshop = queries.workshop(session, workshop_slug)
    return _form(request, Typed(), workshop, queries.part(workshop, session_number))


@router.post("/staff/workshops/{workshop_slug}/sessions/{session_number}")
def change_session(
    request: Request, workshop_slug: str, session_number: Number, typed: TypedDep, session: SessionDep, viewer: Running
) -> Response:
    """Say something else about it."""
    workshop = queries.workshop(session, workshop_slug)
    part = queries.part(workshop, session_number)
    about = describing.about_session(typed)
    if about is None:
        return _form(request, typed, workshop, part, status=422)
    try:
        programme.change(session, part, about, seen=typed.one("seen"), by=viewer.known)
    except arranging.SaidMeanwhile as refusal:
        typed.mistake("", refusal.message)
        return _form(request, typed, workshop, part, status=409)
    return web.go_to(_address(workshop), gettext("Saved."))


@router.post("/staff/workshops/{workshop_slug}/sessions/{session_number}/move-up")
def move_session_up(workshop_slug: str, session_number: Number, session: SessionDep, viewer: Running) -> Response:
    """Put it before the one that it follows."""
    workshop = queries.workshop(session, workshop_slug)
    programme.move_up(session, queries.part(workshop, session_number), by=viewer.known)
    return web.go_to(_address(workshop), gettext("The order is changed."))


@router.get("/staff/workshops/{workshop_slug}/sessions/{session_number}/remove")
def remove_session(
    request: Request, workshop_slug: str, session_number: Number, session: SessionDep, viewer: Running
) -> Response:
    """What removing it means, before it is done."""
    workshop = queries.workshop(session, workshop_slug)
    part = queries.part(workshop, session_number)
    return web.render(request, "workshops/remove_session.html", workshop=workshop, part=part)


@router.post("/staff/workshops/{workshop_slug}/sessions/{session_number}/remove")
def remove(workshop_slug: str, session_number: Number, session: SessionDep, viewer: Running) -> Response:
    """Take it out of the programme."""
    workshop = queries.workshop(session, workshop_slug)
    programme.remove(session, queries.part(workshop, session_number), by=viewer.known)
    return web.go_to(_address(workshop), gettext("The session is removed."))


def _address(workshop: Workshop) -> str:
    return f"/staff/workshops/{workshop.slug}"


def _form(
    request: Request, typed: Typed, workshop: Workshop, part: WorkshopSession | None, *, status: int = 200
) -> Response:
    shown = describing.session_as_typed(part)
    return web.render(
        request, "workshops/session_form.html", status=status, typed=typed, workshop=workshop, part=part, shown=shown,
        seen=arranging.seal(part, programme.AboutSession) if part else "",
        form_token=typed.one("form_token") or tokens.secret(),
        theirs=comparing.differences(shown, typed.values) if status == 409 else [],
    )  # fmt: skip
