"""Opening, extending and closing rounds."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from backend.core import clock, forms, i18n, web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Line, SomeWords, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.releases import queries, rounds
from backend.releases.kinds import RoundState
from backend.releases.models import Round

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Deciding = Annotated[Viewer, allow(Permission.DECIDE)]
Running = Annotated[Viewer, allow(Permission.RUN_ROUNDS)]
LAST_YEAR = 2200


class RoundForm(forms.Form):
    """A new round on the current release."""

    title: Annotated[Line, Field(min_length=1)]
    opens_on: Annotated[date, Field(lt=date(LAST_YEAR, 1, 1))]
    closes_on: Annotated[date, Field(lt=date(LAST_YEAR, 1, 1))]
    use_statement: SomeWords
    can_change: SomeWords
    cannot_change: SomeWords
    questions: Words = ""

    mistakes = {
        "title": mark("Enter a title of up to 300 characters"),
        "opens_on": mark("Enter the day on which the round opens, such as 2026-12-01"),
        "closes_on": mark("Enter the last day of the round, such as 2027-01-31"),
        "use_statement": mark("Enter how you may use what you are told"),
        "can_change": mark("Enter what can still change"),
        "cannot_change": mark("Enter what cannot change"),
    }


class ExtendForm(forms.Form):
    """A later end, with the public reason."""

    closes_on: Annotated[date, Field(lt=date(LAST_YEAR, 1, 1))]
    because: SomeWords

    mistakes = {
        "closes_on": mark("Enter the new last day of the round, such as 2027-01-31"),
        "because": mark("Enter the reason. Everybody may read it"),
    }


class CloseForm(forms.Form):
    """An end at once, with the public reason."""

    because: SomeWords
    sure: Literal["yes"]

    mistakes = {
        "because": mark("Enter the reason. Everybody may read it"),
        "sure": mark("Confirm that the round closes now"),
    }


@router.get("/staff/rounds")
def staff_rounds(request: Request, session: SessionDep, viewer: Deciding) -> Response:
    """Every round of the framework under consultation."""
    framework = queries.consulted_framework(session)
    found = queries.rounds(session, framework)
    running = any(round_.state is not RoundState.CLOSED for round_ in found)
    current = queries.find_current(session, framework)
    return web.render(
        request,
        "publishing/staff_rounds.html",
        framework=framework,
        rounds=found,
        current=current,
        can_open=not running and current is not None,
    )


@router.get("/staff/rounds/new")
def new_round(request: Request, session: SessionDep, viewer: Running) -> Response:
    """A form for a new round on the current release."""
    return _new(request, session, Typed())


@router.post("/staff/rounds/new")
def open_round(request: Request, typed: TypedDep, session: SessionDep, viewer: Running) -> Response:
    """Plan a round; it opens and closes by itself."""
    release = queries.current_release(session, queries.consulted_framework(session))
    last = queries.find_round(session, release.framework)
    form = typed.check(RoundForm)
    if form and form.opens_on < clock.today():
        typed.mistake("opens_on", gettext("Enter a day that is not in the past"))
    elif form and last and last.state is RoundState.CLOSED and _opening(form.opens_on) < last.signing_ends_at:
        words = gettext("Enter a day after %(when)s: until then, feedback on the last round can be signed off")
        typed.mistake("opens_on", words % {"when": i18n.moment(last.signing_ends_at)})
    if form and form.closes_on < form.opens_on:
        typed.mistake("closes_on", gettext("Enter a day after the round opens"))
    if form is None or typed.mistakes:
        return _new(request, session, typed, status=422)
    prompts = [line.strip() for line in form.questions.splitlines() if line.strip()]
    rounds.open_round(
        session,
        release,
        title=form.title,
        opens_at=_opening(form.opens_on),
        closes_at=clock.end_of(form.closes_on),
        use_statement=form.use_statement,
        can_change=form.can_change,
        cannot_change=form.cannot_change,
        questions=[(f"question-{place}", prompt, "") for place, prompt in enumerate(prompts, start=1)],
        by=viewer.known,
    )
    return web.go_to("/staff/rounds", gettext("The round is planned. It opens and closes by itself."))


@router.get("/staff/rounds/{round_id}/extend")
def extend_round(request: Request, round_id: Number, session: SessionDep, viewer: Running) -> Response:
    """A form to give people more time."""
    return web.render(request, "publishing/extend_round.html", round_=_running(session, round_id))


@router.post("/staff/rounds/{round_id}/extend")
def extend(request: Request, round_id: Number, typed: TypedDep, session: SessionDep, viewer: Running) -> Response:
    """Give people more time, and tell everybody why."""
    round_ = _running(session, round_id)
    form = typed.check(ExtendForm)
    if form and clock.end_of(form.closes_on) <= round_.closes_at:
        typed.mistake("closes_on", gettext("Enter a day after the one on which the round closes now"))
    if form is None or typed.mistakes:
        return web.render(request, "publishing/extend_round.html", status=422, typed=typed, round_=round_)
    rounds.extend(session, round_, until=clock.end_of(form.closes_on), because=form.because, by=viewer.known)
    return web.go_to("/staff/rounds", gettext("The round has been extended."))


@router.get("/staff/rounds/{round_id}/close")
def close_round(request: Request, round_id: Number, session: SessionDep, viewer: Running) -> Response:
    """Are you sure?"""
    return web.render(request, "publishing/close_round.html", round_=_running(session, round_id))


@router.post("/staff/rounds/{round_id}/close")
def close(request: Request, round_id: Number, typed: TypedDep, session: SessionDep, viewer: Running) -> Response:
    """Close the round now, and tell everybody why."""
    round_ = _running(session, round_id)
    form = typed.check(CloseForm)
    if form is None:
        return web.render(request, "publishing/close_round.html", status=422, typed=typed, round_=round_)
    rounds.close(session, round_, because=form.because, by=viewer.known)
    return web.go_to("/staff/rounds", gettext("The round is closed."))


def _opening(day: date) -> datetime:
    """When a round opens that opens on this day: at once, if it is today."""
    return clock.now() if day == clock.today() else _midnight(day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.LONDON).astimezone(UTC)


def _running(session: Session, round_id: int) -> Round:
    found = session.get(Round, round_id)
    if found is None:
        raise NotFound()
    if found.state is RoundState.CLOSED:
        raise rounds.RoundClosed()
    return found


def _new(request: Request, session: Session, typed: Typed, *, status: int = 200) -> Response:
    framework = queries.consulted_framework(session)
    return web.render(
        request, "publishing/new_round.html", status=status, typed=typed, framework=framework,
        release=queries.current_release(session, framework), today=clock.today().isoformat(),
    )  # fmt: skip
