"""Setting the table of a workshop: what it discusses, and who takes its notes."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, Typed, TypedDep, Words
from backend.core.i18n import gettext
from backend.releases import queries as releases
from backend.releases.models import Entry
from backend.workshops import at_the_table, queries
from backend.workshops.models import Workshop
from backend.workshops.running import Running

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class TableForm(Form):
    """What the table discusses."""

    codes: Words = ""


class NoteTakerForm(Form):
    """Whether somebody takes notes."""

    may: Literal["yes", "no"]


@router.get("/staff/workshops/{workshop_slug}/table")
def set_table(request: Request, workshop_slug: str, session: SessionDep, viewer: Running) -> Response:
    """Which entries the table discusses."""
    return _page(request, session, queries.workshop(session, workshop_slug), Typed())


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
        return _page(request, session, workshop, typed, status=422)
    try:
        at_the_table.set_table(session, workshop, entries, by=viewer.known)
    except at_the_table.NotInTheRound as refusal:
        typed.mistake("codes", refusal.message)
        return _page(request, session, workshop, typed, status=422)
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


def _page(request: Request, session: Session, workshop: Workshop, typed: Typed, *, status: int = 200) -> Response:
    codes = "\n".join(each.entry.code for each in queries.table(session, workshop))
    return web.render(request, "workshops/set_table.html", status=status, typed=typed, workshop=workshop, codes=codes)
