"""Arranging workshops and keeping their sessions, transcripts and recordings right."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.forms import Typed, TypedDep
from backend.core.i18n import gettext
from backend.workshops import arranging, describing, queries
from backend.workshops.models import Workshop, WorkshopSession
from backend.workshops.running import Running

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/staff/workshops")
def staff_workshops(request: Request, session: SessionDep, viewer: Running) -> Response:
    """Every workshop, and a way to arrange one."""
    coming, past = queries.coming(session), queries.past(session)
    return web.render(request, "workshops/staff_workshops.html", coming=coming, past=past)


@router.get("/staff/workshops/new")
def new_workshop(request: Request, viewer: Running) -> Response:
    """A form for a new one."""
    return _workshop_form(request, Typed(), None)


@router.post("/staff/workshops/new")
def arrange(request: Request, typed: TypedDep, session: SessionDep, viewer: Running) -> Response:
    """Announce it."""
    about = describing.about_workshop(typed)
    if about is None:
        return _workshop_form(request, typed, None, status=422)
    workshop = arranging.arrange(session, about, by=viewer.known)
    return web.go_to(address_of(workshop), gettext("The workshop is announced. Add its sessions next."))


@router.get("/staff/workshops/{workshop_slug}")
def staff_workshop(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """Everything about one workshop."""
    workshop = queries.workshop(session, workshop_slug)
    booked, waiting = (queries.number_of(session, workshop, state) for state in queries.LIVE)
    return web.render(request, "workshops/staff_workshop.html", workshop=workshop, booked=booked, waiting=waiting)


@router.get("/staff/workshops/{workshop_slug}/edit")
def edit_workshop(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """What is said about it."""
    return _workshop_form(request, Typed(), queries.workshop(session, workshop_slug))


@router.post("/staff/workshops/{workshop_slug}/edit")
def change(request: Request, workshop_slug: str, typed: TypedDep, session: SessionDep, viewer: Running) -> Response:
    """Say something else about it."""
    workshop = queries.workshop(session, workshop_slug)
    about = describing.about_workshop(typed)
    if about is None:
        return _workshop_form(request, typed, workshop, status=422)
    try:
        arranging.change(session, workshop, about, by=viewer.known)
    except (arranging.TooFewPlaces, arranging.DayPassed) as refusal:
        typed.mistake("day" if isinstance(refusal, arranging.DayPassed) else "capacity", refusal.message)
        return _workshop_form(request, typed, workshop, status=422)
    return web.go_to(address_of(workshop), gettext("Saved."))


@router.get("/staff/workshops/{workshop_slug}/sessions/new")
def new_session(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """A form for one more session."""
    return _session_form(request, Typed(), queries.workshop(session, workshop_slug), None)


@router.post("/staff/workshops/{workshop_slug}/sessions/new")
def add_session(
    request: Request, workshop_slug: str, typed: TypedDep, session: SessionDep, viewer: Running
) -> Response:
    """Put it at the end of the programme."""
    workshop = queries.workshop(session, workshop_slug)
    about = describing.about_session(typed)
    if about is None:
        return _session_form(request, typed, workshop, None, status=422)
    arranging.add_session(session, workshop, about, by=viewer.known)
    return web.go_to(address_of(workshop), gettext("The session is part of the programme."))


@router.get("/staff/workshops/{workshop_slug}/sessions/{session_number}")
def edit_session(
    request: Request, workshop_slug: str, session_number: Number, session: SessionDep, viewer: Running
) -> Response:
    """What is said about a session, with its transcript and recording."""
    workshop = queries.workshop(session, workshop_slug)
    return _session_form(request, Typed(), workshop, queries.part(workshop, session_number))


@router.post("/staff/workshops/{workshop_slug}/sessions/{session_number}")
def change_session(
    request: Request, workshop_slug: str, session_number: Number, typed: TypedDep, session: SessionDep, viewer: Running
) -> Response:
    """Say something else about it."""
    workshop = queries.workshop(session, workshop_slug)
    part = queries.part(workshop, session_number)
    about = describing.about_session(typed)
    if about is None:
        return _session_form(request, typed, workshop, part, status=422)
    arranging.change_session(session, part, about, by=viewer.known)
    return web.go_to(address_of(workshop), gettext("Saved."))


def address_of(workshop: Workshop) -> str:
    """The staff page of a workshop."""
    return f"/staff/workshops/{workshop.slug}"


def _workshop_form(request: Request, typed: Typed, workshop: Workshop | None, *, status: int = 200) -> Response:
    return web.render(
        request, "workshops/workshop_form.html", status=status, typed=typed, workshop=workshop,
        times=describing.shown_times(workshop),
    )  # fmt: skip


def _session_form(
    request: Request, typed: Typed, workshop: Workshop, part: WorkshopSession | None, *, status: int = 200
) -> Response:
    return web.render(
        request, "workshops/session_form.html", status=status, typed=typed, workshop=workshop, part=part,
        shown=describing.shown_duration(part),
    )  # fmt: skip
