"""The table of a workshop: what it discusses, and taking notes at it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.comments import queries as comments
from backend.comments.models import OFFERED, Kind, State
from backend.core import tokens, web
from backend.core.db import SessionDep
from backend.core.forms import Form, SomeWords, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Viewer
from backend.releases.models import ReleaseEntry
from backend.sending import tracking
from backend.workshops import at_the_table, hands, pictures, queries
from backend.workshops.models import Workshop
from backend.workshops.running import AtTheTable

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
COUNTED = [limits.limited(limits.SENDING)]


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


@router.get("/workshops/{workshop_slug}/table")
def table(request: Request, workshop_slug: str, session: SessionDep, viewer: AtTheTable) -> Response:
    """What the table discusses, each entry with a picture that opens it on a phone."""
    workshop = _workshop(session, workshop_slug, viewer)
    entries = [each.entry for each in queries.table(session, workshop)]
    titles = {}
    for entry in entries:
        _, line = at_the_table.find_line(session, entry)
        titles[entry.id] = line.revision.title if line else None
    return web.render(
        request, "workshops/table.html", workshop=workshop, entries=entries, titles=titles, picture=pictures.picture,
        address_of=pictures.address_of,
    )  # fmt: skip


@router.get("/workshops/{workshop_slug}/table/{code}")
def table_entry(request: Request, workshop_slug: str, code: str, session: SessionDep, viewer: AtTheTable) -> Response:
    """The words of an entry, the notes of the table, and its shows of hands."""
    return _entry_page(request, session, _workshop(session, workshop_slug, viewer), code, Typed())


@router.post("/workshops/{workshop_slug}/table/{code}/note", dependencies=COUNTED)
def take_note(
    request: Request, workshop_slug: str, code: str, typed: TypedDep, session: SessionDep, viewer: AtTheTable
) -> Response:
    """Send a point of the table."""
    workshop = _workshop(session, workshop_slug, viewer)
    round_, line = at_the_table.line_at(session, workshop, code)
    form = typed.check(NoteForm)
    if form and form.kind not in OFFERED:
        typed.wrong("kind", NoteForm)
    if form is None or typed.mistakes:
        return _entry_page(request, session, workshop, code, typed, status=422)
    comment = at_the_table.take_note(
        session, workshop, round_, line, kind=form.kind, body=form.body, form_token=form.form_token,
        section=form.section or None, by=viewer.known,
    )  # fmt: skip
    said = gettext("The note is sent as %(reference)s. It is checked like every other point.")
    return web.go_to(_address(workshop, code), said % {"reference": comment.reference})


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
        form_token=typed.one("form_token") or tokens.secret(), labels=hands.labels,
        told=tracking.told, is_now=workshop.has_begun and round_.is_open,
        counted={show.criterion.id: show.hands for show in _shows(session, workshop, line)},
    )  # fmt: skip
