"""Staff invite whoever accepted a place to the pilot."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import enrolling, inviting, limits
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.forms import Form, Line, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.people.models import Constituency
from backend.registrations import converting, mixing, queries
from backend.registrations.models import Call

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Inviting = Annotated[Viewer, allow(Permission.INVITE, confirmed=True)]
"""Whoever is invited to lead an organisation will sign off for it."""


class InviteForm(Form):
    """In which part the person is invited to the pilot."""

    part: Literal["lead", "specialist"]
    organisation_name: Line = ""
    expertise: Line = ""

    mistakes = {"part": mark("Select in which part the person is invited")}


@router.get("/staff/calls/{call_id}/applications/{application_id}/invite")
def invite_applicant(
    request: Request, call_id: Number, application_id: Number, session: SessionDep, viewer: Inviting
) -> Response:
    """A form to invite whoever accepted to the pilot."""
    call = queries.call(session, call_id)
    return _invite_page(request, session, call, application_id, Typed())


@router.post(
    "/staff/calls/{call_id}/applications/{application_id}/invite", dependencies=[limits.limited(limits.INVITATIONS)]
)
def invite(
    request: Request, call_id: Number, application_id: Number, typed: TypedDep, session: SessionDep, viewer: Inviting
) -> Response:
    """Invite them, once, by the rules for every invitation."""
    call = queries.call(session, call_id)
    application = queries.application(session, call, application_id)
    offer = queries.offers(session, call).get(application.id)
    if offer is None:
        raise converting.NoPlaceInPilot()
    form = typed.check(InviteForm)
    needed = {"lead": "organisation_name", "specialist": "expertise"}.get(form.part) if form else None
    if form and needed and not getattr(form, needed):
        typed.mistake(needed, gettext("Enter the name of the organisation") if form.part == "lead"
                      else gettext("Enter their field, such as child development"))  # fmt: skip
    if form and not typed.mistakes:
        kind: dict[str, Any] = _kind_of(session, application.registration.type_code)
        try:
            if form.part == "lead":
                converting.invite_as_lead(session, offer, name=form.organisation_name, **kind, by=viewer.known)
            else:
                converting.invite_as_specialist(session, offer, expertise=form.expertise, **kind, by=viewer.known)
        except enrolling.NameTaken as refusal:
            typed.mistake("organisation_name", refusal.message)
        except (inviting.AlreadyInvited, inviting.AlreadySpecialist) as refusal:
            typed.mistake("part", refusal.message)
    if form is None or typed.mistakes:
        return _invite_page(request, session, call, application_id, typed, status=422)
    return web.go_to(f"/staff/calls/{call.id}/select", gettext("The invitation is on its way by email."))


def _kind_of(session: Session, type_code: str) -> dict[str, Any]:
    """The type, and the constituency that it says; where it says none, people speak as public and professional."""
    group = mixing.constituencies(session).get(type_code, "")
    known = group in set(Constituency)
    return {
        "type_code": type_code,
        "constituency": Constituency(group) if known else Constituency.PUBLIC_AND_PROFESSIONAL,
    }


def _invite_page(
    request: Request, session: Session, call: Call, application_id: int, typed: Typed, *, status: int = 200
) -> Response:
    application = queries.application(session, call, application_id)
    offer = queries.offers(session, call).get(application.id)
    if offer is None:
        raise converting.NoPlaceInPilot()
    converting.must_be_possible(offer)
    parts = [("lead", gettext("Lead of their organisation, which is entered now")),
             ("specialist", gettext("Independent specialist"))]  # fmt: skip
    return web.render(
        request, "registrations/invite_applicant.html", status=status, typed=typed, call=call,
        application=application, registration=application.registration, parts=parts,
    )  # fmt: skip
