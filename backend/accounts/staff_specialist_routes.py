"""Staff invite specialists, put right the field that they have verified, and end a specialist’s part."""

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import inviting, limits, recognising
from backend.accounts.models import Invitation, InvitedAs
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, SomeLine, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people.access import Permission, Viewer, allow
from backend.people.models import Constituency, Person
from backend.releases import activity, vocabulary
from backend.releases import queries as releases

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Inviting = Annotated[Viewer, allow(Permission.INVITE)]


class SpecialistForm(Form):
    """A specialist's field and kind, as staff have verified them."""

    expertise: SomeLine
    type_code: SomeLine
    constituency: Constituency

    mistakes: ClassVar = {
        "expertise": mark("Enter their field, such as child development"),
        "type_code": mark("Select their kind"),
        "constituency": mark("Select the constituency that they are counted in"),
    }


class InviteForm(SpecialistForm):
    """Whom to invite as a specialist."""

    email: addresses.Address

    mistakes: ClassVar = {**SpecialistForm.mistakes, "email": addresses.FORMAT}


class StopForm(Form):
    """Why a specialist's part ends; they read it."""

    because: Annotated[SomeWords, StringConstraints(max_length=600)]

    mistakes: ClassVar = {"because": mark("Enter why. They will read it")}


@router.get("/staff/people/invite-specialist")
def invite_specialist(request: Request, session: SessionDep, viewer: Inviting) -> Response:
    """Whom to invite, and their verified field."""
    return _specialist(request, session, "accounts/invite_specialist.html", Typed())


@router.post("/staff/people/invite-specialist", dependencies=[limits.limited(limits.INVITATIONS)])
def send_specialist_invitation(request: Request, typed: TypedDep, session: SessionDep, viewer: Inviting) -> Response:
    """Invite a specialist."""
    form = typed.check(InviteForm)
    _must_be_a_kind(session, form, typed)
    if form is not None and not typed.mistakes:
        facts = form.model_dump()
        try:
            inviting.invite_specialist(session, **facts, by=viewer.known)
        except (inviting.AlreadyInvited, inviting.AlreadySpecialist) as refusal:
            typed.mistake("email", refusal.message)
    if form is None or typed.mistakes:
        return _specialist(request, session, "accounts/invite_specialist.html", typed, status=422)
    notice = gettext("We have sent an invitation to %(address)s. It works for 14 days.")
    return web.go_to("/staff/people", notice % {"address": form.email})


@router.post("/staff/people/invitations/{invitation_id}/resend", dependencies=[limits.limited(limits.INVITATIONS)])
def resend_to_specialist(request: Request, invitation_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """Send an invitation again, by a new link."""
    inviting.resend(session, _invitation(session, invitation_id), by=viewer.known)
    return web.go_to("/staff/people", gettext("We have sent the invitation again. The old link has ended."))


@router.post("/staff/people/invitations/{invitation_id}/revoke")
def revoke_from_specialist(request: Request, invitation_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """Take an invitation back."""
    inviting.revoke(session, _invitation(session, invitation_id), by=viewer.known)
    return web.go_to("/staff/people", gettext("The invitation has been taken back. Its link has ended."))


@router.get("/staff/people/{person_id}/correct")
def correct_specialist(request: Request, person_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """A form to put a specialist's field right."""
    person = recognising.specialist(session, person_id)
    return _specialist(request, session, "accounts/correct_specialist.html", Typed(), person)


@router.post("/staff/people/{person_id}/correct")
def correct(request: Request, person_id: Number, typed: TypedDep, session: SessionDep, viewer: Inviting) -> Response:
    """Put it right; public pages that name the specialist are made anew."""
    person = recognising.specialist(session, person_id)
    form = typed.check(SpecialistForm)
    _must_be_a_kind(session, form, typed)
    if form is None or typed.mistakes:
        return _specialist(request, session, "accounts/correct_specialist.html", typed, person, status=422)
    recognising.correct(session, person, **form.model_dump(), by=viewer.known)
    for framework in releases.frameworks(session):
        activity.framework_changed(session, framework)
    return web.go_to("/staff/people", gettext("The facts are saved."))


@router.get("/staff/people/{person_id}/stop")
def stop_specialist(request: Request, person_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """Are you sure?"""
    return web.render(request, "accounts/stop_specialist.html", person=recognising.specialist(session, person_id))


@router.post("/staff/people/{person_id}/stop")
def stop(request: Request, person_id: Number, typed: TypedDep, session: SessionDep, viewer: Inviting) -> Response:
    """End a specialist's part."""
    person = recognising.specialist(session, person_id)
    form = typed.check(StopForm)
    if form is None:
        return web.render(request, "accounts/stop_specialist.html", status=422, typed=typed, person=person)
    recognising.stop(session, person, because=form.because, by=viewer.known)
    notice = gettext("%(name)s no longer takes part as a specialist, and has been told by email.")
    return web.go_to("/staff/people", notice % {"name": person.name})


def _invitation(session: Session, invitation_id: int) -> Invitation:
    found = session.get(Invitation, invitation_id)
    if found is None or found.invited_as is not InvitedAs.SPECIALIST:
        raise NotFound()
    return found


def _must_be_a_kind(session: Session, form: SpecialistForm | None, typed: Typed) -> None:
    if form and form.type_code not in vocabulary.labels(session, vocabulary.ORGANISATION_TYPES):
        typed.mistake("type_code", gettext("Select their kind"))


def _specialist(
    request: Request, session: Session, template: str, typed: Typed, person: Person | None = None, *, status: int = 200
) -> Response:
    kinds = vocabulary.labels(session, vocabulary.ORGANISATION_TYPES)
    context: dict[str, Any] = {
        "kinds": [("", gettext("Select a kind")), *kinds.items()],
        "constituencies": [(each.value, gettext(each.label)) for each in Constituency],
        "person": person,
    }
    return web.render(request, template, status=status, typed=typed, **context)
