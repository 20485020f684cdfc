"""Merging a suggestion into the draft, by itself or by hand."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.comments import independence, moderation
from backend.comments.models import State
from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.releases import diff, queries, reading
from backend.releases.models import Release, Revision
from backend.releases.revising import DraftMovedOn
from backend.suggestions import merging, proposals
from backend.suggestions.merging import MergeConflict
from backend.suggestions.models import Suggestion
from backend.suggestions.proposals import StaffPoint

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Editing = Annotated[Viewer, allow(Permission.EDIT_DRAFT)]


class AcceptForm(forms.Form):
    """The draft's text that the releaser has seen, and what they wrote where the two disagree."""

    seen: int
    settled: Words = ""
    step: Literal["accept", "settle"]

    mistakes = {"settled": mark("Enter what the entry should say")}


@router.get("/staff/release/suggestions/{reference}")
def merge_suggestion(request: Request, reference: str, session: SessionDep, viewer: Editing) -> Response:
    """The three texts, and what a merge would give."""
    point, draft = _point(session, reference)
    return _page(request, session, viewer, point, draft, Typed())


@router.post("/staff/release/suggestions/{reference}")
def accept_suggestion(
    request: Request, reference: str, typed: TypedDep, session: SessionDep, viewer: Editing
) -> Response:
    """Merge the suggestion, or put what was written by hand in its place."""
    point, draft = _point(session, reference)
    form = typed.check(AcceptForm)
    if form and form.step == "settle" and not form.settled:
        typed.mistake("settled", gettext("Enter what the entry should say"))
    if form is None or typed.mistakes:
        return _page(request, session, viewer, point, draft, typed, status=422)
    seen = session.get(Revision, form.seen) if form.seen < 2**31 else None
    if seen is None:
        raise DraftMovedOn()
    settled = form.settled if form.step == "settle" else None
    try:
        merging.accept(session, _suggestion(point), into=draft, by=viewer.known, settled=settled, seen=seen)
    except (DraftMovedOn, MergeConflict) as refusal:
        return _page(request, session, viewer, point, draft, typed, status=refusal.status, message=refusal.message)
    notice = gettext("The suggestion is in the draft. Now decide on the point.")
    return web.go_to(f"/staff/decide/{point.comment.reference}", notice)


def _point(session: Session, reference: str) -> tuple[StaffPoint, Release]:
    point = proposals.staff_points(session, [moderation.comment(session, reference)])[0]
    draft = queries.find_draft(session, point.framework)
    if point.suggestion is None or draft is None:
        raise NotFound()
    return point, draft


def _suggestion(point: StaffPoint) -> Suggestion:
    assert point.suggestion
    return point.suggestion


def _page(
    request: Request,
    session: Session,
    viewer: Viewer,
    point: StaffPoint,
    draft: Release,
    typed: Typed,
    *,
    status: int = 200,
    message: str = "",
) -> Response:
    suggestion = _suggestion(point)
    field = suggestion.field
    line = merging.line_in(session, draft, suggestion)
    merged = merging.attempt(session, suggestion, draft)
    now = line.revision.content
    result = diff.fields(now, now.with_field(field, merged.value)) if merged.value is not None else []
    return web.render(
        request,
        "suggestions/merge_suggestion.html",
        status=status,
        typed=typed,
        message=message,
        point=point,
        draft=draft,
        framework=point.framework,
        field=field,
        line=line,
        base=suggestion.base_revision.content.value(field),
        mine=now.value(field),
        theirs=merging.proposed(point.text),
        moved_on=diff.fields(now.with_field(field, suggestion.base_revision.content.value(field)), now),
        merged=merged,
        result=result,
        is_merged=merging.already_merged(session, point.comment, draft),
        is_checked=point.comment.state in (State.PUBLISHED, State.KEPT),
        is_own=independence.is_own(viewer.known, point.comment),
        labels={point.framework.id: reading.labels_of(queries.schemes(session, point.framework))},
    )
