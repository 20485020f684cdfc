"""Somebody's own place: seeing it, giving it up; and for staff everybody's."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.core import web
from backend.core.db import SessionDep
from backend.core.forms import Form, SomeWords, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Anyone
from backend.workshops import booking, calling_off, needing, queries
from backend.workshops.models import AccessNeed, Place, PlaceState
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


class NeedsForm(Form):
    """What somebody needs in order to take part, and that the organisers may see it."""

    access_needs: Words = ""
    access_consent: Literal["", "yes"] = ""


@router.get("/workshop-places/{token}")
def own_place(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """The place that the link in a mail belongs to."""
    return _own(request, session, token, Typed())


@router.post("/workshop-places/{token}/needs")
def say_needs(request: Request, token: str, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Change what one needs in order to take part, or take it back, and keep the place."""
    form = needing.checked(typed, NeedsForm)
    if form is None:
        return _own(request, session, token, typed, status=422)
    booking.say_needs(session, queries.place(session, token), form.access_needs)
    said = gettext("The organisers see what you need.") if form.access_needs else gettext("Nothing is kept there now.")
    return web.go_to(f"/workshop-places/{token}", said)


@router.get("/workshop-places/{token}/give-up")
def give_up_place(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """What giving it up means, before it is lost."""
    place = _live(session, token)
    return web.render(request, "workshops/give_up_place.html", place=place, workshop=place.workshop, token=token)


@router.post("/workshop-places/{token}/give-up")
def give_up(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Free it, without signing in."""
    place = queries.place(session, token)
    was_booked = place.state is PlaceState.BOOKED
    booking.give_up(session, place)
    said = gettext("You have given up your place.") if was_booked else gettext("You no longer wait for a place.")
    if place.workshop.cancelled_at is not None:
        said = gettext("We have forgotten your name and address.")
    return web.go_to(f"/workshops/{place.workshop.slug}", said)


@router.get("/staff/workshops/{workshop_slug}/places")
def staff_places(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """Who comes, who waits, and what they need."""
    workshop = queries.workshop(session, workshop_slug)
    places = queries.live(session, workshop)
    return web.render(
        request, "workshops/staff_places.html", workshop=workshop, places=places,
        with_accounts=queries.with_accounts(session, places), needs=queries.access_needs(session, workshop),
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


def _live(session: Session, token: str) -> Place:
    place = queries.place(session, token)
    if place.state not in queries.LIVE:
        raise booking.PlaceGivenUp()
    return place


def _own(request: Request, session: Session, token: str, typed: Typed, *, status: int = 200) -> Response:
    place = _live(session, token)
    need = session.get(AccessNeed, place.id)
    return web.render(
        request, "workshops/own_place.html", status=status, typed=typed, place=place, workshop=place.workshop,
        token=token, before=queries.before(session, place), needs=need.words if need else "",
    )  # fmt: skip
