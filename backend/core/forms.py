"""What people type into forms: read once, checked in words, and never lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, TypeVar

from fastapi import Depends, Query, Request
from fastapi.dependencies.models import Dependant
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError
from starlette.datastructures import FormData

from backend.core import text
from backend.core.i18n import LANGUAGES, gettext, language, mark

NOT_UNDERSTOOD = mark("We did not understand part of what was sent. Check the form and send it again.")
UNREADABLE = {
    "control": mark(
        "Remove the invisible control characters. Typing the words again instead of pasting usually helps."
    ),
    "over_long": mark("Use {longest} characters or fewer. You have used {used}."),
    "too_long": mark("Use {max_length} characters or fewer. You have used {actual_length}."),
}


def _readable(value: str, longest: int = text.LONGEST) -> str:
    if text.CONTROL.search(value):
        raise PydanticCustomError("control", "control characters")
    if len(value) > longest:
        raise PydanticCustomError("over_long", "too long", {"longest": f"{longest:,}", "used": f"{len(value):,}"})
    return value


def _readable_at_length(value: str) -> str:
    return _readable(value, 5 * text.LONGEST)


def _normalised(value: Any) -> Any:
    return text.normalised(value) if isinstance(value, str) else value or ""


LIKE_WORDS = re.compile(r"(?!/)\S*[\s.,;!?]")
"""What people write, and not an address of a page or a secret of a form."""

OTHER_LANGUAGE = "other_language"
"""The field that the language switch adds to the form on its page, so that what was typed is kept."""

Words = Annotated[str, BeforeValidator(_normalised), AfterValidator(_readable)]
"""Text that may be left empty: normalised, at most 20,000 characters, without control characters."""

ManyWords = Annotated[str, BeforeValidator(_normalised), AfterValidator(_readable_at_length)]
"""The same with five times the room, for what was said in an hour."""

SomeWords = Annotated[Words, StringConstraints(min_length=1)]
"""Text that may not be empty."""

Line = Annotated[Words, StringConstraints(max_length=300, pattern=r"^[^\n]*$")]
"""One line of text, at most 300 characters."""

After = Annotated[int | None, Query(ge=0, le=2**31 - 1)]
"""After which row the next page of a list begins."""


SomeLine = Annotated[Line, StringConstraints(min_length=1)]
"""One line of text that may not be empty."""


class Form(BaseModel):
    """The fields of one form, in the order of the page."""

    model_config = ConfigDict(extra="forbid")

    mistakes: ClassVar[Mapping[str, str]] = {}
    """For each field that can be wrong: what to do, as `Enter …` or `Select …`, marked for translation."""


AnyForm = TypeVar("AnyForm", bound=Form)


@dataclass
class Typed:
    """Everything that was typed, as it was typed, to be shown again if there is a mistake."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    other_language: str = ""
    """The language that was asked for with the form: the page is made again in it, and nothing is done."""
    mistakes: dict[str, str] = field(default_factory=dict)
    """For each field with a mistake: the words to show beside it, in the order of the page."""

    def one(self, name: str, otherwise: object = "") -> str:
        """The value of a field with one value."""
        found = self.values.get(name)
        return found[0] if found else str(otherwise)

    def all(self, name: str) -> list[str]:
        """The values of a field with several."""
        return list(self.values.get(name, []))

    def check(self, model: type[AnyForm]) -> AnyForm | None:
        """The form as a checked value, or None: then `mistakes` says what to do about each field.

        Nothing is checked where only another language was asked for.
        """
        if self.other_language:
            return None
        try:
            return model.model_validate(self._shaped(model))
        except ValidationError as problem:
            by_field: dict[str, str] = {}
            for error in problem.errors():
                name = str(error["loc"][0]) if error["loc"] else ""
                by_field.setdefault(name if name in model.model_fields else "", _in_words(model, name, error))
            order = ["", *model.model_fields]
            self.mistakes = {name: by_field[name] for name in order if name in by_field}
            return None

    @property
    def written(self) -> list[str]:
        """What somebody has written in their own words, and would be sorry to lose.

        Words have spaces or stops; what a page has put into its form to know it again has none.
        """
        found = (value for values in self.values.values() for value in values)
        return [value for value in dict.fromkeys(found) if LIKE_WORDS.match(value.strip())]

    def mistake(self, name: str, words: str) -> None:
        """Note a mistake that only a rule could find."""
        self.mistakes[name] = words

    def wrong(self, name: str, form: type[Form], *, at: str = "") -> None:
        """Note a mistake in a field in the words that the form has for it; beside another field where that is said."""
        self.mistake(at or name, gettext(form.mistakes[name]))

    def _shaped(self, model: type[Form]) -> dict[str, Any]:
        shaped: dict[str, Any] = {}
        for name, found in self.values.items():
            known = model.model_fields.get(name)
            several = known is not None and "list[" in str(known.annotation)
            shaped[name] = list(found) if several or len(found) > 1 else found[0]
        return shaped


def _in_words(model: type[Form], name: str, error: Any) -> str:
    if error["type"] in UNREADABLE:
        return gettext(UNREADABLE[error["type"]]).format(**error.get("ctx", {}))
    return gettext(model.mistakes.get(name, NOT_UNDERSTOOD))


async def read(request: Request) -> FormData:
    """What was posted, if it was a form: read once, however often it is asked for."""
    return await request.form(max_fields=1000, max_files=0)


async def language_asked_for(request: Request) -> str:
    """The other language in which whoever sent a form would go on with it; nothing where they mean the form itself."""
    asked = str((await read(request)).get(OTHER_LANGUAGE, "")) if request.method == "POST" else ""
    return asked if asked in LANGUAGES else ""


async def read_form(request: Request) -> Typed:
    """Read the posted form, whatever it holds; fields are checked later, against one form class."""
    form = await read(request)
    values: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        values.setdefault(name, []).append(str(value))
    values.pop(OTHER_LANGUAGE, None)
    typed = Typed(values, await language_asked_for(request))
    if typed.other_language:
        language.set(typed.other_language)
    request.state.typed = typed  # so that a refusal can show what was written
    return typed


class OtherLanguageAsked(Exception):  # noqa: N818  # named as the fact
    """A form that keeps nothing was sent only to read its page in another language."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def do_nothing_for_a_language(request: Request) -> None:
    """Stand before every route: one that reads no form could not tell that only a language was asked for.

    Raises OtherLanguageAsked.
    """
    asked = await language_asked_for(request)
    if asked and not _reads(request.scope["route"].dependant):
        raise OtherLanguageAsked(asked)


def _reads(dependant: Dependant) -> bool:
    return dependant.call is read_form or any(map(_reads, dependant.dependencies))


TypedDep = Annotated[Typed, Depends(read_form)]
