"""Staff see specialists and colleagues; administrators appoint; everybody on the staff sees who may do what."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import appointing, queries
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, Line, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people.access import PERMISSIONS, Permission, Viewer, allow
from backend.people.models import Person, StaffRole, Standing
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Inviting = Annotated[Viewer, allow(Permission.INVITE)]
Administering = Annotated[Viewer, allow(Permission.ADMINISTER, confirmed=True)]


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
    everybody = PERMISSIONS["anyone signed in"]
    roles = [(labels[role], allowed | everybody) for role, allowed in PERMISSIONS.items()]
    return web.render(request, "accounts/permissions.html", roles=roles, permissions=list(Permission))


def _staff(session: Session, person_id: int) -> Person:
    found = session.get(Person, person_id)
    if found is None or not found.appointments:
        raise NotFound()
    return found


def _appoint(request: Request, typed: Typed, *, status: int = 200) -> Response:
    roles = [(role.value, gettext(role.label)) for role in StaffRole]
    return web.render(request, "accounts/appoint.html", status=status, typed=typed, roles=roles)
