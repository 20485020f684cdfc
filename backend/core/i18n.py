"""Languages, and how dates and times are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from backend.core import clock

TRANSLATIONS = Path(__file__).parent / "translations"

LANGUAGES = {"en": "English", "cy": "Cymraeg"}
"""The languages of the site, each by its own name. English is written in the source."""

language: ContextVar[str] = ContextVar("language", default="en")
"""The language of the page being made."""


class Later:
    """A message that is put into words when it is known who reads it; a time among its facts is written out as well."""

    def __init__(self, message: str, **facts: object) -> None:
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        words = gettext(self.message)
        facts = {name: moment(fact) if isinstance(fact, datetime) else fact for name, fact in self.facts.items()}
        return words % facts if facts else words


def later(message: str, **facts: object) -> Later:
    """Mark a message for the catalogue, to be put into words with these facts for whoever reads it."""
    return Later(message, **facts)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Make what is made inside this block in that language."""
    token = language.set(code)
    try:
        yield
    finally:
        language.reset(token)


@cache
def catalogue(code: str) -> NullTranslations:
    """The messages of a language, read from its file; a language without one keeps the words of the source."""
    path = TRANSLATIONS / f"{code}.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return Translations(compiled)


def mark(message: str) -> str:
    """Mark a message for the catalogue; it is translated where it is shown."""
    return message


def gettext(message: str) -> str:
    """The message in the reader's language."""
    return catalogue(language.get()).ugettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The message for that many, in the reader's language."""
    return catalogue(language.get()).ungettext(singular, plural, count)


def day(moment: datetime | date) -> str:
    """A date as people write it: 2 September 2021."""
    if isinstance(moment, datetime):
        moment = clock.in_london(moment).date()
    return _written_day(moment, _locale())


def moment(at: datetime) -> str:
    """A date and time with its zone named: 2 September 2021 at 11:59pm (UK time)."""
    return gettext("%(day)s at %(time)s (UK time)") % {"day": day(at), "time": time(at)}


def time(at: datetime) -> str:
    """A time on a UK clock: 2:05pm, in Welsh 2:05yh; midday, midnight."""
    on_clock = clock.in_london(at)
    if on_clock.minute == 0 and on_clock.hour % 12 == 0:
        return gettext("midday") if on_clock.hour else gettext("midnight")
    return _written_time(on_clock.hour, on_clock.minute, _locale())


@lru_cache(maxsize=2000)
def _written_day(day: date, locale: str) -> str:
    return format_date(day, "d MMMM y", locale=locale)


@lru_cache(maxsize=2000)
def _written_time(hour: int, minute: int, locale: str) -> str:
    written = format_datetime(datetime(2000, 1, 1, hour, minute), "h:mmaaaa", locale=locale)
    return written.replace("\u202f", "").lower()


def _locale() -> str:
    return {"en": "en_GB"}.get(language.get(), language.get())
