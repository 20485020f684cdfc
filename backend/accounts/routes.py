"""Pages for signing in and out."""

from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.accounts import arriving, limits, sessions, sign_in, staff_provider
from backend.accounts.models import SignInLink
from backend.core import tokens, web
from backend.core.db import SessionDep
from backend.core.forms import Form, Line, SomeLine, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people.access import SESSION_COOKIE, SIGN_IN_COOKIE, Anyone
from backend.people.models import SecondFactor

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class AddressForm(Form):
    """Who wants to sign in, and where they were going."""

    email: addresses.Address
    next: Line = ""

    mistakes: ClassVar = {"email": addresses.FORMAT}


class CodeForm(Form):
    """The code from the email, or from the page that another device showed."""

    code: SomeLine

    mistakes: ClassVar = {"code": mark("Enter the 8-character code from the email")}


@router.get("/sign-in")
def sign_in_page(request: Request, viewer: Anyone, next: str = "") -> Response:
    """Ask for the address to send a link to."""
    going_to = web.safe_address(next, "")
    if viewer.is_signed_in:
        return web.go_to(going_to or "/account")
    at_work = staff_provider.is_configured()
    return web.render(request, "accounts/sign_in_page.html", going_to=going_to, at_work=at_work)


@router.post("/sign-in", dependencies=[limits.limited(limits.SIGN_IN)])
def send_link(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Send the link, and say the same whether or not there is an account."""
    form = typed.check(AddressForm)
    if form is None:
        going_to = web.safe_address(typed.one("next"), "")
        at_work = staff_provider.is_configured()
        return web.render(
            request, "accounts/sign_in_page.html", status=422, typed=typed, going_to=going_to, at_work=at_work
        )
    browser = request.cookies.get(SIGN_IN_COOKIE) or tokens.secret()
    sign_in.ask(
        session, form.email, browser=browser, client=limits.client_of(request), going_to=web.safe_address(form.next)
    )
    return arriving.remember(web.go_to("/sign-in/check-your-email"), browser)


@router.get("/sign-in/check-your-email")
def check_your_email(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """Say what to do next, and take the code."""
    link = sign_in.find_link_asked_from(session, request.cookies.get(SIGN_IN_COOKIE))
    if link is None:
        return web.go_to("/sign-in")
    return web.render(request, "accounts/check_your_email.html", email=sign_in.address_shown(link))


@router.post("/sign-in/code", dependencies=[limits.limited(limits.CODES)])
def use_code(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Sign in by the code; a wrong one is counted, so nothing is raised after the count."""
    browser = request.cookies.get(SIGN_IN_COOKIE)
    link = sign_in.find_link_asked_from(session, browser)
    if link is None:
        raise sign_in.LinkExpired()
    form = typed.check(CodeForm)
    if form is not None and sign_in.guess(session, link, form.code):
        return _signed_in(request, session, link, browser)
    if link.wrong_codes >= sign_in.GUESSES:
        return web.refusal_page(request, sign_in.TooManyGuesses())
    if form is not None:
        typed.mistake("code", gettext("That is not the code. Check the email and type it again"))
    return web.render(
        request, "accounts/check_your_email.html", status=422, typed=typed, email=sign_in.address_shown(link)
    )


@router.get("/sign-in/link/{token}")
def sign_in_link(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Ask before signing in, because mail scanners open links; in another browser, show the code instead."""
    link = sign_in.link(session, token)
    mine = sign_in.belongs_to(link, request.cookies.get(SIGN_IN_COOKIE))
    code = None if mine else sign_in.code_of(token)
    return web.render(request, "accounts/sign_in_link.html", token=token, email=link.email, code=code)


@router.post("/sign-in/link/{token}")
def use_link(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Sign in by the link."""
    return _signed_in(request, session, sign_in.link(session, token), request.cookies.get(SIGN_IN_COOKIE))


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """End the session here and have the browser forget everything about it."""
    sessions.close_session(session, request.cookies.get(SESSION_COOKIE))
    return arriving.sign_out(web.go_to("/signed-out"))


@router.get("/signed-out")
def signed_out(request: Request, viewer: Anyone) -> Response:
    """Say that it is done."""
    return web.render(request, "accounts/signed_out.html", at_work=staff_provider.is_configured())


def _signed_in(request: Request, session: SessionDep, link: SignInLink, browser: str | None) -> Response:
    """A new session in place of the old one, and on to where the person was going."""
    person = sign_in.use(session, link, browser=browser)
    factor = SecondFactor.DEMONSTRATION if sign_in.is_demonstration(link) else None
    return arriving.sign_in(request, session, person, going_to=link.next_address, second_factor=factor)
