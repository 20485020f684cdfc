"""A person's own account: who they are here, where they are signed in, and what they are told by mail."""

from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints
from starlette.responses import Response

from backend.accounts import arriving, changing_address, second_factor, sessions, signing_out
from backend.core import web
from backend.core.db import SessionDep
from backend.core.forms import Form, Line, SomeLine, Typed, TypedDep
from backend.core.i18n import LANGUAGES, gettext, mark
from backend.notifications import outbox
from backend.people import queries
from backend.people.access import Permission, Viewer, allow
from backend.people.models import Digest
from backend.sending import naming

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
HINTS = {
    Digest.NOW: mark("When a release answers what you said or changes what you follow, or a round opens or is moved"),
    Digest.DAILY: mark("At 8am, if there is anything to tell"),
    Digest.WEEKLY: mark("On Monday at 8am, if there is anything to tell"),
    Digest.NONE: mark("You can read it all on this site; nor do we remind you of anything"),
}
Mine = Annotated[Viewer, allow(Permission.ACCOUNT)]


class NameForm(Form):
    """What a person is called."""

    name: Annotated[SomeLine, StringConstraints(max_length=100)]

    mistakes: ClassVar = {"name": mark("Enter your name, in 100 characters or fewer")}


class EmailsForm(Form):
    """How often a person is written to, and in which language."""

    digest: Digest
    reminders: Literal["", "yes"] = ""
    language: Literal["en", "cy"]

    mistakes: ClassVar = {
        "digest": mark("Select how often we email you"),
        "language": mark("Select the language of your emails"),
    }


class BrowserForm(Form):
    """One of the browsers in which a person is signed in."""

    session: Line


@router.get("/account")
def account(request: Request, session: SessionDep, viewer: Mine) -> Response:
    """Who the person is here, what that lets them do, and how to change it."""
    person = viewer.known
    return web.render(
        request,
        "accounts/account.html",
        person=person,
        place=queries.find_place(person),
        factors=second_factor.factors_of(session, person),
        signed_in=len(sessions.open_sessions(session, person)),
        change=changing_address.find_waiting(session, person),
        allowed=[each for each in Permission if viewer.may(each) and each is not Permission.ACCOUNT],
    )


@router.get("/account/name")
def account_name(request: Request, viewer: Mine) -> Response:
    """The name, to be written anew."""
    return _name(request, viewer, Typed())


@router.post("/account/name")
def change_name(request: Request, typed: TypedDep, session: SessionDep, viewer: Mine) -> Response:
    """Be called so from now on."""
    form = typed.check(NameForm)
    if form is None:
        return _name(request, viewer, typed, status=422)
    naming.rename(session, viewer.known, form.name)
    return web.go_to("/account", notice=gettext("Your name has been changed."))


def _name(request: Request, viewer: Viewer, typed: Typed, *, status: int = 200) -> Response:
    return web.render(request, "accounts/account_name.html", status=status, typed=typed, person=viewer.known)


@router.get("/account/emails")
def account_emails(request: Request, viewer: Mine) -> Response:
    """How often the person is told by mail what became of what they said."""
    return _emails(request, viewer, Typed())


@router.post("/account/emails")
def choose_emails(request: Request, typed: TypedDep, session: SessionDep, viewer: Mine) -> Response:
    """Be told so often from now on."""
    form = typed.check(EmailsForm)
    if form is None:
        return _emails(request, viewer, typed, status=422)
    outbox.choose_again(session, viewer.known, form.digest, by=viewer.known, reminders=form.reminders == "yes")
    viewer.known.language = form.language
    return web.go_to("/account", notice=gettext("Your choice has been saved."))


def _emails(request: Request, viewer: Viewer, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request, "accounts/account_emails.html", status=status, typed=typed, person=viewer.known,
        choices=[(each.value, gettext(each.label), gettext(HINTS[each])) for each in Digest],
        tongues=list(LANGUAGES.items()),
    )  # fmt: skip


@router.get("/account/signed-in")
def account_signed_in(request: Request, session: SessionDep, viewer: Mine) -> Response:
    """Every browser in which the person is signed in."""
    browsers = sorted(
        sessions.open_sessions(session, viewer.known), key=lambda each: each is viewer.web_session, reverse=True
    )
    return web.render(request, "accounts/account_signed_in.html", browsers=browsers)


@router.post("/account/signed-in/sign-out-one")
def sign_out_one(request: Request, typed: TypedDep, session: SessionDep, viewer: Mine) -> Response:
    """Sign one browser out; the one in use says goodbye as usual."""
    form = typed.check(BrowserForm)
    ended = signing_out.one(session, viewer.known, form.session if form else "")
    if ended is viewer.web_session:
        return arriving.sign_out(web.go_to("/signed-out"))
    return web.go_to("/account/signed-in", notice=gettext("That browser has been signed out."))


@router.post("/account/signed-in/sign-out-others")
def sign_out_others(request: Request, session: SessionDep, viewer: Mine) -> Response:
    """Stay signed in here alone."""
    signing_out.others(session, viewer.known, here=viewer.web_session)
    return web.go_to("/account/signed-in", notice=gettext("You are signed in here only."))
