"""Answering complaints, for administrators."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.forms import After, Form, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.privacy import complaints, queries
from backend.privacy.models import Complaint, ComplaintOutcome, Stage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Answering = Annotated[Viewer, allow(Permission.ANSWER_COMPLAINTS)]


class AcknowledgeForm(Form):
    """What whoever complained is told."""

    acknowledgement: SomeWords

    mistakes: ClassVar = {"acknowledgement": mark("Enter what happens next, and by when")}


class NoteForm(Form):
    """What colleagues should know."""

    note: SomeWords

    mistakes: ClassVar = {"note": mark("Enter a note")}


class CloseForm(Form):
    """The outcome, and why."""

    outcome: ComplaintOutcome
    explanation: SomeWords

    mistakes: ClassVar = {
        "outcome": mark("Select the outcome"),
        "explanation": mark("Enter what you found and what you have done"),
    }


@router.get("/staff/complaints")
def staff_complaints(
    request: Request, session: SessionDep, viewer: Answering, stage: Stage = Stage.NEW, after: After = None
) -> Response:
    """What waits to be acknowledged, those with the least time left first; or what is being looked into, or closed."""
    listed, next_after = queries.complaints(session, stage, after=after)
    return web.render(
        request, "privacy/staff_complaints.html", listed=listed, stage=stage, next_after=next_after, after=after,
        stages=[(each, queries.number_at(session, each)) for each in Stage], overdue=queries.overdue(session),
    )  # fmt: skip


@router.get("/staff/complaints/{complaint_id}")
def staff_complaint(request: Request, complaint_id: Number, session: SessionDep, viewer: Answering) -> Response:
    """One complaint, and what was done about it."""
    return _page(request, queries.complaint(session, complaint_id), Typed())


@router.post("/staff/complaints/{complaint_id}/acknowledge")
def acknowledge(
    request: Request, complaint_id: Number, typed: TypedDep, session: SessionDep, viewer: Answering
) -> Response:
    """Acknowledge it by mail."""
    complaint = queries.complaint(session, complaint_id)
    form = typed.check(AcknowledgeForm)
    if form is None:
        return _page(request, complaint, typed, status=422)
    complaints.acknowledge(session, complaint, form.acknowledgement, by=viewer.known)
    return _done(complaint, gettext("The complaint is acknowledged, by email."))


@router.post("/staff/complaints/{complaint_id}/note")
def note(request: Request, complaint_id: Number, typed: TypedDep, session: SessionDep, viewer: Answering) -> Response:
    """Leave a note for colleagues."""
    complaint = queries.complaint(session, complaint_id)
    form = typed.check(NoteForm)
    if form is None:
        return _page(request, complaint, typed, status=422)
    complaints.note(session, complaint, form.note, by=viewer.known)
    return _done(complaint, gettext("The note is saved."))


@router.post("/staff/complaints/{complaint_id}/close")
def close(request: Request, complaint_id: Number, typed: TypedDep, session: SessionDep, viewer: Answering) -> Response:
    """Give the outcome, by mail."""
    complaint = queries.complaint(session, complaint_id)
    form = typed.check(CloseForm)
    if form is None:
        return _page(request, complaint, typed, status=422)
    complaints.close(session, complaint, form.outcome, form.explanation, by=viewer.known)
    return _done(complaint, gettext("The complaint is closed. The outcome has been sent by email."))


def _done(complaint: Complaint, notice: str) -> Response:
    return web.go_to(f"/staff/complaints/{complaint.id}", notice)


def _page(request: Request, complaint: Complaint, typed: Typed, *, status: int = 200) -> Response:
    outcomes: list[tuple[str, str]] = [(each.value, gettext(each.label)) for each in ComplaintOutcome]
    return web.render(
        request, "privacy/staff_complaint.html", status=status, typed=typed, complaint=complaint, outcomes=outcomes,
        made_in={"en": gettext("English"), "cy": gettext("Welsh")}[complaint.language],
    )  # fmt: skip
