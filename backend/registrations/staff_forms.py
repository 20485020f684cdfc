"""The forms in which staff describe a call: anew with its questions, and to change it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, create_model

from backend.core import clock
from backend.core.forms import Form, Line, SomeLine, SomeWords, Typed, Words
from backend.core.i18n import gettext, mark
from backend.registrations.calling import Asked
from backend.registrations.kinds import Purpose
from backend.registrations.models import Call

WHY = mark("Enter why, in 1,000 characters or fewer. It is kept, and staff can read it")
LAST_YEAR = 2200
QUESTIONS = 4
"""How many questions a call can ask: short forms are answered."""

MOST_WORDS = 500


class OpenedForm(Form):
    """What can be changed of a call that has opened."""

    title: SomeLine
    places: Annotated[int, Field(ge=1, le=1000)]
    closes_on: Annotated[date, Field(lt=date(LAST_YEAR, 1, 1))]
    closes_time: time
    about: SomeWords
    how_chosen: SomeWords
    welsh_title: Line = ""
    welsh_about: Words = ""
    welsh_how_chosen: Words = ""
    seen: Line = ""

    mistakes: ClassVar = {
        "title": mark("Enter a title of up to 300 characters"),
        "places": mark("Enter how many people there is room for, as a number from 1 to 1,000"),
        "closes_on": mark("Enter the day on which it closes, such as 2027-01-31"),
        "closes_time": mark("Enter the time at which it closes, such as 17:00"),
        "about": mark("Enter what it is about"),
        "how_chosen": mark("Enter how people are chosen. Everybody may read it"),
        "welsh_title": mark("Enter a title of up to 300 characters"),
    }

    def welsh(self) -> dict[str, str]:
        """The Welsh of its texts, as far as there is any."""
        words = {"title": self.welsh_title, "about": self.welsh_about, "how_chosen": self.welsh_how_chosen}
        return {name: said for name, said in words.items() if said}


class PlannedForm(OpenedForm):
    """What can be changed of a call before it opens."""

    opens_on: Annotated[date, Field(lt=date(LAST_YEAR, 1, 1))]
    opens_time: time

    mistakes: ClassVar = {
        **OpenedForm.mistakes,
        "opens_on": mark("Enter the day on which it opens, such as 2026-12-01"),
        "opens_time": mark("Enter the time at which it opens, such as 09:00"),
    }


class NewForm(PlannedForm):
    """A new call, before its questions."""

    is_for: Literal[Purpose.PILOT, Purpose.WORKSHOP]
    allows_pairs: Literal["", "yes"] = ""

    mistakes: ClassVar = {**PlannedForm.mistakes, "is_for": mark("Select what the places are for")}


def _with_questions() -> type[NewForm]:
    fields: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    for place in range(1, QUESTIONS + 1):
        fields[f"prompt_{place}"] = (Annotated[Words, StringConstraints(max_length=300)], "")
        fields[f"options_{place}"] = (Annotated[Words, StringConstraints(max_length=2000)], "")
        fields[f"longest_{place}"] = (Annotated[int, Field(ge=1, le=MOST_WORDS)] | Literal[""], "")
        fields[f"welsh_prompt_{place}"] = (Annotated[Words, StringConstraints(max_length=300)], "")
        fields[f"welsh_options_{place}"] = (Annotated[Words, StringConstraints(max_length=2000)], "")
        mistakes[f"welsh_prompt_{place}"] = mark("Enter the question in 300 characters or fewer")
        mistakes[f"welsh_options_{place}"] = mark("Enter the answers to choose from, one on each line")
        mistakes[f"prompt_{place}"] = mark("Enter the question in 300 characters or fewer")
        mistakes[f"options_{place}"] = mark("Enter the answers to choose from, one on each line")
        mistakes[f"longest_{place}"] = mark("Enter the most words as a number from 1 to 500, or leave it empty")
    form = create_model("NewFormWithQuestions", __base__=NewForm, **fields)
    form.mistakes = {**NewForm.mistakes, **mistakes}
    return form


NewFormWithQuestions = _with_questions()


def moments(form: OpenedForm, typed: Typed, call: Call | None = None) -> tuple[datetime, datetime]:
    """When the call opens and closes, by a UK clock; a close that is new has to lie ahead, after the opening."""
    opens_at = _uk(form.opens_on, form.opens_time) if isinstance(form, PlannedForm) else call and call.opens_at
    assert opens_at, "only a call that is there can have opened"
    closes_at = _uk(form.closes_on, form.closes_time)
    if call and closes_at == call.closes_at.replace(second=0, microsecond=0):
        return opens_at, call.closes_at
    if closes_at <= max(opens_at, clock.now()):
        typed.mistake("closes_on", gettext("Enter a time that lies ahead, after the call opens"))
    return opens_at, closes_at


def questions(form: NewForm, typed: Typed) -> Sequence[Asked]:
    """The questions that have words; options without a question, or only one, are a mistake."""
    asked: list[Asked] = []
    for place in range(1, QUESTIONS + 1):
        prompt = " ".join(getattr(form, f"prompt_{place}").split())
        options = _lines(getattr(form, f"options_{place}"))
        in_welsh = _lines(getattr(form, f"welsh_options_{place}"))
        longest = getattr(form, f"longest_{place}")
        if not prompt and (options or longest):
            typed.mistake(f"prompt_{place}", gettext("Enter the question that this belongs to"))
        elif len(options) == 1:
            typed.mistake(f"options_{place}", gettext("Enter two answers or more, or none for an answer in words"))
        elif in_welsh and len(in_welsh) != len(options):
            typed.mistake(f"welsh_options_{place}", gettext("Enter as many answers in Welsh as in English, or none"))
        elif prompt:
            words = {"prompt": getattr(form, f"welsh_prompt_{place}"), "options": "\n".join(in_welsh)}
            welsh = {name: said for name, said in words.items() if said}
            asked.append(Asked(prompt, options, None if options or longest == "" else longest, welsh))
    return asked


def _lines(words: str) -> list[str]:
    """Each line once, without those that are empty."""
    return list(dict.fromkeys(line.strip() for line in words.splitlines() if line.strip()))


def _uk(day: date, at: time) -> datetime:
    """A moment on a UK clock."""
    return datetime.combine(day, at.replace(tzinfo=None), clock.LONDON).astimezone(UTC)
