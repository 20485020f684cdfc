"""Setting up a second step, looking after it, and removing it."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import StringConstraints
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import arriving, authenticator, devices, limits, passkeys, recovery, second_factor, staff_provider
from backend.accounts.models import Passkey
from backend.accounts.second_factor import Factors
from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.errors import NotFound, NotSignedIn
from backend.core.forms import Line, SomeLine, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Anyone, Permission, SecondStepNeeded, Viewer, allow, must_be_confirmed
from backend.people.models import SecondFactor, WebSession

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Known = Annotated[Viewer, allow(Permission.ACCOUNT)]
Confirmed = Annotated[Viewer, allow(Permission.ACCOUNT, confirmed=True)]
YOURS = "/account/second-step"


class AppForm(forms.Form):
    """The first code of a new app, and the secret that the page offered."""

    code: SomeLine
    offered: SomeWords
    next: Line = ""

    mistakes: ClassVar = {"code": mark("Enter the 6-digit code that your app shows")}


class NewPasskeyForm(forms.Form):
    """A new passkey, and what its owner calls it."""

    name: Annotated[Line, StringConstraints(max_length=60)] = ""
    credential: SomeWords
    next: Line = ""

    mistakes: ClassVar = {"credential": passkeys.PasskeyNotAccepted.words, "name": mark("Use 60 characters or fewer")}


@router.get("/account/second-step")
def your_second_step(request: Request, session: SessionDep, viewer: Known) -> Response:
    """What the person can show besides their mailbox."""
    return web.render(
        request,
        "accounts/your_second_step.html",
        factors=second_factor.factors_of(session, viewer.known),
        at_work=staff_provider.is_configured() and viewer.is_staff,
    )


@router.get("/account/second-step/set-up")
def set_up_second_step(request: Request, session: SessionDep, viewer: Anyone, next: str = "") -> Response:
    """Choose between an app and a passkey."""
    web_session = _setting_up(session, viewer)
    return web.render(
        request,
        "accounts/set_up_second_step.html",
        going_to=web.safe_address(next, YOURS),
        is_needed=not viewer.is_signed_in,
        email=web_session.person.email,
        device=_device(request),
    )


@router.get("/account/second-step/app")
def authenticator_app(request: Request, session: SessionDep, viewer: Anyone, next: str = "") -> Response:
    """A new secret for an app to scan."""
    web_session = _setting_up(session, viewer)
    return _app_page(request, web_session, authenticator.offer(web_session.person), Typed(), next)


@router.post("/account/second-step/add-app", dependencies=[limits.limited(limits.CODES)])
def add_app(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Keep the app once it has shown a code."""
    web_session = _setting_up(session, viewer)
    before = second_factor.factors_of(session, web_session.person)
    form = typed.check(AppForm)
    offered = typed.one("offered")
    secret = authenticator.secret_in(offered, web_session.person)
    if secret is None:  # not ours, or an hour old: the page begins anew
        offered = authenticator.offer(web_session.person)
        typed.mistake("code", gettext("This page was open for too long. Scan the new picture and type its code"))
    elif form is not None and not authenticator.add(session, web_session.person, secret, form.code):
        typed.mistake("code", gettext(authenticator.NOT_SHOWN))
    if form is None or secret is None or typed.mistakes:
        return _app_page(request, web_session, offered, typed, typed.one("next"), status=422)
    return _added(request, session, web_session, before, SecondFactor.APP, form.next)


@router.post("/account/second-step/ask-for-new-passkey", dependencies=[limits.limited(limits.CODES)])
def ask_for_new_passkey(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """What the person's device needs to make a passkey, which the page's script asks for."""
    return JSONResponse(passkeys.to_add(session, _setting_up(session, viewer)))


@router.post("/account/second-step/add-passkey", dependencies=[limits.limited(limits.CODES)])
def add_passkey(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Keep a new passkey."""
    web_session = _setting_up(session, viewer)
    before = second_factor.factors_of(session, web_session.person)
    form = typed.check(NewPasskeyForm)
    name = (form.name if form else "") or _device(request) or gettext("Passkey")
    if form is None or passkeys.add(session, web_session, form.credential, name=name) is None:
        return web.refusal_page(request, passkeys.PasskeyNotAccepted())
    return _added(request, session, web_session, before, SecondFactor.PASSKEY, form.next)


@router.get("/account/second-step/remove/{factor}")
def remove_factor(request: Request, factor: str, session: SessionDep, viewer: Confirmed) -> Response:
    """Ask before something is removed."""
    return web.render(request, "accounts/remove_factor.html", factor=factor, passkey=_passkey(session, viewer, factor))


@router.post("/account/second-step/remove/{factor}")
def remove_factor_now(request: Request, factor: str, session: SessionDep, viewer: Confirmed) -> Response:
    """Remove the app or a passkey."""
    passkey = _passkey(session, viewer, factor)
    if passkey is not None:
        second_factor.remove_passkey(session, viewer.known, passkey)
    else:
        second_factor.remove_app(session, viewer.known)
    return web.go_to(YOURS, gettext("It is removed."))


@router.post("/account/second-step/make-recovery-codes")
def make_recovery_codes(request: Request, session: SessionDep, viewer: Confirmed) -> Response:
    """New recovery codes in place of the old ones, shown this once."""
    if not second_factor.has_one(session, viewer.known):
        raise NotFound()
    codes = recovery.make(session, viewer.known)
    second_factor.tell(session, viewer.known, gettext("New recovery codes were made. The old ones no longer work."))
    return web.render(request, "accounts/recovery_codes.html", codes=codes, going_to=YOURS)


def _setting_up(session: Session, viewer: Viewer) -> WebSession:
    """The session of somebody who may add a second factor.

    They have just shown that it is them; or they have none yet, and cannot get in without. Raises NotSignedIn,
    SecondStepNeeded or ConfirmationNeeded.
    """
    if viewer.web_session is None:
        raise NotSignedIn()
    if viewer.is_signed_in:
        must_be_confirmed(viewer)
    elif second_factor.has_one(session, viewer.web_session.person):
        raise SecondStepNeeded()
    return viewer.web_session


def _added(
    request: Request, session: Session, web_session: WebSession, before: Factors, shown: SecondFactor, going_to: str
) -> Response:
    """On from here, under a new token; with the first factor come recovery codes, which are shown only now."""
    going_to = web.safe_address(going_to, YOURS)
    if before.any:
        return arriving.confirm(session, web_session, shown, going_to=YOURS)
    codes = recovery.make(session, web_session.person)
    answer = web.render(request, "accounts/recovery_codes.html", codes=codes, going_to=going_to)
    arriving.renew(answer, session, web_session, shown)
    return answer


def _passkey(session: Session, viewer: Viewer, factor: str) -> Passkey | None:
    """The passkey of this number, or None for the app. Raises NotFound."""
    if factor == "app":
        if second_factor.factors_of(session, viewer.known).app is None:
            raise NotFound()
        return None
    if not (factor.isascii() and factor.isdigit() and len(factor) < 10):
        raise NotFound()
    return second_factor.passkey(session, viewer.known, int(factor))


def _app_page(
    request: Request, web_session: WebSession, offered: str, typed: Typed, going_to: str, *, status: int = 200
) -> Response:
    secret = authenticator.secret_in(offered, web_session.person) or ""
    return web.render(
        request,
        "accounts/authenticator_app.html",
        status=status,
        typed=typed,
        offered=offered,
        secret=authenticator.in_groups(secret),
        picture=authenticator.picture(secret, web_session.person),
        going_to=web.safe_address(going_to, YOURS),
    )


def _device(request: Request) -> str:
    return devices.device_of(request.headers.get("User-Agent", ""))
