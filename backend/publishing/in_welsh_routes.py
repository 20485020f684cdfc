"""Staff see what has no Welsh yet, and write it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import create_model
from sqlmodel import Session
from starlette.responses import Response

from backend.answers import queries as answer_queries
from backend.core import forms, web
from backend.core.bilingual import Bilingual
from backend.core.db import Number, SessionDep
from backend.core.forms import Line, Typed, TypedDep, Words
from backend.core.i18n import gettext
from backend.people.access import Permission, Viewer, allow
from backend.publishing import in_welsh
from backend.publishing.in_welsh import Kind, WelshMovedOn
from backend.releases import queries, translating

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Editing = Annotated[Viewer, allow(Permission.EDIT_DRAFT)]
Publishing = Annotated[Viewer, allow(Permission.PUBLISH)]


class AskForm(forms.Form):
    """Whether a release has to have its Welsh."""

    asked: Literal["", "yes"] = ""


class TextsForm(forms.Form):
    """The Welsh of a thing; a field for each of its texts is added."""

    seen: Line = ""


@router.get("/staff/welsh")
def staff_welsh(request: Request, session: SessionDep, viewer: Editing) -> Response:
    """Everything under consultation that readers see, and how much of it has no Welsh."""
    return _overview(request, session, Typed())


@router.post("/staff/welsh/ask")
def ask_for_welsh(request: Request, typed: TypedDep, session: SessionDep, viewer: Publishing) -> Response:
    """Publish only with all the Welsh from now on, or without."""
    form = typed.check(AskForm)
    if form is None:
        return _overview(request, session, typed, status=422)
    in_welsh.ask_for_it(session, queries.consulted_framework(session), asked=form.asked == "yes", by=viewer.known)
    return web.go_to("/staff/welsh", gettext("Your choice has been saved."))


@router.get("/staff/welsh/{kind}/{thing_id}")
def welsh_texts(request: Request, kind: Kind, thing_id: Number, session: SessionDep, viewer: Editing) -> Response:
    """The English of its texts, and their Welsh to write."""
    return _page(request, kind, in_welsh.thing(session, kind, thing_id), Typed())


@router.post("/staff/welsh/{kind}/{thing_id}")
def save_texts(
    request: Request, kind: Kind, thing_id: Number, typed: TypedDep, session: SessionDep, viewer: Editing
) -> Response:
    """Keep the Welsh; where something has changed meanwhile, show it and lose nothing."""
    row = in_welsh.thing(session, kind, thing_id)
    places = range(len(in_welsh.texts(row)))
    form = typed.check(create_model("TextsOfThing", __base__=TextsForm, **_fields(places)))
    if form is None:
        return _page(request, kind, row, typed, status=422)
    try:
        words = {place: getattr(form, f"welsh_{place}") for place in places}
        in_welsh.save(session, row, words, seen=form.seen, by=viewer.known)
    except WelshMovedOn as refusal:
        typed.mistake("", refusal.message)
        return _page(request, kind, row, typed, status=409)
    return web.go_to("/staff/welsh", gettext("The Welsh is saved."))


def _overview(request: Request, session: Session, typed: Typed, *, status: int = 200) -> Response:
    frameworks = queries.frameworks(session)
    framework = next((each for each in frameworks if not each.is_reference), None)
    rows: list[tuple[Kind, Any]] = [(Kind.FRAMEWORK, each) for each in frameworks]
    release, entries = None, []
    if framework:
        release = queries.find_draft(session, framework) or queries.shown_release(session, framework)
        rows += [(Kind.ROUND, each) for each in queries.rounds(session, framework)]
        rows += [(Kind.RELEASE, release)]
        rows += [(Kind.ANSWER, each) for each in answer_queries.answers(session, release)]
        entries = translating.untranslated(session, queries.manifest(session, release))
    return web.render(
        request, "publishing/staff_welsh.html", status=status, typed=typed, framework=framework, release=release,
        listed=[(kind, row, len(in_welsh.texts(row)), in_welsh.missing(row)) for kind, row in rows], entries=entries,
    )  # fmt: skip


def _fields(places: range) -> dict[str, Any]:
    return {f"welsh_{place}": (Words, "") for place in places}


def _page(request: Request, kind: Kind, row: Bilingual, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request, "publishing/welsh_texts.html", status=status, typed=typed, kind=kind, row=row,
        texts=in_welsh.texts(row), seen=in_welsh.version(row),
    )  # fmt: skip
