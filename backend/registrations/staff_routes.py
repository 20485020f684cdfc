"""Staff see who is interested, and open calls."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field, StringConstraints, create_model
from starlette.responses import Response

from backend.core import clock, web
from backend.core.db import SessionDep
from backend.core.forms import Form, SomeLine, SomeWords, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.registrations import calling, queries
from backend.registrations.calling import Asked
from backend.registrations.models import Purpose

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Selecting = Annotated[Viewer, allow(Permission.SELECT)]
LAST_YEAR = 2200
QUESTIONS = 4
"""How many questions a call can ask: short forms are answered."""

MOST_WORDS = 500


class CallForm(Form):
    """A call, before its questions."""

    title: SomeLine
    is_for: Literal[Purpose.PILOT, Purpose.WORKSHOP]
    places: Annotated[int, Field(ge=1, le=1000)]
    opens_on: Annotated[date, Field(lt=date(LAST_YEAR, 1, 1))]
    opens_time: time
    closes_on: Annotated[date, Field(lt=date(LAST_YEAR, 1, 1))]
    closes_time: time
    about: SomeWords
    how_chosen: SomeWords
    allows_pairs: Literal["", "yes"] = ""

    mistakes = {
        "title": mark("Enter a title of up to 300 characters"),
        "is_for": mark("Select what the places are for"),
        "places": mark("Enter how many people there is room for, as a number from 1 to 1,000"),
        "opens_on": mark("Enter the day on which it opens, such as 2026-12-01"),
        "opens_time": mark("Enter the time at which it opens, such as 09:00"),
        "closes_on": mark("Enter the day on which it closes, such as 2027-01-31"),
        "closes_time": mark("Enter the time at which it closes, such as 17:00"),
        "about": mark("Enter what it is about"),
        "how_chosen": mark("Enter how people are chosen. Everybody may read it"),
    }


_FIELDS: dict[str, Any] = {}
_MISTAKES: dict[str, str] = {}
for _place in range(1, QUESTIONS + 1):
    _FIELDS[f"prompt_{_place}"] = (Annotated[Words, StringConstraints(max_length=300)], "")
    _FIELDS[f"options_{_place}"] = (Annotated[Words, StringConstraints(max_length=2000)], "")
    _FIELDS[f"longest_{_place}"] = (Annotated[int, Field(ge=1, le=MOST_WORDS)] | Literal[""], "")
    _MISTAKES[f"prompt_{_place}"] = mark("Enter the question in 300 characters or fewer")
    _MISTAKES[f"options_{_place}"] = mark("Enter the answers to choose from, one on each line")
    _MISTAKES[f"longest_{_place}"] = mark("Enter the most words as a number from 1 to 500, or leave it empty")

CallWithQuestions = create_model("CallWithQuestions", __base__=CallForm, **_FIELDS)
CallWithQuestions.mistakes = {**CallForm.mistakes, **_MISTAKES}


@router.get("/staff/calls")
def staff_calls(request: Request, session: SessionDep, viewer: Selecting) -> Response:
    """How many are interested, and every call."""
    return web.render(
        request,
        "registrations/staff_calls.html",
        interested=queries.interested(session),
        calls=queries.calls(session),
        numbers=queries.numbers_of_applicants(session),
    )


@router.get("/staff/calls/new")
def new_call(request: Request, session: SessionDep, viewer: Selecting) -> Response:
    """A form for a new call."""
    return _new(request, Typed())


@router.post("/staff/calls/new")
def open_call(request: Request, typed: TypedDep, session: SessionDep, viewer: Selecting) -> Response:
    """Plan it; it opens and closes by itself."""
    form = typed.check(CallWithQuestions)
    asked = _questions(form, typed) if form else []
    if form:
        opens_at, closes_at = _uk(form.opens_on, form.opens_time), _uk(form.closes_on, form.closes_time)
        if closes_at <= max(opens_at, clock.now()):
            typed.mistake("closes_on", gettext("Enter a time that lies ahead, after the call opens"))
    if form is None or typed.mistakes:
        return _new(request, typed, status=422)
    calling.open_call(
        session,
        title=form.title,
        about=form.about,
        is_for=form.is_for,
        places=form.places,
        opens_at=opens_at,
        closes_at=closes_at,
        how_chosen=form.how_chosen,
        allows_pairs=form.allows_pairs == "yes",
        questions=asked,
        by=viewer.known,
    )
    return web.go_to("/staff/calls", gettext("The call is planned. It opens and closes by itself."))


def _questions(form: CallForm, typed: Typed) -> list[Asked]:
    """The questions that have words; options without a question, or only one, are a mistake."""
    asked: list[Asked] = []
    for place in range(1, QUESTIONS + 1):
        prompt = " ".join(getattr(form, f"prompt_{place}").split())
        options = list(
            dict.fromkeys(line.strip() for line in getattr(form, f"options_{place}").splitlines() if line.strip())
        )
        longest = getattr(form, f"longest_{place}")
        if not prompt and (options or longest):
            typed.mistake(f"prompt_{place}", gettext("Enter the question that this belongs to"))
        elif len(options) == 1:
            typed.mistake(f"options_{place}", gettext("Enter two answers or more, or none for an answer in words"))
        elif prompt:
            asked.append(Asked(prompt, options, None if options or longest == "" else longest))
    return asked


def _uk(day: date, at: time) -> datetime:
    """A moment on a UK clock."""
    return datetime.combine(day, at.replace(tzinfo=None), clock.LONDON).astimezone(UTC)


def _new(request: Request, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request,
        "registrations/new_call.html",
        status=status,
        typed=typed,
        today=clock.today().isoformat(),
        kinds=[(each.value, gettext(each.label)) for each in (Purpose.PILOT, Purpose.WORKSHOP)],
        places_of_questions=range(1, QUESTIONS + 1),
    )
