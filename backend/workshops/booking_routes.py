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
from backend.workshops import booking, queries, telling
from backend.workshops.models import PlaceState, Workshop

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class AgreedForm(Form):
    """What everybody says who books."""

    access_needs: Words = ""
    access_consent: Literal["", "yes"] = ""
    is_adult: Literal["yes"]
    agrees: Literal["yes"]

    mistakes = {
        "is_adult": mark("Confirm that you are 18 or over"),
        "agrees": mark("Agree, or leave this page: without it we may not keep your booking"),
    }


class BookingForm(AgreedForm):
    """The same by somebody who has not signed in."""

    name: SomeLine
    email: addresses.Address

    mistakes = {
        **AgreedForm.mistakes,
        "name": mark("Enter your name"),
        "email": addresses.FORMAT,
    }


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
    """Book at once for somebody whom we know; ask the mailbox of everybody else."""
    workshop = queries.workshop(session, workshop_slug)
    booking.must_take_bookings(workshop)
    form = typed.check(AgreedForm if viewer.is_signed_in else BookingForm)
    if form and form.access_needs and form.access_consent != "yes":
        typed.mistake("access_consent", gettext("Tick this to tell the organisers, or leave the box above empty"))
    if form is None or typed.mistakes:
        return _page(request, workshop, typed, status=422)
    if isinstance(form, BookingForm):
        client = limits.client_of(request)
        booking.ask(session, workshop, name=form.name, email=form.email, client=client, access=form.access_needs)
        return web.go_to(f"/workshops/{workshop.slug}/book/asked")
    place = booking.book(session, workshop, viewer.known, access=form.access_needs)
    return web.go_to(f"/workshops/{workshop.slug}", _notice(place.state))


@router.get("/workshops/{workshop_slug}/book/asked")
def booking_asked(request: Request, workshop_slug: str, session: SessionDep, viewer: Anyone) -> Response:
    """Check your email: the same for everybody."""
    return web.render(request, "workshops/booking_asked.html", workshop=queries.workshop(session, workshop_slug))


@router.get("/workshop-bookings/{token}")
def confirm_booking(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """What the link would do. Nothing happens yet: mail scanners open links."""
    place = booking.asked(session, token)
    return web.render(request, "workshops/confirm_booking.html", workshop=place.workshop, token=token)


@router.post("/workshop-bookings/{token}")
def confirm(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """The mailbox says yes."""
    place = booking.confirm(session, token)
    return web.go_to(f"/workshop-places/{telling.link_token(place.link_seed)}", _notice(place.state))


def _notice(state: PlaceState) -> str:
    if state is PlaceState.BOOKED:
        return gettext("You have a place. We have sent you an email.")
    return gettext("All places are taken, so you are on the waiting list. We have sent you an email.")


def _page(request: Request, workshop: Workshop, typed: Typed, *, status: int = 200) -> Response:
    return web.render(request, "workshops/book.html", status=status, typed=typed, workshop=workshop)
