"""Booking a place, with an account or by a mailbox that says yes."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.accounts import limits
from backend.core import web
from backend.core.db import SessionDep
from backend.core.forms import Form, SomeLine, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people.access import Anyone
from backend.workshops import booking, needing, queries, telling
from backend.workshops.models import PlaceState, Workshop

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class AskForm(Form):
    """The mailbox that is asked, of somebody who has not signed in."""

    email: addresses.Address

    mistakes = {"email": addresses.FORMAT}


class AgreedForm(Form):
    """What everybody says who books, and who is known already by name."""

    access_needs: Words = ""
    access_consent: Literal["", "yes"] = ""
    is_adult: Literal["yes"]
    agrees: Literal["yes"]

    mistakes = {
        "is_adult": mark("Confirm that you are 18 or over"),
        "agrees": mark("Agree, or leave this page: without it we may not keep your booking"),
    }


class NamedForm(AgreedForm):
    """The same by somebody whom only the mailbox knows."""

    name: SomeLine

    mistakes = {**AgreedForm.mistakes, "name": mark("Enter your name in one line of up to 300 characters")}


@router.get("/workshops/{workshop_slug}/book")
def book(request: Request, workshop_slug: str, session: SessionDep, viewer: Anyone) -> Response:
    """What we need to know, and what becomes of it."""
    workshop = queries.workshop(session, workshop_slug)
    booking.must_take_bookings(workshop)
    return _page(request, workshop, Typed())


@router.post("/workshops/{workshop_slug}/book", dependencies=[limits.limited(limits.BOOKINGS)])
def send_booking(
    request: Request, workshop_slug: str, typed: TypedDep, session: SessionDep, viewer: Anyone
) -> Response:
    """Book at once for somebody whom we know; ask the mailbox of everybody else, and keep nothing else until then."""
    workshop = queries.workshop(session, workshop_slug)
    booking.must_take_bookings(workshop)
    if not viewer.is_signed_in:
        asked = typed.check(AskForm)
        if asked is None:
            return _page(request, workshop, typed, status=422)
        booking.ask(session, workshop, email=asked.email, client=limits.client_of(request))
        return web.go_to(f"/workshops/{workshop.slug}/book/asked")
    form = needing.checked(typed, AgreedForm)
    if form is None:
        return _page(request, workshop, typed, status=422)
    place = booking.book(session, workshop, viewer.known, access=form.access_needs)
    return web.go_to(f"/workshops/{workshop.slug}", _notice(place.state))


@router.get("/workshops/{workshop_slug}/book/asked")
def booking_asked(request: Request, workshop_slug: str, session: SessionDep, viewer: Anyone) -> Response:
    """Check your email: the same for everybody."""
    return web.render(request, "workshops/booking_asked.html", workshop=queries.workshop(session, workshop_slug))


@router.get("/workshop-bookings/{token}")
def confirm_booking(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Who the mailbox belongs to, and what they need and agree to. Nothing happens yet: mail scanners open links."""
    return _confirming(request, booking.asked(session, token).workshop, Typed())


@router.post("/workshop-bookings/{token}")
def confirm(request: Request, token: str, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """The mailbox says yes."""
    asked = booking.asked(session, token)
    form = needing.checked(typed, NamedForm)
    if form is None:
        return _confirming(request, asked.workshop, typed, status=422)
    place = booking.confirm(session, token, name=form.name, access=form.access_needs)
    return web.go_to(telling.page_of(place), _notice(place.state))


def _notice(state: PlaceState) -> str:
    if state is PlaceState.BOOKED:
        return gettext("You have a place. We have sent you an email.")
    return gettext("All places are taken, so you are on the waiting list. We have sent you an email.")


def _page(request: Request, workshop: Workshop, typed: Typed, *, status: int = 200) -> Response:
    return web.render(request, "workshops/book.html", status=status, typed=typed, workshop=workshop)


def _confirming(request: Request, workshop: Workshop, typed: Typed, *, status: int = 200) -> Response:
    return web.render(request, "workshops/confirm_booking.html", status=status, typed=typed, workshop=workshop)
