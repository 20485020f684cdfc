"""A note of a table after it was sent: reading what became of it, correcting it, taking it back."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.comments import commenting, noting
from backend.comments import queries as comments
from backend.comments.models import OFFERED, Comment, Kind, State
from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Viewer
from backend.sending import tracking
from backend.workshops import at_the_table
from backend.workshops.models import Workshop
from backend.workshops.running import AtTheTable

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
COUNTED = [limits.limited(limits.SENDING)]


class ChangeForm(Form):
    """Other words for a note, and the number of the text that was read."""

    kind: Kind
    body: SomeWords
    seen: int

    mistakes = {
        "kind": mark("Select what kind of point it is"),
        "body": mark("Enter what the table says"),
    }


@router.get("/table-notes/{reference}")
def table_note(request: Request, reference: str, session: SessionDep, viewer: AtTheTable) -> Response:
    """The note, where it stands, and why where it is withheld."""
    workshop, note = _note(session, reference, viewer)
    return _page(request, session, workshop, note, Typed())


@router.post("/table-notes/{reference}/change", dependencies=COUNTED)
def change_note(request: Request, reference: str, typed: TypedDep, session: SessionDep, viewer: AtTheTable) -> Response:
    """Send other words in its place."""
    workshop, note = _note(session, reference, viewer)
    form = typed.check(ChangeForm)
    if form and form.kind not in OFFERED:
        typed.wrong("kind", ChangeForm)
    if form is None or typed.mistakes:
        return _page(request, session, workshop, note, typed, status=422)
    try:
        noting.change_for(session, note, by=viewer.known, seen=form.seen, kind=form.kind, body=form.body)
    except commenting.TextMovedOn as refusal:
        typed.mistake("", refusal.message)
        return _page(request, session, workshop, note, typed, status=409)
    return web.go_to(address_of(note), gettext("The note is changed. It waits to be checked."))


@router.post("/table-notes/{reference}/withdraw", dependencies=COUNTED)
def withdraw_note(reference: str, session: SessionDep, viewer: AtTheTable) -> Response:
    """Take it back."""
    workshop, note = _note(session, reference, viewer)
    noting.withdraw_for(session, note, by=viewer.known)
    said = gettext("Note %(reference)s has been withdrawn.") % {"reference": note.reference}
    return web.go_to(f"/workshops/{workshop.slug}/table", said)


def address_of(note: Comment) -> str:
    """The page of the note, for those who run its table."""
    return f"/table-notes/{note.reference}"


def _note(session: Session, reference: str, viewer: Viewer) -> tuple[Workshop, Comment]:
    note = comments.comment(session, reference)
    workshop = at_the_table.find_workshop(session, note.submission.voice)
    if workshop is None:
        raise NotFound()
    at_the_table.must_sit_at(session, workshop, viewer)
    if note.state is State.WITHDRAWN:
        raise commenting.PointWithdrawn()
    return workshop, note


def _page(
    request: Request, session: Session, workshop: Workshop, note: Comment, typed: Typed, *, status: int = 200
) -> Response:
    return web.render(
        request, "workshops/table_note.html", status=status, typed=typed, workshop=workshop, note=note,
        text=comments.words_of(session, [note])[note.id], check=comments.find_check(session, note),
        stage=tracking.told(note.state),
        may_change=note.round.is_open and note.state in commenting.CHANGEABLE, is_late=status == 409,
        kinds=[(kind.value, gettext(kind.label)) for kind in OFFERED],
    )  # fmt: skip
