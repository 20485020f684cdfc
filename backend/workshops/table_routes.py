"""The table of a workshop: what it discusses, its notes, its shows of hands; and setting it."""

import io
from typing import Annotated, Any, Literal

import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from pydantic import BeforeValidator, Field, create_model
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.comments import queries as comments
from backend.comments.models import OFFERED, Kind, State
from backend.core import tokens, web
from backend.core.config import settings
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, SomeWords, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.releases import queries as releases
from backend.releases.models import Criterion, Entry, ReleaseEntry
from backend.workshops import at_the_table, hands, queries
from backend.workshops.models import Workshop

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Running = Annotated[Viewer, allow(Permission.RUN_WORKSHOPS)]
Somebody = Annotated[Viewer, allow(Permission.ACCOUNT)]
COUNTED = [limits.limited(limits.SENDING)]
HANDS = mark("Enter how many hands went up, as a whole number up to 1,000, or leave it empty")


class NoteForm(Form):
    """What the table says about an entry."""

    kind: Kind
    section: Words = ""
    body: SomeWords
    form_token: Words = ""

    mistakes = {
        "kind": mark("Select what kind of point it is"),
        "body": mark("Enter what the table says"),
    }


class TableForm(Form):
    """What the table discusses."""

    codes: Words = ""


class NoteTakerForm(Form):
    """Whether somebody takes notes."""

    may: Literal["yes", "no"]


@router.get("/workshops/{workshop_slug}/table")
def table(request: Request, workshop_slug: str, session: SessionDep, viewer: Somebody) -> Response:
    """What the table discusses, each entry with a picture that opens it on a phone."""
    workshop = _workshop(session, workshop_slug, viewer)
    entries = [each.entry for each in queries.table(session, workshop)]
    titles = {}
    for entry in entries:
        round_ = releases.find_round(session, entry.framework)
        line = releases.find_line(session, round_.release, entry) if round_ else None
        titles[entry.id] = line.revision.title if line else None
    return web.render(
        request, "workshops/table.html", workshop=workshop, entries=entries, titles=titles, picture=picture,
        address_of=address_of,
    )  # fmt: skip


@router.get("/workshops/{workshop_slug}/table/{code}")
def table_entry(request: Request, workshop_slug: str, code: str, session: SessionDep, viewer: Somebody) -> Response:
    """The words of an entry, the notes of the table, and its shows of hands."""
    return _entry_page(request, session, _workshop(session, workshop_slug, viewer), code, Typed())


@router.post("/workshops/{workshop_slug}/table/{code}/note", dependencies=COUNTED)
def take_note(
    request: Request, workshop_slug: str, code: str, typed: TypedDep, session: SessionDep, viewer: Somebody
) -> Response:
    """Send a point of the table."""
    workshop = _workshop(session, workshop_slug, viewer)
    round_, line = at_the_table.line_at(session, workshop, code)
    form = typed.check(NoteForm)
    if form and form.kind not in OFFERED:
        typed.mistake("kind", gettext(NoteForm.mistakes["kind"]))
    if form is None or typed.mistakes:
        return _entry_page(request, session, workshop, code, typed, status=422)
    comment = at_the_table.take_note(
        session, workshop, round_, line, kind=form.kind, body=form.body, form_token=form.form_token,
        section=form.section or None, by=viewer.known,
    )  # fmt: skip
    said = gettext("The note is sent as %(reference)s. It is checked like every other point.")
    return web.go_to(_address(workshop, code), said % {"reference": comment.reference})


@router.post("/workshops/{workshop_slug}/table/{code}/hands", dependencies=COUNTED)
def count_hands(
    request: Request, workshop_slug: str, code: str, typed: TypedDep, session: SessionDep, viewer: Somebody
) -> Response:
    """Keep how many hands went up, question by question."""
    workshop = _workshop(session, workshop_slug, viewer)
    round_, line = at_the_table.line_at(session, workshop, code)
    criteria = round_.release.framework.criteria
    form = typed.check(_hands_form(criteria))
    if form is None:
        return _entry_page(request, session, workshop, code, typed, status=422)
    counted = {show.criterion.id for show in _shows(session, workshop, line)}
    for criterion in criteria:
        found = {score: getattr(form, field_of(criterion, score)) or 0 for score, _ in hands.labels(criterion)}
        if any(found.values()) or criterion.id in counted:
            at_the_table.count_hands(session, workshop, round_, line, criterion, found, by=viewer.known)
    return web.go_to(_address(workshop, code), gettext("The show of hands is saved."))


@router.get("/staff/workshops/{workshop_slug}/table")
def set_table(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """Which entries the table discusses."""
    return _setting_page(request, session, queries.workshop(session, workshop_slug), Typed())


@router.post("/staff/workshops/{workshop_slug}/table")
def save_table(request: Request, workshop_slug: str, typed: TypedDep, session: SessionDep, viewer: Running) -> Response:
    """Say which, in order."""
    workshop = queries.workshop(session, workshop_slug)
    form = typed.check(TableForm)
    entries: list[Entry] = []
    for code in dict.fromkeys(form.codes.upper().replace(",", " ").split()) if form else ():
        try:
            entries.append(releases.entry(session, code))
        except NotFound:
            typed.mistake("codes", gettext("There is no entry %(code)s. Take it out, or correct it") % {"code": code})
    if form is None or typed.mistakes:
        return _setting_page(request, session, workshop, typed, status=422)
    at_the_table.set_table(session, workshop, entries, by=viewer.known)
    return web.go_to(f"/workshops/{workshop.slug}/table", gettext("The table is set."))


@router.post("/staff/workshops/{workshop_slug}/places/{place_id}/note-taker")
def name_note_taker(
    request: Request, workshop_slug: str, place_id: Number, typed: TypedDep, session: SessionDep, viewer: Running
) -> Response:
    """Let somebody who comes take notes at the table, or no longer."""
    workshop = queries.workshop(session, workshop_slug)
    place = queries.place_of(session, workshop, place_id)
    form = typed.check(NoteTakerForm)
    if form is None:
        raise NotFound()
    at_the_table.name_note_taker(session, place, may=form.may == "yes", by=viewer.known)
    return web.go_to(f"/staff/workshops/{workshop.slug}/places", gettext("Saved."))


def address_of(entry: Entry) -> str:
    """The short address of an entry, as a phone opens it."""
    return f"{settings().base_url.rstrip('/')}/{entry.code}"


def picture(entry: Entry) -> Markup:
    """The address as a picture for the camera of a phone, as SVG without styles of its own."""
    drawn = io.BytesIO()
    segno.make(address_of(entry), error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, dark="#0b0c0c", light="#fff", svgclass="app-qr",
        lineclass=None, border=4,
    )  # fmt: skip
    return Markup(drawn.getvalue().decode())  # noqa: S704  # drawn by segno; nothing typed is in it


def field_of(criterion: Criterion, score: int) -> str:
    """The field of the form for the hands that went up for this score."""
    return f"hands_{criterion.code.replace('-', '_')}_{score}"


Hands = Annotated[
    Annotated[int, Field(ge=0, le=1000)] | None, BeforeValidator(lambda typed: str(typed).strip() or None)
]


def _hands_form(criteria: list[Criterion]) -> type[Form]:
    names = [field_of(criterion, score) for criterion in criteria for score, _ in hands.labels(criterion)]
    fields: dict[str, Any] = {name: (Hands, None) for name in names}
    form: type[Form] = create_model("HandsForm", __base__=Form, **fields)
    form.mistakes = dict.fromkeys(names, HANDS)
    return form


def _workshop(session: Session, slug: str, viewer: Viewer) -> Workshop:
    workshop = queries.workshop(session, slug)
    at_the_table.must_sit_at(session, workshop, viewer)
    return workshop


def _address(workshop: Workshop, code: str) -> str:
    return f"/workshops/{workshop.slug}/table/{code}"


def _shows(session: Session, workshop: Workshop, line: ReleaseEntry) -> list[hands.Show]:
    return [show for show in hands.counted(session, workshop) if show.revision.id == line.revision_id]


def _entry_page(
    request: Request, session: Session, workshop: Workshop, code: str, typed: Typed, *, status: int = 200
) -> Response:
    round_, line = at_the_table.line_at(session, workshop, code)
    framework = round_.release.framework
    notes = comments.by_voices(session, [at_the_table.voice_of(workshop)], round_=round_, entry=line.entry)
    return web.render(
        request, "workshops/table_entry.html", status=status, typed=typed, workshop=workshop, round_=round_, line=line,
        framework=framework, notes=notes, words=comments.words_of(session, notes),
        checks={note.id: comments.find_check(session, note) for note in notes if note.state is State.WITHHELD},
        kinds=[(kind.value, gettext(kind.label)) for kind in OFFERED],
        sections=[("", gettext("The whole entry")),
                  *((each["key"], framework.section_label(each["key"])) for each in framework.sections)],
        form_token=typed.one("form_token") or tokens.secret(), field_of=field_of, labels=hands.labels,
        counted={show.criterion.id: show.hands for show in _shows(session, workshop, line)},
    )  # fmt: skip


def _setting_page(
    request: Request, session: Session, workshop: Workshop, typed: Typed, *, status: int = 200
) -> Response:
    codes = "\n".join(each.entry.code for each in queries.table(session, workshop))
    return web.render(request, "workshops/set_table.html", status=status, typed=typed, workshop=workshop, codes=codes)
