"""Changing one's address, and the pages that the links in both mailboxes open."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import changing_address, limits
from backend.accounts.changing_address import Mailbox
from backend.core import web
from backend.core.db import SessionDep
from backend.core.forms import Form, Typed, TypedDep
from backend.core.i18n import gettext
from backend.people import addresses
from backend.people.access import Anyone, Permission, Viewer, allow

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Confirmed = Annotated[Viewer, allow(Permission.ACCOUNT, confirmed=True)]


class AddressForm(Form):
    """The address to have from now on."""

    email: addresses.Address

    mistakes: ClassVar = {"email": addresses.FORMAT}


@router.get("/account/email-address")
def account_email_address(request: Request, session: SessionDep, viewer: Confirmed) -> Response:
    """Ask for the new address."""
    return _page(request, session, viewer, Typed())


@router.post("/account/email-address", dependencies=[limits.limited(limits.ADDRESSES)])
def ask_for_change(request: Request, typed: TypedDep, session: SessionDep, viewer: Confirmed) -> Response:
    """Send a link to both mailboxes, and say the same whoever has the new address."""
    form = typed.check(AddressForm)
    if form is None:
        return _page(request, session, viewer, typed, status=422)
    try:
        changing_address.ask(session, viewer.known, form.email)
    except changing_address.SameAddress as refusal:
        typed.mistake("email", refusal.message)
        return _page(request, session, viewer, typed, status=422)
    return web.go_to("/account/email-address/asked")


@router.get("/account/email-address/asked")
def account_email_asked(
    request: Request, session: SessionDep, viewer: Annotated[Viewer, allow(Permission.ACCOUNT)]
) -> Response:
    """Say what to do in both mailboxes."""
    waiting = changing_address.find_waiting(session, viewer.known)
    if waiting is None:
        return web.go_to("/account")
    return web.render(request, "accounts/account_email_asked.html", person=viewer.known, change=waiting)


def _page(request: Request, session: Session, viewer: Viewer, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request, "accounts/account_email_address.html", status=status, typed=typed, person=viewer.known,
        change=changing_address.find_waiting(session, viewer.known),
    )  # fmt: skip


@router.get("/email-change/{token}")
def email_change(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """What the link would do; or what has become of the change. Nothing happens yet: mail scanners open links."""
    change, mailbox = changing_address.change(session, token)
    has_said_yes = change.old_confirmed_at if mailbox is Mailbox.OLD else change.new_confirmed_at
    if change.done_at is None:
        changing_address.must_be_waiting(change)
    return web.render(
        request, "accounts/email_change.html", change=change, token=token, is_old=mailbox is Mailbox.OLD,
        has_said_yes=has_said_yes is not None,
    )  # fmt: skip


@router.post("/email-change/{token}")
def confirm_change(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """This mailbox says yes."""
    change = changing_address.confirm(session, token, here=viewer.web_session)
    said = gettext("Your email address has been changed.") if change.done_at else gettext("Thank you for confirming.")
    return web.go_to(f"/email-change/{token}", notice=said)


@router.post("/email-change/{token}/stop")
def stop_change(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """The old mailbox says no."""
    changing_address.stop(session, token)
    return web.go_to("/change-stopped")


@router.get("/change-stopped")
def change_stopped(request: Request, viewer: Anyone) -> Response:
    """Say that nothing changes, and what to do next."""
    return web.render(request, "accounts/change_stopped.html")
