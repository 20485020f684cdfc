"""How long a session lasts: kept as ISO 8601 (`PT8M45S`), told in words."""

import re
from datetime import timedelta

from backend.core.i18n import ngettext

ISO = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?")

MOST_MINUTES = 24 * 60
"""No session lasts longer than a day."""


def parsed(written: str) -> timedelta:
    """The duration; none at all where it is empty. Raises ValueError for anything but hours, minutes and seconds."""
    if not written:
        return timedelta()
    found = ISO.fullmatch(written)
    if found is None or not any(found.groups()):
        raise ValueError(f"not a duration: {written!r}")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def written(minutes: int, seconds: int) -> str:
    """The duration as it is kept, of up to MOST_MINUTES and 59 seconds; empty where there is none."""
    parts = [f"{number}{unit}" for number, unit in ((minutes, "M"), (seconds, "S")) if number]
    return f"PT{''.join(parts)}" if parts else ""


def in_words(written: str) -> str:
    """As people say it: 1 hour 2 minutes, 8 minutes 45 seconds; empty where there is none."""
    total = int(parsed(written).total_seconds())
    parts = (
        (total // 3600, ngettext("%(number)s hour", "%(number)s hours", total // 3600)),
        (total // 60 % 60, ngettext("%(number)s minute", "%(number)s minutes", total // 60 % 60)),
        (total % 60, ngettext("%(number)s second", "%(number)s seconds", total % 60)),
    )
    return " ".join(words % {"number": number} for number, words in parts if number)
