"""What staff do with one organisation: see it, invite its lead, suspend it and let it take part again."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import inviting, limits, profiles, queries, suspending, terms
from backend.accounts.models import Invitation
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, SomeWords, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people import queries as people
from backend.people.access import Permission, Viewer, allow
from backend.people.models import Organisation
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Inviting = Annotated[Viewer, allow(Permission.INVITE)]
InvitingNow = Annotated[Viewer, allow(Permission.INVITE, confirmed=True)]
"""For who is to lead an organisation, and so to sign off for it."""


class LeadForm(Form):
    """Whom to invite as lead."""

    email: addresses.Address

    mistakes: ClassVar = {"email": addresses.FORMAT}


class SuspendForm(Form):
    """Why an organisation is suspended; its people read it."""

    because: Annotated[SomeWords, StringConstraints(max_length=600)]

    mistakes: ClassVar = {"because": mark("Enter why. The people of the organisation will read it")}


@router.get("/staff/organisations/{organisation_slug}")
def staff_organisation(request: Request, organisation_slug: str, session: SessionDep, viewer: Inviting) -> Response:
    """Everything that staff know of an organisation."""
    organisation = people.organisation(session, organisation_slug)
    return web.render(
        request,
        "accounts/staff_organisation.html",
        organisation=organisation,
        stage=queries.stage_of(session, organisation),
        labels={**profiles.labels(), **vocabulary.labels(session, vocabulary.ORGANISATION_TYPES)},
        members=people.members(session, organisation),
        pending=queries.pending(session, organisation),
        accepted=terms.find_of_lead(session, organisation),
    )


@router.get("/staff/organisations/{organisation_slug}/invite-lead")
def invite_lead(request: Request, organisation_slug: str, session: SessionDep, viewer: InvitingNow) -> Response:
    """Whom to invite as lead."""
    organisation = people.organisation(session, organisation_slug)
    return web.render(request, "accounts/invite_lead.html", organisation=organisation)


@router.post("/staff/organisations/{organisation_slug}/invite-lead", dependencies=[limits.limited(limits.INVITATIONS)])
def send_lead_invitation(
    request: Request, organisation_slug: str, typed: TypedDep, session: SessionDep, viewer: InvitingNow
) -> Response:
    """Invite a lead, such as when the first has gone."""
    organisation = people.organisation(session, organisation_slug)
    form = typed.check(LeadForm)
    if form is not None:
        try:
            inviting.invite_lead(session, organisation, email=form.email, by=viewer.known)
        except (inviting.AlreadyInvited, inviting.AlreadyHere) as refusal:
            typed.mistake("email", refusal.message)
    if form is None or typed.mistakes:
        return web.render(request, "accounts/invite_lead.html", status=422, typed=typed, organisation=organisation)
    notice = gettext("We have sent an invitation to %(address)s. It works for 14 days.")
    return web.go_to(address_of(organisation), notice % {"address": form.email})


@router.post(
    "/staff/organisations/{organisation_slug}/invitations/{invitation_id}/resend",
    dependencies=[limits.limited(limits.INVITATIONS)],
)
def resend(
    request: Request, organisation_slug: str, invitation_id: Number, session: SessionDep, viewer: Inviting
) -> Response:
    """Send an invitation again, by a new link."""
    organisation, invitation = _invitation(session, organisation_slug, invitation_id)
    inviting.resend(session, invitation, by=viewer.known)
    return web.go_to(address_of(organisation), gettext("We have sent the invitation again. The old link has ended."))


@router.post("/staff/organisations/{organisation_slug}/invitations/{invitation_id}/revoke")
def revoke(
    request: Request, organisation_slug: str, invitation_id: Number, session: SessionDep, viewer: Inviting
) -> Response:
    """Take an invitation back."""
    organisation, invitation = _invitation(session, organisation_slug, invitation_id)
    inviting.revoke(session, invitation, by=viewer.known)
    return web.go_to(address_of(organisation), gettext("The invitation has been taken back. Its link has ended."))


@router.get("/staff/organisations/{organisation_slug}/suspend")
def suspend_organisation(request: Request, organisation_slug: str, session: SessionDep, viewer: Inviting) -> Response:
    """Are you sure, and why?"""
    organisation = people.organisation(session, organisation_slug)
    if organisation.suspended_at is not None:
        raise suspending.SuspendedAlready()
    return web.render(request, "accounts/suspend_organisation.html", organisation=organisation)


@router.post("/staff/organisations/{organisation_slug}/suspend")
def suspend(
    request: Request, organisation_slug: str, typed: TypedDep, session: SessionDep, viewer: Inviting
) -> Response:
    """Sign its people out and keep them from taking part, until it is resumed."""
    organisation = people.organisation(session, organisation_slug)
    form = typed.check(SuspendForm)
    if form is None:
        return web.render(
            request, "accounts/suspend_organisation.html", status=422, typed=typed, organisation=organisation
        )
    suspending.suspend(session, organisation, because=form.because, by=viewer.known)
    return web.go_to(address_of(organisation), gettext("The organisation is suspended, and its people are told why."))


@router.post("/staff/organisations/{organisation_slug}/resume")
def resume(request: Request, organisation_slug: str, session: SessionDep, viewer: Inviting) -> Response:
    """Let it take part again."""
    organisation = people.organisation(session, organisation_slug)
    suspending.resume(session, organisation, by=viewer.known)
    return web.go_to(address_of(organisation), gettext("The organisation takes part again, and its people are told."))


def address_of(organisation: Organisation) -> str:
    """The staff page of an organisation."""
    return f"/staff/organisations/{organisation.slug}"


def _invitation(session: Session, slug: str, invitation_id: int) -> tuple[Organisation, Invitation]:
    organisation = people.organisation(session, slug)
    found = session.get(Invitation, invitation_id)
    if found is None or found.organisation_id != organisation.id:
        raise NotFound()
    return organisation, found
