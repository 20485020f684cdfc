"""Pages for whoever is invited: what the invitation is, and accepting it; and the terms."""

from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints
from starlette.responses import Response

from backend.accounts import accepting, arriving, enrolling, inviting, limits, profiles, sign_in, terms
from backend.accounts.models import Invitation, InvitedAs
from backend.core import text, tokens, web
from backend.core.db import Number, SessionDep
from backend.core.forms import AnyForm, Form, Line, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people.access import SIGN_IN_COOKIE, Anyone, Permission, Viewer, allow
from backend.releases import activity
from backend.releases import queries as releases

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Known = Annotated[Viewer, allow(Permission.ACCOUNT)]


class AcceptForm(Form):
    """A person takes the part they are invited to; only somebody new is asked for a name."""

    name: Annotated[Line, StringConstraints(max_length=100)] = ""
    terms: Literal["accepted"]

    mistakes: ClassVar = {
        "name": mark("Enter your name"),
        "terms": mark("Select that you accept the terms, or leave the invitation as it is"),
    }


class LeadForm(AcceptForm, profiles.ProfileForm):
    """A lead accepts, and says what the organisation is."""

    mistakes: ClassVar = {**AcceptForm.mistakes, **profiles.ProfileForm.mistakes}


@router.get("/terms-of-participation")
def terms_of_participation(request: Request, viewer: Anyone) -> Response:
    """On what terms people take part."""
    return web.render(request, "accounts/terms_of_participation.html", version=terms.VERSION, dated=terms.DATED)


@router.get("/invitations/{token}")
def invitation(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """What somebody is invited to; whoever is signed in as the one invited goes on to accept."""
    invitation = inviting.invitation(session, token)
    if viewer.person is not None and viewer.person.email == invitation.email:
        return web.go_to(f"/your-invitations/{invitation.id}")
    return web.render(
        request,
        "accounts/invitation.html",
        status=403 if viewer.is_signed_in else 200,
        token=token,
        invitation=invitation,
        masked=addresses.masked(invitation.email),
    )


@router.post("/invitations/{token}/continue", dependencies=[limits.limited(limits.SIGN_IN)])
def continue_to_sign_in(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Send a link to sign in to the address that is invited, for this browser alone."""
    invitation = inviting.invitation(session, token)
    if viewer.is_signed_in:
        return web.go_to(f"/invitations/{token}")
    browser = request.cookies.get(SIGN_IN_COOKIE) or tokens.secret()
    going_to = f"/your-invitations/{invitation.id}"
    sign_in.ask(session, invitation.email, browser=browser, client=limits.client_of(request), going_to=going_to)
    return arriving.remember(web.go_to("/sign-in/check-your-email"), browser)


@router.get("/your-invitations")
def your_invitations(request: Request, session: SessionDep, viewer: Known) -> Response:
    """Everything that the person is invited to."""
    return web.render(request, "accounts/your_invitations.html", invitations=inviting.live(session, viewer.known))


@router.get("/your-invitations/{invitation_id}")
def your_invitation(request: Request, invitation_id: Number, session: SessionDep, viewer: Known) -> Response:
    """Say who you are, read the terms, and accept."""
    invitation = accepting.own(session, invitation_id, viewer.known)
    accepting.must_be_possible(invitation, viewer.known)
    return _page(request, viewer, invitation, Typed())


@router.post("/your-invitations/{invitation_id}")
def accept_invitation(
    request: Request, invitation_id: Number, typed: TypedDep, session: SessionDep, viewer: Known
) -> Response:
    """Take the part; a lead says what the organisation is in the same act.

    A specialist who comes back with another field has it under older points too, so public pages are made anew.
    """
    invitation = accepting.own(session, invitation_id, viewer.known)
    if _asks_for_profile(invitation):
        lead = _checked(typed, viewer, LeadForm)
        if lead is None:
            return _page(request, viewer, invitation, typed, status=422)
        accepting.accept(session, invitation, by=viewer.known, name=lead.name)
        enrolling.keep_profile(session, invitation.organisation, **lead.said(), by=viewer.known)
    else:
        form = _checked(typed, viewer, AcceptForm)
        if form is None:
            return _page(request, viewer, invitation, typed, status=422)
        accepting.accept(session, invitation, by=viewer.known, name=form.name)
    if invitation.organisation is None:
        for framework in releases.frameworks(session):
            activity.framework_changed(session, framework)
        return web.go_to("/my-panel", gettext("Thank you. You take part as a specialist now."))
    notice = gettext("Thank you. You belong to %(organisation)s now.")
    return web.go_to("/organisation", notice % {"organisation": invitation.organisation.name})


def _asks_for_profile(invitation: Invitation) -> bool:
    organisation = invitation.organisation
    return invitation.invited_as is InvitedAs.LEAD and organisation.profile_confirmed_at is None


def _checked(typed: Typed, viewer: Viewer, model: type[AnyForm]) -> AnyForm | None:
    """The form, if nothing is wrong with it: somebody who has no name yet has given one."""
    form = typed.check(model)
    if viewer.known.name or text.normalised(typed.one("name")):
        return form
    words = AcceptForm.mistakes["name"]
    typed.mistakes = {"name": gettext(words), **typed.mistakes}
    return None


def _page(request: Request, viewer: Viewer, invitation: Invitation, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request,
        "accounts/your_invitation.html",
        status=status,
        typed=typed,
        invitation=invitation,
        organisation=invitation.organisation,
        person=viewer.known,
        version=terms.VERSION,
        dated=terms.DATED,
        asks_for_profile=_asks_for_profile(invitation),
        unsaid="",
        **profiles.choices(),
    )
