"""Staff see who is interested, erase somebody who asks for it, and invite people to the pilot."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import enrolling, inviting, limits
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.forms import After, Form, Line, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people.access import Permission, Viewer, allow
from backend.people.models import Constituency
from backend.registrations import converting, mailboxes, mixing, queries, withdrawing
from backend.registrations.kinds import Method, Purpose
from backend.registrations.models import Registration
from backend.registrations.queries import Wanted
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Selecting = Annotated[Viewer, allow(Permission.SELECT)]
Inviting = Annotated[Viewer, allow(Permission.INVITE, confirmed=True)]
"""Whoever is invited to lead an organisation will sign off for it."""

Choice = Annotated[str, Query(max_length=60)]


class WriteForm(Form):
    """Whose mailbox may be written to again."""

    email: addresses.Address

    mistakes = {"email": addresses.FORMAT}


class InviteForm(Form):
    """In which part the person is invited to the pilot."""

    part: Literal["lead", "specialist"]
    organisation_name: Line = ""
    expertise: Line = ""

    mistakes = {"part": mark("Select in which part the person is invited")}


class EraseForm(Form):
    """Yes: it cannot be taken back."""

    asked: Literal["yes"]

    mistakes = {"asked": mark("Confirm that the person has asked for it")}


@router.get("/staff/registrations")
def staff_registrations(
    request: Request, session: SessionDep, viewer: Selecting, purpose: Choice = "", type: Choice = "",  # noqa: A002
    topic: Choice = "", after: After = None,
) -> Response:  # fmt: skip
    """Who has confirmed their interest, the newest first."""
    asked = {"purpose": purpose, "type": type, "topic": topic}
    return _list_page(request, session, asked, Typed(), after=after)


@router.post("/staff/registrations/write-once-more")
def write_once_more(request: Request, typed: TypedDep, session: SessionDep, viewer: Selecting) -> Response:
    """Let a mailbox that we leave alone have one mail, because its owner has told us so."""
    form = typed.check(WriteForm)
    if form is None:
        return _list_page(request, session, {}, typed, status=422)
    mailboxes.let(session, form.email, by=viewer.known)
    return web.go_to("/staff/registrations", gettext("They can register again now, and get one email."))


@router.get("/staff/registrations/{registration_id}")
def registration(request: Request, registration_id: Number, session: SessionDep, viewer: Selecting) -> Response:
    """What one person has said of themselves, asked for and agreed to."""
    return _page(request, session, queries.registration(session, registration_id), Typed())


@router.post("/staff/registrations/{registration_id}/erase")
def erase_registration(
    request: Request, registration_id: Number, typed: TypedDep, session: SessionDep, viewer: Selecting
) -> Response:
    """Withdraw everything for somebody who asked us to, by telephone or letter."""
    found = queries.registration(session, registration_id)
    if typed.check(EraseForm) is None:
        return _page(request, session, found, typed, status=422)
    withdrawing.withdraw(session, found.reference, list(Purpose), method=Method.ASKED_STAFF, by=viewer.known)
    return web.go_to("/staff/registrations", gettext("Everything that this person had registered is erased."))


@router.get("/staff/registrations/{registration_id}/invite")
def invite_registered(request: Request, registration_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """A form to invite somebody to the pilot."""
    found = queries.registration(session, registration_id)
    converting.must_be_possible(found)
    return _invite_page(request, found, Typed())


@router.post("/staff/registrations/{registration_id}/invite", dependencies=[limits.limited(limits.INVITATIONS)])
def invite(
    request: Request, registration_id: Number, typed: TypedDep, session: SessionDep, viewer: Inviting
) -> Response:
    """Invite them, once, by the rules for every invitation."""
    found = queries.registration(session, registration_id)
    converting.must_be_possible(found)
    form = typed.check(InviteForm)
    needed = {"lead": "organisation_name", "specialist": "expertise"}.get(form.part) if form else None
    if form and needed and not getattr(form, needed):
        typed.mistake(needed, gettext("Enter the name of the organisation") if form.part == "lead"
                      else gettext("Enter their field, such as child development"))  # fmt: skip
    if form and not typed.mistakes:
        kind = _kind_of(session, found.type_code)
        try:
            if form.part == "lead":
                converting.invite_as_lead(session, found, name=form.organisation_name, **kind, by=viewer.known)
            else:
                converting.invite_as_specialist(session, found, expertise=form.expertise, **kind, by=viewer.known)
        except enrolling.NameTaken as refusal:
            typed.mistake("organisation_name", refusal.message)
        except (inviting.AlreadyInvited, inviting.AlreadySpecialist) as refusal:
            typed.mistake("part", refusal.message)
    if form is None or typed.mistakes:
        return _invite_page(request, found, typed, status=422)
    return web.go_to(f"/staff/registrations/{found.id}", gettext("The invitation is on its way by email."))


def _list_page(
    request: Request, session: Session, asked: dict[str, str], typed: Typed, *, after: int | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    every = ("", gettext("All"))
    choices = {
        "purpose": [every, *((each.value, gettext(each.label)) for each in Purpose)],
        "type": [every, *vocabulary.labels(session, vocabulary.ORGANISATION_TYPES).items()],
        "topic": [every, *vocabulary.labels(session, vocabulary.TOPICS).items()],
    }
    chosen = {name: word if word in dict(choices[name]) else "" for name in choices for word in [asked.get(name, "")]}
    found, more = queries.registered(session, Wanted(**chosen), before=after)
    older = f"/staff/registrations?{web.query(**chosen, after=str(more))}" if more else ""
    return web.render(
        request, "registrations/staff_registrations.html", block="results", status=status, typed=typed, found=found,
        older=older, after=after, choices=choices, filters=chosen, types=dict(choices["type"]),
    )  # fmt: skip


def _page(request: Request, session: Session, found: Registration, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request, "registrations/registration.html", status=status, typed=typed, registration=found,
        applications=queries.applications_of(session, found), consents=queries.consents(session, found),
        types=vocabulary.labels(session, vocabulary.ORGANISATION_TYPES),
        topics=vocabulary.labels(session, vocabulary.TOPICS),
    )  # fmt: skip


def _kind_of(session: Session, type_code: str) -> dict[str, Any]:
    """The type, and the constituency that it says; where it says none, people speak as public and professional."""
    group = mixing.constituencies(session).get(type_code, "")
    known = group in set(Constituency)
    return {
        "type_code": type_code,
        "constituency": Constituency(group) if known else Constituency.PUBLIC_AND_PROFESSIONAL,
    }


def _invite_page(request: Request, found: Registration, typed: Typed, *, status: int = 200) -> Response:
    parts = [("lead", gettext("Lead of their organisation, which is entered now")),
             ("specialist", gettext("Independent specialist"))]  # fmt: skip
    return web.render(
        request, "registrations/invite_registered.html", status=status, typed=typed, registration=found, parts=parts
    )
