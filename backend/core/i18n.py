"""Languages, and how dates and times are written."""

from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, format_datetime
from babel.support import NullTranslations

from backend.core import clock

language: ContextVar[str] = ContextVar("language", default="en")
"""The language of the page being made."""

CATALOGUES: dict[str, NullTranslations] = {"en": NullTranslations()}
"""The messages of each language. English is written in the source."""


def mark(message: str) -> str:
    """Mark a message for the catalogue; it is translated where it is shown."""
    return message


def gettext(message: str) -> str:
    """The message in the reader's language."""
    return CATALOGUES[language.get()].ugettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The message for that many, in the reader's language."""
    return CATALOGUES[language.get()].ungettext(singular, plural, count)


def day(moment: datetime | date) -> str:
    """A date as people write it: 2 September 2021."""
    if isinstance(moment, datetime):
        moment = clock.in_london(moment).date()
    return _written_day(moment, _locale())


def moment(at: datetime) -> str:
    """A date and time with its zone named: 2 September 2021 at 11:59pm (UK time)."""
    return gettext("%(day)s at %(time)s (UK time)") % {"day": day(at), "time": time(at)}


def time(at: datetime) -> str:
    """A time on a UK clock: 2:05pm."""
    on_clock = clock.in_london(at)
    return _written_time(on_clock.hour, on_clock.minute, _locale())


@lru_cache(maxsize=2000)
def _written_day(day: date, locale: str) -> str:
    return format_date(day, "d MMMM y", locale=locale)


@lru_cache(maxsize=2000)
def _written_time(hour: int, minute: int, locale: str) -> str:
    written = format_datetime(datetime(2000, 1, 1, hour, minute), "h:mma", locale=locale)
    return written.replace("\u202f", "").lower()


def _locale() -> str:
    return {"en": "en_GB"}.get(language.get(), language.get())
