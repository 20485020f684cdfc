"""What a text leaves open is filled from the settings when it is shown: names change, and texts need not."""

import re
from collections.abc import Callable

from backend.core.config import settings

OPEN: dict[str, Callable[[], str]] = {
    "{authority}": lambda: settings().authority_name,
    "{contact}": lambda: settings().contact_email,
    "{service}": lambda: settings().service_name,
    "{site}": lambda: settings().base_url.rstrip("/"),
}
"""All that a text may leave open. `{site}` begins the address of a page of ours, as in `{site}/complaints`."""

IN_BRACES = re.compile(r"\{[^{}\n]*\}")


def filled(text: str) -> str:
    """The text with the settings of this deployment in it."""
    return IN_BRACES.sub(lambda found: OPEN[found[0]]() if found[0] in OPEN else found[0], text)


def unknown(text: str) -> list[str]:
    """What stands in braces and cannot be filled."""
    return [found for found in dict.fromkeys(IN_BRACES.findall(text)) if found not in OPEN]
