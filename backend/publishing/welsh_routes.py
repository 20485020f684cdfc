"""Writing an entry's words in Welsh, beside the English."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import create_model
from sqlmodel import Session
from starlette.responses import Response

from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Line, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.publishing.entry_forms import name_of
from backend.releases import diff, queries, translating
from backend.releases.content import EntryContent
from backend.releases.models import Framework, ReleaseEntry
from backend.releases.translating import NoTitleInWelsh, TranslationMovedOn

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Editing = Annotated[Viewer, allow(Permission.EDIT_DRAFT)]


class WelshForm(forms.Form):
    """The title in Welsh; a field for each section of the framework is added."""

    title: Line = ""
    seen: int = 0

    mistakes = {"title": NoTitleInWelsh.words, "seen": mark("Open the page again")}


@router.get("/staff/release/entries/{code}/welsh")
def welsh_form(request: Request, code: str, session: SessionDep, viewer: Editing) -> Response:
    """The English of the entry, and its Welsh to write."""
    return _form(request, session, _line(session, code), Typed())


@router.post("/staff/release/entries/{code}/welsh")
def save_welsh(request: Request, code: str, typed: TypedDep, session: SessionDep, viewer: Editing) -> Response:
    """Keep the Welsh; where somebody else has saved theirs meanwhile, show both texts and lose neither."""
    line = _line(session, code)
    framework = line.entry.framework
    form = typed.check(_form_for(framework))
    if form is None:
        return _form(request, session, line, typed, status=422)
    content = _content(framework, form)
    try:
        translating.translate(session, line.revision, content, seen=form.seen, by=viewer.known)
    except NoTitleInWelsh as refusal:
        typed.mistake("title", refusal.message)
        return _form(request, session, line, typed, status=422)
    except TranslationMovedOn:
        return _form(request, session, line, typed, status=409, rival=content)
    return web.go_to(
        f"/staff/release/entries/{line.entry.code}/welsh",
        gettext("The Welsh of %(code)s is saved.") % {"code": line.entry.code},
    )


def _line(session: Session, code: str) -> ReleaseEntry:
    """The entry as the draft has it, or as it is published where no draft is open. Raises NotFound."""
    entry = queries.entry(session, code)
    release = queries.find_draft(session, entry.framework) or queries.current_release(session, entry.framework)
    line = queries.find_line(session, release, entry)
    if line is None:
        raise NotFound()
    return line


def _form_for(framework: Framework) -> type[WelshForm]:
    fields: dict[str, Any] = {name_of(f"section:{section['key']}"): (Words, "") for section in framework.sections}
    return create_model("WelshFormOfFramework", __base__=WelshForm, **fields)


def _content(framework: Framework, form: WelshForm) -> EntryContent:
    sections = {section["key"]: getattr(form, name_of(f"section:{section['key']}")) for section in framework.sections}
    return EntryContent(title=form.title, sections=sections)


def _values(content: EntryContent | None) -> Mapping[str, Any]:
    return {name_of(field): value for field, value in content.fields().items()} if content else {}


def _form(
    request: Request,
    session: Session,
    line: ReleaseEntry,
    typed: Typed,
    *,
    status: int = 200,
    rival: EntryContent | None = None,
) -> Response:
    now = translating.find(session, line.revision)
    earlier = None if now else translating.find_earlier(session, line.revision)
    shown = now or earlier
    return web.render(
        request, "publishing/welsh_form.html", status=status, typed=typed, line=line, framework=line.entry.framework,
        english=line.revision.content, name_of=name_of, values=_values(shown.content if shown else None),
        seen=now.number if now else 0, is_earlier=earlier is not None, moved_on=rival is not None,
        differences=diff.fields(now.content, rival) if now and rival else [],
    )  # fmt: skip
