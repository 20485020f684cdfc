"""Staff open calls, change them and close them."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.core import clock, web
from backend.core.db import Number, SessionDep
from backend.core.forms import Typed, TypedDep
from backend.core.i18n import gettext
from backend.people.access import Permission, Viewer, allow
from backend.registrations import calling, queries, staff_forms
from backend.registrations.kinds import CallState, Purpose
from backend.registrations.models import Call

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Selecting = Annotated[Viewer, allow(Permission.SELECT)]


@router.get("/staff/calls")
def staff_calls(request: Request, session: SessionDep, viewer: Selecting) -> Response:
    """How many are interested, and every call."""
    return web.render(
        request,
        "registrations/staff_calls.html",
        interested=queries.interested(session),
        calls=queries.calls(session),
        numbers=queries.numbers_of_applicants(session),
    )


@router.get("/staff/calls/new")
def new_call(request: Request, session: SessionDep, viewer: Selecting) -> Response:
    """A form for a new call."""
    return _new(request, Typed())


@router.post("/staff/calls/new")
def open_call(request: Request, typed: TypedDep, session: SessionDep, viewer: Selecting) -> Response:
    """Plan it; it opens and closes by itself."""
    form = typed.check(staff_forms.NewFormWithQuestions)
    if form:
        asked = staff_forms.questions(form, typed)
        opens_at, closes_at = staff_forms.moments(form, typed)
    if form is None or typed.mistakes:
        return _new(request, typed, status=422)
    calling.open_call(
        session,
        title=form.title,
        about=form.about,
        is_for=form.is_for,
        places=form.places,
        opens_at=opens_at,
        closes_at=closes_at,
        how_chosen=form.how_chosen,
        allows_pairs=form.allows_pairs == "yes",
        questions=asked,
        welsh=form.welsh(),
        by=viewer.known,
    )
    return web.go_to("/staff/calls", gettext("The call is planned. It opens and closes by itself."))


@router.get("/staff/calls/{call_id}/change")
def change_call(request: Request, call_id: Number, session: SessionDep, viewer: Selecting) -> Response:
    """A form to correct a call, or to give it more time or places."""
    return _change(request, queries.call(session, call_id), Typed())


@router.post("/staff/calls/{call_id}/change")
def save_call(request: Request, call_id: Number, typed: TypedDep, session: SessionDep, viewer: Selecting) -> Response:
    """Change it; the public page shows it at once."""
    call = queries.call(session, call_id)
    form = typed.check(staff_forms.PlannedForm if call.state is CallState.PLANNED else staff_forms.OpenedForm)
    if form:
        opens_at, closes_at = staff_forms.moments(form, typed, call)
    if form is None or typed.mistakes:
        return _change(request, call, typed, status=422)
    try:
        calling.change(
            session,
            call,
            title=form.title,
            about=form.about,
            places=form.places,
            opens_at=opens_at,
            closes_at=closes_at,
            how_chosen=form.how_chosen,
            welsh=form.welsh(),
            seen=form.seen,
            by=viewer.known,
        )
    except calling.CallMovedOn as refusal:
        typed.mistake("", refusal.message)
        return _change(request, call, typed, status=409)
    except calling.MorePeopleCome as refusal:
        typed.mistake("places", refusal.message)
        return _change(request, call, typed, status=422)
    return web.go_to("/staff/calls", gettext("The call is changed."))


@router.post("/staff/calls/{call_id}/close")
def close_call(call_id: Number, session: SessionDep, viewer: Selecting) -> Response:
    """Take no more applications."""
    calling.close(session, queries.call(session, call_id), by=viewer.known)
    return web.go_to("/staff/calls", gettext("The call is closed."))


def _new(request: Request, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request,
        "registrations/new_call.html",
        status=status,
        typed=typed,
        today=clock.today().isoformat(),
        kinds=[(each.value, gettext(each.label)) for each in (Purpose.PILOT, Purpose.WORKSHOP)],
        places_of_questions=range(1, staff_forms.QUESTIONS + 1),
    )


def _change(request: Request, call: Call, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request,
        "registrations/change_call.html",
        status=status,
        typed=typed,
        call=call,
        opens=call.opens_at.astimezone(clock.LONDON),
        closes=call.closes_at.astimezone(clock.LONDON),
        seen=calling.version(call),
    )
