"""One item of an organisation's feedback among colleagues: its words, notes about it, and sending it back."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.comments import queries as comment_queries
from backend.comments.models import Comment, State
from backend.core import forms, web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.releases import queries as release_queries
from backend.releases.models import Entry
from backend.sending import notes, queries, sending_back, showing, workspace
from backend.sending.notes import NoteForm, NoteWords
from backend.sending.queries import Item
from backend.sending.workspace import CHECK, COUNTED, FEEDBACK, Scene
from backend.submissions import signing

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Colleague = Annotated[Viewer, allow(Permission.WORKSPACE)]


class SendBackForm(forms.Form):
    """Why an item is sent back."""

    reason: NoteWords

    mistakes = {"reason": mark("Enter what should be looked at again")}


@dataclass(frozen=True)
class About:
    """What a note is about: a point or the ratings of an entry; and the item, while that is not signed off."""

    scene: Scene
    name: str
    thing: Comment | Entry
    item: Item | None


@router.get("/organisation/feedback/items/{item}")
def feedback_item(request: Request, item: str, session: SessionDep, viewer: Colleague) -> Response:
    """An item, with what colleagues have noted about it."""
    return _item(request, session, viewer, _about(session, viewer, item), Typed())


@router.post("/organisation/feedback/items/{item}/notes", dependencies=COUNTED)
def leave_note_on_item(
    request: Request, item: str, typed: TypedDep, session: SessionDep, viewer: Colleague
) -> Response:
    """Leave a note on an item."""
    about = _about(session, viewer, item)
    form = typed.check(NoteForm)
    if form is None:
        return _item(request, session, viewer, about, typed, status=422)
    notes.leave(session, about.scene.begun, by=viewer, words=form.body, about=about.thing)
    return web.go_to(
        f"{FEEDBACK}/items/{about.name}", notice=gettext("Your note has been left. Only your colleagues see it.")
    )


@router.post("/organisation/feedback/notes/{note_id}/remove")
def remove_note(note_id: Number, session: SessionDep, viewer: Colleague) -> Response:
    """Take back a note of one's own."""
    notes.remove(session, workspace.enter(session, viewer).begun, note_id, by=viewer)
    return web.go_to(f"{FEEDBACK}#notes", notice=gettext("Your note has been removed."))


@router.post("/organisation/feedback/items/{item}/send-back", dependencies=COUNTED)
def send_item_back(request: Request, item: str, typed: TypedDep, session: SessionDep, viewer: Colleague) -> Response:
    """Send an item back to who wrote it, with a reason."""
    about = _about(session, viewer, item)
    signing.must_sign(about.scene.begun, viewer)
    form = typed.check(SendBackForm)
    if form is None:
        return _item(request, session, viewer, about, typed, status=422)
    is_told = sending_back.send_back(session, about.scene.begun, about.name, by=viewer, because=form.reason)
    notice = gettext("%(item)s has been sent back.")
    if is_told:
        notice = gettext("%(item)s has been sent back. Its author is told.")
    return web.go_to(CHECK, notice=notice % {"item": about.name})


def _about(session: Session, viewer: Viewer, name: str) -> About:
    """What of the organisation's feedback has this name. Raises NotFound."""
    scene = workspace.enter(session, viewer)
    item = sending_back.find_waiting(session, scene.begun, name)
    if item and item.comment:
        return About(scene, item.name, item.comment, item)
    if item and item.entry:
        return About(scene, item.name, item.entry, item)
    codes = release_queries.codes(session, scene.framework)
    if name.upper() in codes:
        entry = release_queries.entry_of(session, scene.framework, name)
        return About(scene, entry.code, entry, None)
    comment = comment_queries.comment(session, name)
    was_discarded = comment.state is State.WITHDRAWN and comment.text_number == 0
    if comment.submission_id != scene.begun.id or was_discarded:
        raise NotFound()
    return About(scene, comment.reference, comment, None)


def _item(
    request: Request, session: Session, viewer: Viewer, about: About, typed: Typed, *, status: int = 200
) -> Response:
    submission = about.scene.begun
    is_comment = isinstance(about.thing, Comment)
    shown = showing.of_items(session, submission, [about.item]) if about.item else {}
    round_ = submission.round
    return web.render(
        request, "sending/feedback_item.html", status=status, typed=typed, about=about,
        shown=shown[about.item.key] if about.item else None,
        notes=[
            note
            for note in queries.notes(session, submission)
            if (note.comment_id if is_comment else note.entry_id) == about.thing.id
        ],
        is_told=about.item is not None and sending_back.is_told(about.item, submission, by=viewer),
        may_send_back=viewer.may(Permission.SIGN_OFF) and round_.is_open and about.item is not None
        and about.item.is_ready,
    )  # fmt: skip
