"""Arranging workshops, and keeping right what is said about them."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.core import tokens, web
from backend.core.db import SessionDep
from backend.core.forms import Typed, TypedDep
from backend.core.i18n import gettext
from backend.workshops import arranging, comparing, describing, queries, removing
from backend.workshops.models import Workshop
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
    workshop = arranging.arrange(session, about, by=viewer.known, form_token=typed.one("form_token"))
    return web.go_to(address_of(workshop), gettext("The workshop is announced. Add its sessions next."))


@router.get("/staff/workshops/{workshop_slug}")
def staff_workshop(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """Everything about one workshop."""
    workshop = queries.workshop(session, workshop_slug)
    booked, waiting = (queries.number_of(session, workshop, state) for state in queries.LIVE)
    return web.render(
        request, "workshops/staff_workshop.html", workshop=workshop, booked=booked, waiting=waiting,
        may_be_removed=removing.is_possible(session, workshop),
    )  # fmt: skip


@router.get("/staff/workshops/{workshop_slug}/edit")
def edit_workshop(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """What is said about it."""
    workshop = queries.workshop(session, workshop_slug)
    arranging.must_not_be_cancelled(workshop)
    return _workshop_form(request, Typed(), workshop)


@router.post("/staff/workshops/{workshop_slug}/edit")
def change(request: Request, workshop_slug: str, typed: TypedDep, session: SessionDep, viewer: Running) -> Response:
    """Say something else about it."""
    workshop = queries.workshop(session, workshop_slug)
    arranging.must_not_be_cancelled(workshop)
    about = describing.about_workshop(typed)
    if about is None:
        return _workshop_form(request, typed, workshop, status=422)
    try:
        arranging.change(session, workshop, about, seen=typed.one("seen"), by=viewer.known)
    except arranging.SaidMeanwhile as refusal:
        typed.mistake("", refusal.message)
        return _workshop_form(request, typed, workshop, status=409)
    except (arranging.TooFewPlaces, arranging.DayPassed) as refusal:
        typed.mistake("day" if isinstance(refusal, arranging.DayPassed) else "capacity", refusal.message)
        return _workshop_form(request, typed, workshop, status=422)
    return web.go_to(address_of(workshop), gettext("Saved."))


@router.get("/staff/workshops/{workshop_slug}/remove")
def remove_workshop(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """What removing it means, before it is done."""
    workshop = queries.workshop(session, workshop_slug)
    removing.must_be_possible(session, workshop)
    return web.render(request, "workshops/remove_workshop.html", workshop=workshop)


@router.post("/staff/workshops/{workshop_slug}/remove")
def remove(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """Remove what was announced by mistake."""
    removing.remove(session, queries.workshop(session, workshop_slug), by=viewer.known)
    return web.go_to("/staff/workshops", gettext("The workshop is removed."))


def address_of(workshop: Workshop) -> str:
    """The staff page of a workshop."""
    return f"/staff/workshops/{workshop.slug}"


def _workshop_form(request: Request, typed: Typed, workshop: Workshop | None, *, status: int = 200) -> Response:
    shown = describing.workshop_as_typed(workshop)
    return web.render(
        request, "workshops/workshop_form.html", status=status, typed=typed, workshop=workshop, shown=shown,
        seen=arranging.seal(workshop, arranging.About) if workshop else "",
        form_token=typed.one("form_token") or tokens.secret(),
        theirs=comparing.differences(shown, typed.values) if status == 409 else [],
    )  # fmt: skip
