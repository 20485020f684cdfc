"""The queue of points that wait to be checked."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import func
from sqlmodel import Session, col, select
from starlette.responses import Response

from backend.answers import queries as answer_queries
from backend.comments import independence, moderation, queries
from backend.comments.models import Check, Comment, Kind, State, WithheldBecause
from backend.core import forms, web
from backend.core.bilingual import Said
from backend.core.db import RowNumber, SessionDep
from backend.core.errors import Refusal
from backend.core.forms import SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.people.models import Person
from backend.releases import queries as release_queries
from backend.releases import reading
from backend.releases.models import Entry
from backend.suggestions import proposals

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Checking = Annotated[Viewer, allow(Permission.CHECK)]
PAGE = 20


class PublishForm(forms.Form):
    """The text that the moderator has read."""

    seen: int


class WithholdForm(forms.Form):
    """Why a point is withheld, and what its author is told."""

    seen: int
    seen_as: Literal[State.HELD, State.PUBLISHED, State.KEPT]
    because: WithheldBecause
    words: SomeWords

    mistakes = {
        "because": mark("Select why the point is withheld"),
        "words": mark("Enter what the author should know and what they can do"),
    }


@router.get("/staff/check")
def check_queue(
    request: Request, session: SessionDep, viewer: Checking, entry: str = "", kind: str = "", after: RowNumber = 0
) -> Response:
    """Everything that waits to be checked, the oldest first."""
    held = select(Comment).where(Comment.state == State.HELD)
    number = session.exec(select(func.count()).select_from(Comment).where(Comment.state == State.HELD)).one()
    if entry:
        held = held.join(Entry, col(Entry.id) == Comment.entry_id).where(Entry.code == entry.strip().upper())
    if kind in set(Kind):
        held = held.where(Comment.kind == Kind(kind))
    found = session.exec(
        held.where(col(Comment.id) > after).order_by(col(Comment.id)).limit(PAGE + 1).options(*proposals.loaded())
    ).all()
    next_page = web.query(entry=entry, kind=kind, after=str(found[PAGE - 1].id)) if len(found) > PAGE else ""
    points = proposals.staff_points(session, found[:PAGE])
    return web.render(
        request,
        "comments/check_queue.html",
        block="results",
        points=points,
        number=number,
        entry=entry,
        kind=kind,
        kinds=[("", gettext("All kinds")), *((each.value, gettext(each.label)) for each in Kind)],
        next_page=next_page,
        labels=_labels(session, points),
        own={point.comment.id for point in points if independence.is_own(viewer.known, point.comment)},
    )


@router.get("/staff/check/{reference}")
def check_item(request: Request, reference: str, session: SessionDep, viewer: Checking) -> Response:
    """One point with its history: publish it, or withhold it."""
    return _item(request, session, viewer, moderation.comment(session, reference), Typed())


@router.post("/staff/check/{reference}/publish")
def publish_comment(
    request: Request, reference: str, typed: TypedDep, session: SessionDep, viewer: Checking
) -> Response:
    """Pass a point; in the queue its row then says what became of it."""
    comment = moderation.comment(session, reference)
    form = typed.check(PublishForm)
    if form is None:
        return _item(request, session, viewer, comment, typed, status=422)
    try:
        moderation.publish_or_keep(session, comment, viewer.known, seen=form.seen)
    except Refusal as refusal:
        if not web.wants_fragment(request):
            raise
        return web.render(
            request, "comments/_checked.html", status=refusal.status, comment=comment, message=refusal.message
        )
    if web.wants_fragment(request):
        return web.render(request, "comments/_checked.html", comment=comment, message="")
    notice = gettext("Point %(reference)s: %(state)s") % {
        "reference": comment.reference,
        "state": gettext(comment.state.label),
    }
    return web.go_to("/staff/check", notice)


@router.post("/staff/check/{reference}/withhold")
def withhold_comment(
    request: Request, reference: str, typed: TypedDep, session: SessionDep, viewer: Checking
) -> Response:
    """Withhold a point and tell its author why."""
    comment = moderation.comment(session, reference)
    form = typed.check(WithholdForm)
    if form is None:
        return _item(request, session, viewer, comment, typed, status=422)
    moderation.withhold(
        session, comment, by=viewer.known, because=form.because, words=form.words, seen=form.seen, seen_as=form.seen_as
    )
    notice = gettext("Point %(reference)s is withheld, and its author has been told.") % {
        "reference": comment.reference
    }
    return web.go_to("/staff/check", notice)


def _item(
    request: Request, session: Session, viewer: Viewer, comment: Comment, typed: Typed, *, status: int = 200
) -> Response:
    point = proposals.staff_points(session, [comment])[0]
    checks = session.exec(
        select(Check, Person.name)
        .join(Person, col(Person.id) == Check.moderator_id)
        .where(Check.comment_id == comment.id)
        .order_by(col(Check.id))
    ).all()
    return web.render(
        request,
        "comments/check_item.html",
        status=status,
        typed=typed,
        point=point,
        labels=_labels(session, [point]),
        texts=queries.texts(session, comment),
        checks=checks,
        decision=answer_queries.current_decisions(session, [comment]).get(comment.id),
        is_own=independence.is_own(viewer.known, comment),
        for_publication=moderation.is_for_publication(comment),
        reasons=[(reason.value, gettext(reason.label)) for reason in WithheldBecause],
    )


def _labels(session: Session, points: list[proposals.StaffPoint]) -> dict[int, dict[str, dict[str, Said]]]:
    """The names of all terms, for each framework that a point with a change is about."""
    frameworks = {point.framework.id: point.framework for point in points if point.change}
    return {
        number: reading.labels_of(release_queries.schemes(session, framework))
        for number, framework in frameworks.items()
    }
