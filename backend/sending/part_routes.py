"""What an organisation has signed off: the receipt of each part and of all together, to read, print or keep."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session, select
from starlette.responses import Response

from backend.accounts import limits
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.paper import Printed
from backend.people.access import Permission, Viewer, allow
from backend.sending import printing, queries, showing
from backend.sending.showing import Shown
from backend.submissions.models import SignOff, Submission

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Colleague = Annotated[Viewer, allow(Permission.WORKSPACE)]
DOWNLOADED = [limits.limited(limits.DOWNLOADS)]


@router.get("/organisation/feedback/{submission}.pdf", dependencies=DOWNLOADED)
def sent_feedback_pdf(submission: str, session: SessionDep, viewer: Colleague) -> Response:
    """Everything that has been signed off, for printing."""
    found, parts, shown = _sent(session, viewer, submission)
    return Printed(printing.document(found, parts, shown), f"{found.reference}.pdf")


@router.get("/organisation/feedback/{submission}")
def sent_feedback(request: Request, submission: str, session: SessionDep, viewer: Colleague) -> Response:
    """Everything that has been signed off, part by part."""
    found, parts, shown = _sent(session, viewer, submission)
    return web.render(request, "sending/sent_feedback.html", submission=found, parts=parts, shown=shown)


@router.get("/organisation/feedback/{submission}/parts/{part}.pdf", dependencies=DOWNLOADED)
def sent_part_pdf(submission: str, part: Number, session: SessionDep, viewer: Colleague) -> Response:
    """The receipt of one part, for printing."""
    found, parts, shown = _sent(session, viewer, submission, part)
    return Printed(printing.document(found, parts, shown), f"{found.reference}-part-{part}.pdf")


@router.get("/organisation/feedback/{submission}/parts/{part}")
def sent_part(request: Request, submission: str, part: Number, session: SessionDep, viewer: Colleague) -> Response:
    """The receipt of one part: its exact words, their digests, and what happens next."""
    found, [signed], shown = _sent(session, viewer, submission, part)
    return web.render(request, "sending/sent_part.html", submission=found, part=signed, items=shown[signed.id])


def _sent(
    session: Session, viewer: Viewer, reference: str, number: int | None = None
) -> tuple[Submission, list[SignOff], dict[int, list[Shown]]]:
    """The submission, its parts or the one asked for, and what each holds. Raises NotFound for another's."""
    submission = session.exec(select(Submission).where(Submission.reference == reference.upper())).first()
    mine = viewer.organisation.id if viewer.organisation else None
    if submission is None or submission.organisation_id is None or submission.organisation_id != mine:
        raise NotFound()
    parts = [part for part in queries.parts(session, submission) if number in (None, part.number)]
    if not parts:
        raise NotFound()
    sent = queries.sent(session, parts)
    shown: dict[int, list[Shown]] = {part.id: [] for part in parts}
    for each, item in zip(sent, showing.of_sent(session, submission, sent), strict=True):
        shown[each.part.id].append(item)
    return submission, parts, shown
