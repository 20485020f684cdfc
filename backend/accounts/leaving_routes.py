"""Leaving one's organisation, and closing one's account."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import arriving, membership
from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import Refusal
from backend.core.i18n import gettext, mark
from backend.following import subscribing
from backend.people import queries
from backend.people.access import Anyone, Permission, Viewer, allow
from backend.people.models import Membership
from backend.sending import going, naming
from backend.workshops import booking

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class NoOrganisation(Refusal):
    """There is nothing to leave."""

    title = mark("You do not belong to an organisation")
    words = mark("You may have left it in another tab, or somebody has removed you.")
    way_on = ("/account", mark("Go to your account"))


@router.get("/account/leave")
def account_leave(
    request: Request, session: SessionDep, viewer: Annotated[Viewer, allow(Permission.ACCOUNT)]
) -> Response:
    """What leaving the organisation means, before it is done."""
    place = _place(viewer)
    membership.must_not_leave_others_without_a_lead(session, place)
    colleagues = len(queries.members(session, place.organisation)) - 1
    return web.render(request, "accounts/account_leave.html", place=place, colleagues=colleagues)


@router.post("/account/leave")
def leave_organisation(
    request: Request, session: SessionDep, viewer: Annotated[Viewer, allow(Permission.ACCOUNT)]
) -> Response:
    """Leave the organisation."""
    place = _place(viewer)
    membership.leave(session, place, by=viewer.known)
    left = gettext("You have left %(organisation)s.") % {"organisation": place.organisation.name}
    return web.go_to("/account", notice=left)


@router.get("/account/close")
def account_close(
    request: Request, session: SessionDep, viewer: Annotated[Viewer, allow(Permission.ACCOUNT, confirmed=True)]
) -> Response:
    """What closing the account means, before it is done."""
    place = queries.find_place(viewer.known)
    if place:
        membership.must_not_leave_others_without_a_lead(session, place)
    return web.render(
        request, "accounts/account_close.html", person=viewer.known, place=place,
        keeps_name=_keeps_name(session, viewer),
    )  # fmt: skip


@router.post("/account/close")
def close_account(
    request: Request, session: SessionDep, viewer: Annotated[Viewer, allow(Permission.ACCOUNT, confirmed=True)]
) -> Response:
    """Close the account, and have the browser forget it."""
    subscribing.stop_everything(session, viewer.known)
    booking.give_up_all(session, viewer.known)
    going.close(session, viewer.known)
    return arriving.sign_out(web.go_to("/account-closed"))


@router.get("/account-closed")
def account_closed(request: Request, viewer: Anyone) -> Response:
    """Say that it is done."""
    return web.render(request, "accounts/account_closed.html")


def _keeps_name(session: Session, viewer: Viewer) -> bool:
    return bool(naming.points_by_name(session, viewer.known))


def _place(viewer: Viewer) -> Membership:
    place = queries.find_place(viewer.known)
    if place is None:
        raise NoOrganisation()
    return place
