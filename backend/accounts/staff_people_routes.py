"""Staff see specialists and colleagues; administrators appoint; everybody on the staff sees who may do what."""

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import appointing, inviting, limits, queries, recognising
from backend.accounts.models import Invitation, InvitedAs
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, Line, SomeLine, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people.access import PERMISSIONS, Permission, Viewer, allow
from backend.people.models import Constituency, Person, StaffRole, Standing
from backend.releases import activity, vocabulary
from backend.releases import queries as releases

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Inviting = Annotated[Viewer, allow(Permission.INVITE)]
Administering = Annotated[Viewer, allow(Permission.ADMINISTER, confirmed=True)]


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


class AppointForm(Form):
    """Who gets which role."""

    email: addresses.Address
    name: Line = ""
    role: StaffRole

    mistakes: ClassVar = {"email": addresses.FORMAT, "role": mark("Select a role")}


class RoleForm(Form):
    """Which role is taken away."""

    role: StaffRole

    mistakes: ClassVar = {"role": mark("Select a role")}


@router.get("/staff/people")
def people(request: Request, session: SessionDep, viewer: Inviting) -> Response:
    """Specialists, those invited, and the staff."""
    return web.render(
        request,
        "accounts/people.html",
        specialists=queries.specialists(session),
        pending=queries.pending(session, None),
        staff=queries.staff(session),
        labels=vocabulary.labels(session, vocabulary.ORGANISATION_TYPES),
    )


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


@router.get("/staff/people/appoint")
def appoint(request: Request, viewer: Administering) -> Response:
    """Who gets which role."""
    return _appoint(request, Typed())


@router.post("/staff/people/appoint")
def give_role(request: Request, typed: TypedDep, session: SessionDep, viewer: Administering) -> Response:
    """Give a role; the person is signed out everywhere and told."""
    form = typed.check(AppointForm)
    if form is not None:
        try:
            appointing.appoint(session, form.email, form.role, name=form.name, by=viewer.known)
        except appointing.NameNeeded as refusal:
            typed.mistake("name", refusal.message)
        except (appointing.AlreadyAppointed, appointing.ParticipatesAlready) as refusal:
            typed.mistake("email", refusal.message)
    if form is None or typed.mistakes:
        return _appoint(request, typed, status=422)
    return web.go_to("/staff/people", gettext("The role is given, and the person is told by email."))


@router.get("/staff/people/{person_id}/roles")
def staff_roles(request: Request, person_id: Number, session: SessionDep, viewer: Administering) -> Response:
    """The roles of one member of staff."""
    person = _staff(session, person_id)
    return web.render(request, "accounts/staff_roles.html", person=person, is_oneself=person.id == viewer.known.id)


@router.post("/staff/people/{person_id}/remove-role")
def remove_role(
    request: Request, person_id: Number, typed: TypedDep, session: SessionDep, viewer: Administering
) -> Response:
    """Take a role away; the person is signed out everywhere and told."""
    form = typed.check(RoleForm)
    if form is None:
        raise NotFound()
    appointing.dismiss(session, _staff(session, person_id), form.role, by=viewer.known)
    return web.go_to("/staff/people", gettext("The role is taken away, and the person is told by email."))


@router.get("/staff/permissions")
def permissions(request: Request, viewer: Annotated[Viewer, allow(Permission.DESK)]) -> Response:
    """Who may do what: the very table that every page asks."""
    labels = {
        "anyone signed in": gettext("Anyone signed in"),
        "specialist": gettext("Specialist"),
        **{role.value: gettext(role.label) for role in [*Standing, *StaffRole]},
    }
    roles = [(labels[role], allowed) for role, allowed in PERMISSIONS.items()]
    return web.render(request, "accounts/permissions.html", roles=roles, permissions=list(Permission))


def _invitation(session: Session, invitation_id: int) -> Invitation:
    found = session.get(Invitation, invitation_id)
    if found is None or found.invited_as is not InvitedAs.SPECIALIST:
        raise NotFound()
    return found


def _staff(session: Session, person_id: int) -> Person:
    found = session.get(Person, person_id)
    if found is None or not found.appointments:
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


def _appoint(request: Request, typed: Typed, *, status: int = 200) -> Response:
    roles = [(role.value, gettext(role.label)) for role in StaffRole]
    return web.render(request, "accounts/appoint.html", status=status, typed=typed, roles=roles)
