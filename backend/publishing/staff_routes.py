"""The desk, and the last steps: preview, gate, publish."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from backend.answers import choosing, finding
from backend.answers import queries as answer_queries
from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.forms import Line, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.privacy import queries as complaints
from backend.privacy.models import Stage
from backend.publishing import drafting, gate
from backend.publishing import publish as publishing
from backend.publishing import queries as publishing_queries
from backend.releases import queries, reading

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
AtDesk = Annotated[Viewer, allow(Permission.DESK)]
Editing = Annotated[Viewer, allow(Permission.EDIT_DRAFT)]
Publishing = Annotated[Viewer, allow(Permission.PUBLISH, confirmed=True)]


class DescribeForm(forms.Form):
    """What the release is called and what is new in it."""

    title: Annotated[Line, Field(min_length=1)]
    introduction: Words = ""

    mistakes = {"title": mark("Enter a title of up to 300 characters")}


@router.get("/staff/desk")
def desk(request: Request, session: SessionDep, viewer: AtDesk) -> Response:
    """What is left, and what to do next."""
    framework = queries.consulted_framework(session)
    draft = queries.find_draft(session, framework)
    return web.render(
        request,
        "publishing/desk.html",
        framework=framework,
        draft=draft,
        current=queries.find_current(session, framework),
        round_=queries.find_round(session, framework),
        held=publishing_queries.held(session),
        progress=answer_queries.progress(session, draft) if draft else None,
        answers=len(answer_queries.answers(session, draft)) if draft else 0,
        covered=sum(answer_queries.attached_counts(session, draft).values()) if draft else 0,
        groups=finding.groups(session, draft) if draft else [],
        fields=dict(choosing.fields(framework)),
        pending=len(publishing_queries.pending(session, draft)) if draft else 0,
        obstacles=gate.obstacles(session, draft) if draft else [],
        complaints=_complaints(session) if viewer.may(Permission.ANSWER_COMPLAINTS) else None,
    )


def _complaints(session: Session) -> tuple[int, int]:
    return complaints.number_at(session, Stage.NEW), complaints.overdue(session)


@router.get("/staff/release/publish")
def publish_preview(request: Request, session: SessionDep, viewer: Publishing) -> Response:
    """The release as it will be, and what still stands in its way."""
    return _preview(request, session, Typed())


@router.post("/staff/release/describe")
def describe_release(request: Request, typed: TypedDep, session: SessionDep, viewer: Editing) -> Response:
    """Change the title and the introduction of the draft."""
    draft = choosing.draft(session, queries.consulted_framework(session))
    form = typed.check(DescribeForm)
    if form is None:
        return _preview(request, session, typed, status=422)
    drafting.describe(session, draft, title=form.title, introduction=form.introduction, by=viewer.known)
    return web.go_to("/staff/release/publish", gettext("The title and the introduction are saved."))


@router.post("/staff/release/publish")
def publish_release(request: Request, session: SessionDep, viewer: Publishing) -> Response:
    """Publish the draft with everything that was decided."""
    framework = queries.consulted_framework(session)
    draft = choosing.draft(session, framework)
    publishing.publish(session, draft, viewer.known)
    notice = gettext("Release %(number)s is published. Everybody who sent a point is told what became of it.")
    return web.go_to(f"/frameworks/{framework.slug}/releases/{draft.number}", notice % {"number": draft.number})


def _preview(request: Request, session: Session, typed: Typed, *, status: int = 200) -> Response:
    framework = queries.consulted_framework(session)
    draft = choosing.draft(session, framework)
    return web.render(
        request,
        "publishing/publish_preview.html",
        status=status,
        typed=typed,
        framework=framework,
        draft=draft,
        notes=publishing_queries.notes(session, draft),
        obstacles=gate.obstacles(session, draft),
        progress=answer_queries.progress(session, draft),
        labels={framework.id: reading.labels_of(queries.schemes(session, framework))},
    )
