"""The second step of signing in, and showing anew that it is you: by app, passkey, recovery code, or by mail."""

from collections.abc import Callable
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import (
    arriving,
    authenticator,
    guessing,
    limits,
    passkeys,
    recovery,
    second_factor,
    sign_in,
    staff_provider,
)
from backend.core import forms, tokens, web
from backend.core.db import SessionDep
from backend.core.errors import NotSignedIn
from backend.core.forms import Line, SomeLine, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import (
    SIGN_IN_COOKIE,
    Anyone,
    Permission,
    SecondStepNeeded,
    Viewer,
    allow,
)
from backend.people.live_sessions import is_demonstration
from backend.people.models import SecondFactor, WebSession

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Known = Annotated[Viewer, allow(Permission.ACCOUNT)]


class AppCodeForm(forms.Form):
    """The code from the app."""

    code: SomeLine
    next: Line = ""

    mistakes: ClassVar = {"code": mark("Enter the 6-digit code from your app")}


class RecoveryCodeForm(forms.Form):
    """A code kept for the day when all else is lost."""

    recovery_code: SomeLine
    next: Line = ""

    mistakes: ClassVar = {"recovery_code": mark("Enter one of your recovery codes")}


class PasskeyForm(forms.Form):
    """What the person's device made of the challenge."""

    credential: SomeWords
    next: Line = ""

    mistakes: ClassVar = {"credential": passkeys.PasskeyNotAccepted.words}


class NextForm(forms.Form):
    """Where the person was going."""

    next: Line = ""


@router.get("/sign-in/second-step")
def second_step(request: Request, session: SessionDep, viewer: Anyone, next: str = "") -> Response:
    """Ask somebody who is half signed in for their second factor, or have them set one up."""
    if viewer.is_signed_in:
        return web.go_to(web.safe_address(next))
    web_session = _whose(viewer)
    if not second_factor.has_one(session, web_session.person):
        return web.go_to(f"/account/second-step/set-up?{web.query(next=web.safe_address(next))}")
    return _page(request, session, web_session, Typed(), next)


@router.get("/confirm-it-is-you")
def confirm_it_is_you(request: Request, session: SessionDep, viewer: Known, next: str = "") -> Response:
    """Ask somebody who has signed in a while ago to show anew that it is them."""
    web_session = _whose(viewer)
    if is_demonstration(web_session):
        return web.go_to(web.safe_address(next))
    return _page(request, session, web_session, Typed(), next)


@router.post("/confirm-it-is-you/send-code", dependencies=[limits.limited(limits.SIGN_IN)])
def send_code(request: Request, typed: TypedDep, session: SessionDep, viewer: Known) -> Response:
    """Somebody without a second factor shows that the mailbox is theirs, as when they signed in."""
    form = typed.check(NextForm)
    if form is None:
        return _page(request, session, _whose(viewer), typed, "", status=422)
    if viewer.is_staff or second_factor.has_one(session, viewer.known):
        raise SecondStepNeeded()
    browser = request.cookies.get(SIGN_IN_COOKIE) or tokens.secret()
    going_to = web.safe_address(form.next)
    sign_in.ask(session, viewer.known.email, browser=browser, client=limits.client_of(request), going_to=going_to)
    return arriving.remember(web.go_to("/sign-in/check-your-email"), browser)


@router.post("/sign-in/show-app-code", dependencies=[limits.limited(limits.CODES)])
def show_app_code(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Show the code of the authenticator app."""
    web_session = _whose(viewer)
    form = typed.check(AppCodeForm)
    if form is None:
        return _page(request, session, web_session, typed, typed.one("next"), status=422)
    return _tried(
        request, session, web_session, typed, SecondFactor.APP,
        lambda: authenticator.shows(session, web_session.person, form.code),
        "code", gettext(authenticator.NOT_SHOWN),
    )  # fmt: skip


@router.post("/sign-in/show-recovery-code", dependencies=[limits.limited(limits.CODES)])
def show_recovery_code(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Use a recovery code up."""
    web_session = _whose(viewer)
    form = typed.check(RecoveryCodeForm)
    if form is None:
        return _page(request, session, web_session, typed, typed.one("next"), status=422)
    return _tried(
        request, session, web_session, typed, SecondFactor.RECOVERY_CODE,
        lambda: recovery.use(session, web_session.person, form.recovery_code),
        "recovery_code", gettext("That is not one of your recovery codes, or it has been used. Type another one"),
    )  # fmt: skip


@router.post("/sign-in/ask-for-passkey", dependencies=[limits.limited(limits.CODES)])
def ask_for_passkey(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """A challenge for the person's device, which the page's script asks for."""
    return JSONResponse(passkeys.to_show(session, _whose(viewer)))


@router.post("/sign-in/show-passkey", dependencies=[limits.limited(limits.CODES)])
def show_passkey(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Show a passkey. Nobody can guess one, so what fails is not counted."""
    web_session = _whose(viewer)
    form = typed.check(PasskeyForm)
    if form is not None and passkeys.shows(session, web_session, form.credential):
        return arriving.confirm(session, web_session, SecondFactor.PASSKEY, going_to=form.next)
    typed.mistake("credential", gettext(passkeys.PasskeyNotAccepted.words))
    return _page(request, session, web_session, typed, typed.one("next"), status=422)


def _whose(viewer: Viewer) -> WebSession:
    """The session of somebody who has shown their mailbox at least. Raises NotSignedIn."""
    if viewer.web_session is None:
        raise NotSignedIn()
    return viewer.web_session


def _tried(
    request: Request,
    session: Session,
    web_session: WebSession,
    typed: Typed,
    factor: SecondFactor,
    is_right: Callable[[], bool],
    field: str,
    words: str,
) -> Response:
    """A code was typed. A wrong one is counted, so nothing is raised after the count."""
    going_to = typed.one("next")
    try:
        guessing.count(session, web_session)
    except guessing.NoMoreCodesToday as refusal:
        if request.state.viewer.is_signed_in:
            confirming = f"/confirm-it-is-you?{web.query(next=web.safe_address(going_to))}"
            refusal.way_on = (confirming, guessing.NoMoreCodesToday.way_on[1])
        raise
    if is_right():
        guessing.was_right(session, web_session)
        return arriving.confirm(session, web_session, factor, going_to=going_to)
    if guessing.was_wrong(session, web_session):
        request.state.viewer = None
        return arriving.sign_out(web.refusal_page(request, guessing.TooManyWrongCodes()))
    typed.mistake(field, words)
    return _page(request, session, web_session, typed, going_to, status=422)


def _page(
    request: Request, session: Session, web_session: WebSession, typed: Typed, going_to: str, *, status: int = 200
) -> Response:
    """What the person may show, whether to get in or to confirm."""
    viewer = request.state.viewer
    person = web_session.person
    return web.render(
        request,
        "accounts/confirm_it_is_you.html" if viewer.is_signed_in else "accounts/second_step.html",
        status=status,
        typed=typed,
        going_to=web.safe_address(going_to),
        factors=second_factor.factors_of(session, person),
        email=person.email,
        at_work=staff_provider.is_configured() and bool(person.appointments),
    )
