"""Counting hands at the table of a workshop, one question at a time."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator, Field, create_model
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Viewer
from backend.releases.models import Criterion, ReleaseEntry, Round
from backend.workshops import at_the_table, counting, hands, queries
from backend.workshops.models import Workshop
from backend.workshops.running import AtTheTable

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
ADDRESS = "/workshops/{workshop_slug}/table/{code}/hands/{criterion}"
MISTAKE = mark("Enter how many hands went up, as a whole number up to 1,000, or leave it empty")


class CountForm(Form):
    """The hands for each score, and which count the page showed when they were entered."""

    seen: str = ""


@router.get(ADDRESS)
def table_hands(
    request: Request, workshop_slug: str, code: str, criterion: str, session: SessionDep, viewer: AtTheTable
) -> Response:
    """One question, and how many hands have gone up."""
    workshop, round_, line, asked = _asked(session, viewer, workshop_slug, code, criterion)
    counting.must_be_possible(workshop, round_)
    return _page(request, session, workshop, line, asked, Typed())


@router.post(ADDRESS, dependencies=[limits.limited(limits.SENDING)])
def count_hands(
    request: Request, workshop_slug: str, code: str, criterion: str, typed: TypedDep, session: SessionDep,
    viewer: AtTheTable,
) -> Response:  # fmt: skip
    """Keep how many hands went up, and go on to the next question."""
    workshop, round_, line, asked = _asked(session, viewer, workshop_slug, code, criterion)
    counting.must_be_possible(workshop, round_)
    form = typed.check(_form_for(asked))
    if form is None:
        return _page(request, session, workshop, line, asked, typed, status=422)
    found = {score: getattr(form, field_of(score)) or 0 for score, _ in hands.labels(asked)}
    try:
        counting.count(session, workshop, round_, line, asked, found, seen=form.seen, by=viewer.known)
    except counting.CountedMeanwhile as refusal:
        typed.mistake("", refusal.message)
        return _page(request, session, workshop, line, asked, typed, status=409)
    criteria = round_.release.framework.criteria
    after = criteria[criteria.index(asked) + 1 :]
    entry = f"/workshops/{workshop.slug}/table/{line.entry.code}"
    return web.go_to(f"{entry}/hands/{after[0].code}" if after else entry, gettext("The show of hands is saved."))


def field_of(score: int) -> str:
    """The field of the form for the hands that went up for this score."""
    return f"hands_{score}"


Hands = Annotated[
    Annotated[int, Field(ge=0, le=1000)] | None, BeforeValidator(lambda typed: str(typed).strip() or None)
]


def _form_for(criterion: Criterion) -> type[CountForm]:
    names = [field_of(score) for score, _ in hands.labels(criterion)]
    fields: dict[str, Any] = {name: (Hands, None) for name in names}
    form: type[CountForm] = create_model("CountFormOfCriterion", __base__=CountForm, **fields)
    form.mistakes = dict.fromkeys(names, MISTAKE)
    return form


def _asked(
    session: Session, viewer: Viewer, slug: str, code: str, criterion: str
) -> tuple[Workshop, Round, ReleaseEntry, Criterion]:
    workshop = queries.workshop(session, slug)
    at_the_table.must_sit_at(session, workshop, viewer)
    round_, line = at_the_table.line_at(session, workshop, code)
    asked = next((each for each in round_.release.framework.criteria if each.code == criterion), None)
    if asked is None:
        raise NotFound()
    return workshop, round_, line, asked


def _page(
    request: Request, session: Session, workshop: Workshop, line: ReleaseEntry, criterion: Criterion, typed: Typed,
    *, status: int = 200,
) -> Response:  # fmt: skip
    counted = counting.counted(session, workshop, line, criterion)
    return web.render(
        request, "workshops/table_hands.html", status=status, typed=typed, workshop=workshop, line=line,
        criterion=criterion, labels=hands.labels(criterion), field_of=field_of, counted=counted,
        seen=counting.as_seen(counted), is_late=status == 409,
    )  # fmt: skip
