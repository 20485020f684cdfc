"""Complaining without an account, and following what becomes of it."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator, Field
from starlette.responses import Response

from backend.accounts import limits
from backend.core import tokens, web
from backend.core.config import settings
from backend.core.db import SessionDep
from backend.core.forms import Form, Line, SomeLine, SomeWords, Typed, TypedDep, Words, read_form
from backend.core.i18n import mark
from backend.people import addresses
from backend.people.access import Anyone, Viewer
from backend.privacy import complaints
from backend.privacy.models import StepKind

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
KEPT = Depends(read_form)
"""The form is read before it is counted, so that whoever has to wait does not lose what they wrote."""


class ComplaintForm(Form):
    """What went wrong, what would put it right, and who asks."""

    went_wrong: SomeWords
    would_help: Words = ""
    name: SomeLine
    email: addresses.Address
    point: Annotated[Line, Field(pattern=r"^([A-Za-z0-9]{8})?$"), AfterValidator(str.upper)] = ""
    form_token: Annotated[str, Field(min_length=20, max_length=100)]

    mistakes: ClassVar = {
        "went_wrong": mark("Enter what went wrong"),
        "name": mark("Enter your name"),
        "email": addresses.FORMAT,
        "point": mark("Enter the 8 letters and digits of the reference, or leave it empty"),
    }


@router.get("/complaints")
def complain(
    request: Request, viewer: Anyone, point: Annotated[str, Query(max_length=20, pattern=r"^\w*$")] = ""
) -> Response:
    """A form for anybody, and what happens with it."""
    return _form(request, viewer, Typed(), point=point)


@router.post("/complaints", dependencies=[KEPT, limits.limited(limits.COMPLAINTS)])
def send_complaint(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Take it, and say what comes next."""
    form = typed.check(ComplaintForm)
    if form is None:
        return _form(request, viewer, typed, status=422)
    said = complaints.Said(form.name, form.email, form.went_wrong, form.would_help, form.point)
    complaint = complaints.make(session, said, form=form.form_token)
    return web.go_to(f"{complaints.address_of(complaint)}/sent")


@router.get("/complaints/{token}/sent")
def complaint_sent(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """We have it: the reference, and what happens next."""
    complaint = complaints.followed(session, token)
    return web.render(
        request, "privacy/complaint_sent.html", complaint=complaint, address=complaints.address_of(complaint),
        link=complaints.link_of(complaint),
        mails_a_day=limits.COMPLAINT_MAILS.amount * settings().limits_times,
    )  # fmt: skip


@router.get("/complaints/{token}")
def complaint(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """How the complaint goes, for whoever holds its link."""
    found = complaints.followed(session, token)
    told = [step for step in found.steps if step.kind is not StepKind.NOTED]
    return web.render(request, "privacy/complaint.html", complaint=found, told=told)


def _form(request: Request, viewer: Viewer, typed: Typed, *, status: int = 200, point: str = "") -> Response:
    return web.render(
        request, "privacy/complain.html", status=status, typed=typed, person=viewer.person, point=point,
        form_token=typed.one("form_token") or tokens.secret(),
    )  # fmt: skip
