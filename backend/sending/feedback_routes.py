"""An organisation's feedback in a round: who writes what, checking it, sending items back, and signing off."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.forms import Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.releases import rounds
from backend.sending import moving, notes, proposing, queries, receipts, showing, signing_off, workspace
from backend.sending.notes import NoteForm
from backend.sending.workspace import CHECK, COUNTED, FEEDBACK, Progress, Scene
from backend.submissions import signing

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Colleague = Annotated[Viewer, allow(Permission.WORKSPACE)]

IN_ONE_PART = 500
"""How many items are shown to be sent at once: a form holds no more than twice as many fields."""


class SignOffForm(forms.Form):
    """Which items are sent, exactly as they were read, and the declaration."""

    items: list[str] = []
    authorised: Literal["yes"]

    mistakes = {
        "items": mark("Select the items to sign off"),
        "authorised": mark("Confirm that you are authorised to send this"),
    }


@router.get(FEEDBACK)
def organisation_feedback(request: Request, session: SessionDep, viewer: Colleague) -> Response:
    """Where the organisation is with its feedback in the round."""
    return _feedback(request, session, viewer, workspace.enter(session, viewer), Typed())


@router.post("/organisation/feedback/notes", dependencies=COUNTED)
def leave_note(request: Request, typed: TypedDep, session: SessionDep, viewer: Colleague) -> Response:
    """Leave a note on the feedback as a whole."""
    scene = workspace.enter(session, viewer)
    form = typed.check(NoteForm)
    if form is None:
        return _feedback(request, session, viewer, scene, typed, status=422)
    notes.leave(session, scene.begun, by=viewer, words=form.body)
    return web.go_to(FEEDBACK, notice=gettext("Your note has been left. Only your colleagues see it."))


@router.get(CHECK)
def check_answers(
    request: Request, session: SessionDep, viewer: Colleague, select: Literal["ready", "all", "none"] = "ready"
) -> Response:
    """Every item that is not sent, with its exact words and what may be published, to be signed off."""
    return _check(request, session, viewer, workspace.enter(session, viewer), Typed(), select=select)


@router.post(CHECK, dependencies=COUNTED)
def sign_off_items(request: Request, typed: TypedDep, session: SessionDep, viewer: Colleague) -> Response:
    """Send the selected items as the next part; the same form sent twice arrives at the part that it made."""
    scene = workspace.enter(session, viewer)
    submission = scene.begun
    signing.must_sign(submission, viewer)  # a rule, so that who signed until just now is told who does it
    keys = set(typed.all("items"))
    rounds.must_be_signable(submission.round)
    form = typed.check(SignOffForm)
    if not keys:
        words = SignOffForm.mistakes["items"]
        typed.mistakes = {"items": gettext(words), **typed.mistakes}
    if form is None or typed.mistakes:
        return _check(request, session, viewer, scene, typed, status=422)
    try:
        part = signing_off.sign_off(session, submission, keys, by=viewer)
    except signing_off.ListMovedOn as refusal:
        made = moving.find_part(session, submission, keys, by=viewer)
        if made is None:
            return _check(request, session, viewer, scene, typed, status=409, moved=refusal.moved)
        part = made
    else:
        receipts.for_sign_off(session, part)
    return web.go_to(f"{FEEDBACK}/{submission.reference}/parts/{part.number}")


def _feedback(
    request: Request, session: Session, viewer: Viewer, scene: Scene, typed: Typed, *, status: int = 200
) -> Response:
    progress, lines, shown, proposed = Progress(), [], {}, []
    if scene.submission:
        progress = workspace.progress(session, scene.submission)
        lines = workspace.lines(session, scene.submission, progress.waiting)
        shown = showing.of_items(session, scene.submission, progress.waiting)
    if scene.round_ and scene.round_.is_open:
        proposed = proposing.propose(session, scene.round_, scene.organisation, scene.submission)
    return web.render(
        request, "sending/organisation_feedback.html", status=status, typed=typed, scene=scene, progress=progress,
        lines=lines, shown=shown, proposed=proposed, earlier=workspace.earlier(session, scene),
        signable=workspace.signable(scene, progress.waiting),
        may_sign=viewer.may(Permission.SIGN_OFF), may_write=scene.round_ is not None and scene.round_.is_open,
    )  # fmt: skip


def _check(
    request: Request,
    session: Session,
    viewer: Viewer,
    scene: Scene,
    typed: Typed,
    *,
    status: int = 200,
    select: str = "ready",
    moved: Collection[str] | None = None,
) -> Response:
    progress = workspace.progress(session, scene.submission) if scene.submission else Progress()
    waiting = queries.in_order(progress.waiting)
    can_be_sent = workspace.signable(scene, waiting)
    signable, keys = can_be_sent[:IN_ONE_PART], {item.key for item in can_be_sent}
    others = [item for item in waiting if item.key not in keys]
    items = queries.in_order([*signable, *others[:IN_ONE_PART]])
    chosen = {"ready": progress.ready, "all": items, "none": []}[select]
    ticked = set(typed.all("items")) if typed.values else {item.key for item in chosen}
    facts: dict[str, Any] = {
        "scene": scene,
        "items": items,
        "in_one_part": IN_ONE_PART if len(items) < len(waiting) else None,
        "shown": showing.of_items(session, scene.submission, items) if scene.submission else {},
        "sent_back": progress.sent_back,
        "signable": {item.key for item in signable},
        "ticked": {item.key for item in signable} & ticked,
        "may_sign": viewer.may(Permission.SIGN_OFF),
        "moved": moving.explain(session, scene.begun, moved) if moved is not None else None,
        "parts": progress.parts,
        "sizes": progress.sizes,
    }
    return web.render(request, "sending/check_answers.html", status=status, typed=typed, **facts)
