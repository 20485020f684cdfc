"""The workbench of the draft release: its entries, its changes, and the suggestions that wait for it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from backend.answers import choosing
from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Line, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.publishing import drafting, entry_forms, gate
from backend.publishing import queries as publishing_queries
from backend.releases import diff, queries, reading, revising
from backend.releases.content import EntryContent
from backend.releases.models import Entry, Release, Revision
from backend.releases.revising import DraftExists, DraftMovedOn, NoTitle, NumberTaken, UnknownTerm

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Deciding = Annotated[Viewer, allow(Permission.DECIDE)]
Editing = Annotated[Viewer, allow(Permission.EDIT_DRAFT)]


class OpenForm(forms.Form):
    """The number and the title of a new release."""

    number: Annotated[Line, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){1,2}$")]
    title: Annotated[Line, Field(min_length=1)]

    mistakes = {
        "number": mark("Enter a number such as 0.3"),
        "title": mark("Enter a title of up to 300 characters"),
    }


class RetireForm(forms.Form):
    """Why an entry is retired, and which takes its place."""

    because: SomeWords
    superseded_by: Line = ""

    mistakes = {"because": mark("Enter why the entry is retired. It is published with the release")}


@router.get("/staff/release")
def release_workbench(request: Request, session: SessionDep, viewer: Deciding) -> Response:
    """The draft: what it changes, what waits to be merged, and all its entries."""
    return _workbench(request, session, Typed())


@router.post("/staff/release/open")
def open_draft(request: Request, typed: TypedDep, session: SessionDep, viewer: Editing) -> Response:
    """Open the draft of the next release."""
    framework = queries.consulted_framework(session)
    if queries.find_draft(session, framework):
        raise DraftExists()
    form = typed.check(OpenForm)
    if form is None:
        return _workbench(request, session, typed, status=422)
    try:
        revising.open_draft(session, framework, number=form.number, title=form.title, by=viewer.known)
    except NumberTaken as refusal:
        typed.mistake("number", refusal.message)
        return _workbench(request, session, typed, status=422)
    return web.go_to("/staff/release", gettext("The draft of release %(number)s is open.") % {"number": form.number})


@router.get("/staff/release/add-entry")
def add_entry(request: Request, session: SessionDep, viewer: Editing) -> Response:
    """A form for a new entry."""
    return _entry_form(request, session, _draft(session), None, Typed())


@router.post("/staff/release/add-entry")
def save_new_entry(request: Request, typed: TypedDep, session: SessionDep, viewer: Editing) -> Response:
    """Put a new entry at the end of the draft."""
    draft = _draft(session)
    form = _checked(session, draft, typed)
    if form is None:
        return _entry_form(request, session, draft, None, typed, status=422)
    content = entry_forms.content_of(draft.framework, form)
    prompted_by = entry_forms.points_of(session, draft.framework, form, typed)
    if typed.mistakes:
        return _entry_form(request, session, draft, None, typed, status=422)
    code = drafting.next_code(session, draft)
    drafting.add(
        session, draft, code=code, content=content, by=viewer.known, because=form.because, prompted_by=prompted_by
    )
    return web.go_to(f"/staff/release/entries/{code}", gettext("Entry %(code)s has been added.") % {"code": code})


@router.get("/staff/release/entries/{code}")
def edit_entry(request: Request, code: str, session: SessionDep, viewer: Editing) -> Response:
    """A form for all fields of an entry as the draft has it."""
    return _entry_form(request, session, _draft(session), queries.entry(session, code), Typed())


@router.post("/staff/release/entries/{code}")
def save_entry(request: Request, code: str, typed: TypedDep, session: SessionDep, viewer: Editing) -> Response:
    """Save an entry; where somebody else has changed it meanwhile, show both texts and lose neither."""
    draft, entry = _draft(session), queries.entry(session, code)
    form = _checked(session, draft, typed)
    prompted_by = entry_forms.points_of(session, draft.framework, form, typed) if form else []
    if form is None or typed.mistakes:
        return _entry_form(request, session, draft, entry, typed, status=422)
    content = entry_forms.content_of(draft.framework, form)
    seen = session.get(Revision, form.seen) if 0 < form.seen < 2**31 else None
    try:
        if seen is None:
            raise DraftMovedOn()
        drafting.save(
            session, draft, entry, content, seen=seen, by=viewer.known, because=form.because, prompted_by=prompted_by
        )
    except DraftMovedOn:
        return _entry_form(request, session, draft, entry, typed, status=409, rival=content)
    return web.go_to("/staff/release", gettext("Entry %(code)s is saved in the draft.") % {"code": entry.code})


@router.get("/staff/release/entries/{code}/retire")
def retire_entry(request: Request, code: str, session: SessionDep, viewer: Editing) -> Response:
    """A form to take an entry out of the draft."""
    return _retire_form(request, session, queries.entry(session, code), Typed())


@router.post("/staff/release/entries/{code}/retire")
def retire(request: Request, code: str, typed: TypedDep, session: SessionDep, viewer: Editing) -> Response:
    """Take an entry out of the draft; its address stays."""
    draft, entry = _draft(session), queries.entry(session, code)
    form = typed.check(RetireForm)
    successor = choosing.place(session, draft, form.superseded_by, "", typed, "superseded_by") if form else None
    if successor and (successor.entry.id == entry.id or queries.find_line(session, draft, successor.entry) is None):
        typed.mistake("superseded_by", gettext("Enter the code of another entry of the draft"))
    if form is None or typed.mistakes:
        return _retire_form(request, session, entry, typed, status=422)
    revising.retire(
        session, draft, entry, because=form.because, superseded_by=successor.entry if successor else None,
        by=viewer.known,
    )  # fmt: skip
    return web.go_to("/staff/release", gettext("Entry %(code)s is retired in the draft.") % {"code": entry.code})


def _draft(session: Session) -> Release:
    return choosing.draft(session, queries.consulted_framework(session))


def _checked(session: Session, draft: Release, typed: Typed) -> entry_forms.EntryForm | None:
    """The form, if nothing is wrong with it: every change has a title and a reason, and uses terms that there are."""
    form = typed.check(entry_forms.form_for(draft.framework))
    if form is None:
        return None
    if not form.title:
        typed.mistake("title", gettext("Enter a title of up to 300 characters"))
    if not form.because:
        typed.mistake("because", gettext("Enter why the entry changes. It is published with the release"))
    try:
        revising.known_terms(session, draft.framework, entry_forms.content_of(draft.framework, form))
    except NoTitle:
        typed.mistake("title", gettext("Enter a title of up to 300 characters"))
    except UnknownTerm as refusal:
        typed.mistake(entry_forms.name_of(f"terms:{refusal.facts['scheme']}"), refusal.message)
    return None if typed.mistakes else form


def _workbench(request: Request, session: Session, typed: Typed, *, status: int = 200) -> Response:
    framework = queries.consulted_framework(session)
    draft = queries.find_draft(session, framework)
    current = queries.find_current(session, framework)
    if draft is None:
        return web.render(
            request, "publishing/no_draft.html", status=status, typed=typed, framework=framework, current=current
        )
    return web.render(
        request,
        "publishing/release_workbench.html",
        status=status,
        typed=typed,
        framework=framework,
        draft=draft,
        notes=publishing_queries.notes(session, draft),
        pending=publishing_queries.pending(session, draft),
        lines=queries.manifest(session, draft),
        obstacles=gate.obstacles(session, draft),
        labels={framework.id: reading.labels_of(queries.schemes(session, framework))},
    )


def _entry_form(
    request: Request,
    session: Session,
    draft: Release,
    entry: Entry | None,
    typed: Typed,
    *,
    status: int = 200,
    rival: EntryContent | None = None,
) -> Response:
    line = queries.find_line(session, draft, entry) if entry else None
    if entry and line is None:
        raise NotFound()
    schemes = queries.schemes(session, draft.framework)
    differences: list[Any] = diff.fields(line.revision.content, rival) if line and rival else []
    return web.render(
        request,
        "publishing/entry_form.html",
        status=status,
        typed=typed,
        draft=draft,
        framework=draft.framework,
        entry=entry,
        seen=line.revision_id if line else 0,
        values=entry_forms.values_of(line.revision.content if line else None),
        name_of=entry_forms.name_of,
        schemes=schemes,
        differences=diff.in_page_order(draft.framework, differences),
        moved_on=rival is not None,
        labels=reading.labels_of(schemes),
    )


def _retire_form(request: Request, session: Session, entry: Entry, typed: Typed, *, status: int = 200) -> Response:
    draft = _draft(session)
    line = queries.find_line(session, draft, entry)
    if line is None:
        raise NotFound()
    return web.render(request, "publishing/retire_entry.html", status=status, typed=typed, draft=draft, line=line)
