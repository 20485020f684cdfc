"""Somebody's own place: seeing it, giving it up; and for staff everybody's."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, SomeWords, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Anyone, Permission, Viewer, allow
from backend.workshops import booking, calling_off, queries
from backend.workshops.models import PlaceState
from backend.workshops.running import Running

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class CancelForm(Form):
    """Why it will not take place."""

    because: SomeWords
    sure: Literal["yes"]

    mistakes = {
        "because": mark("Enter the reason. Everybody may read it"),
        "sure": mark("Confirm that the workshop will not take place"),
    }


@router.get("/workshop-places/{token}")
def own_place(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """The place that the link in a mail belongs to."""
    place = queries.place(session, token)
    if place.state not in queries.LIVE:
        raise booking.PlaceGivenUp()
    return web.render(
        request, "workshops/own_place.html", place=place, workshop=place.workshop, token=token,
        before=queries.before(session, place),
    )  # fmt: skip


@router.post("/workshop-places/{token}/give-up")
def give_up(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Free it, without signing in."""
    place = queries.place(session, token)
    booking.give_up(session, place)
    return web.go_to(f"/workshops/{place.workshop.slug}", gettext("You have given up your place."))


@router.post("/workshops/{workshop_slug}/give-up-place")
def give_up_own(
    request: Request, workshop_slug: str, session: SessionDep,
    viewer: Annotated[Viewer, allow(Permission.ACCOUNT)],
) -> Response:  # fmt: skip
    """Free the place of somebody who has signed in."""
    workshop = queries.workshop(session, workshop_slug)
    place = queries.find_own(session, workshop, viewer.known)
    if place is None:
        raise NotFound()
    booking.give_up(session, place)
    return web.go_to(f"/workshops/{workshop.slug}", gettext("You have given up your place."))


@router.get("/staff/workshops/{workshop_slug}/places")
def staff_places(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """Who comes, who waits, and what they need."""
    workshop = queries.workshop(session, workshop_slug)
    return web.render(
        request, "workshops/staff_places.html", workshop=workshop, places=queries.live(session, workshop),
        needs=queries.access_needs(session, workshop),
        unconfirmed=queries.number_of(session, workshop, PlaceState.ASKED),
    )  # fmt: skip


@router.get("/staff/workshops/{workshop_slug}/cancel")
def cancel_workshop(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """Are you sure, and why?"""
    workshop = queries.workshop(session, workshop_slug)
    calling_off.must_be_ahead(workshop)
    people = len(queries.live(session, workshop))
    return web.render(request, "workshops/cancel_workshop.html", workshop=workshop, people=people)


@router.post("/staff/workshops/{workshop_slug}/cancel")
def cancel(request: Request, workshop_slug: str, typed: TypedDep, session: SessionDep, viewer: Running) -> Response:
    """It will not take place, and everybody is told why."""
    workshop = queries.workshop(session, workshop_slug)
    form = typed.check(CancelForm)
    if form is None:
        people = len(queries.live(session, workshop))
        return web.render(
            request, "workshops/cancel_workshop.html", status=422, typed=typed, workshop=workshop, people=people
        )
    calling_off.cancel(session, workshop, because=form.because, by=viewer.known)
    return web.go_to(f"/staff/workshops/{workshop.slug}", gettext("The workshop is cancelled, and everybody is told."))
