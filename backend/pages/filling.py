"""What a text leaves open is filled when it is shown: names and periods change, and texts need not."""

import re
from collections.abc import Callable

from backend.core import i18n, periods
from backend.core.config import settings
from backend.core.naming import AUTHORITY, SERVICE

OPEN: dict[str, Callable[[], object]] = {
    "{authority}": lambda: AUTHORITY,
    "{contact}": lambda: settings().contact_email,
    "{data protection}": lambda: settings().data_protection_contact or settings().contact_email,
    "{security}": lambda: settings().security_contact or settings().contact_email,
    "{service}": lambda: SERVICE,
    "{site}": lambda: settings().base_url.rstrip("/"),
    "{days unconfirmed}": lambda: periods.UNCONFIRMED.days,
    "{months of interest}": lambda: periods.in_months(periods.INTEREST),
    "{days reminded before}": lambda: periods.INTEREST_REMINDED.days,
    "{days after a workshop}": lambda: periods.ATTENDANCE.days,
    "{days of a draft}": lambda: periods.DRAFT.days,
    "{days of sent mail}": lambda: periods.SENT_MAIL.days,
    "{days of unsent mail}": lambda: periods.UNSENT_MAIL.days,
    "{months of signing in}": lambda: periods.in_months(periods.SIGN_IN),
    "{months of a complaint}": lambda: periods.in_months(periods.COMPLAINT),
}
"""All that a text may leave open. `{site}` begins the address of a page of ours, as in `{site}/complaints`."""

IN_BRACES = re.compile(r"\{[^{}\n]*\}")


def filled(text: str, language: str) -> str:
    """The text, which is in that language, with the settings of this deployment in it."""
    with i18n.speaking(language):
        return IN_BRACES.sub(lambda found: str(OPEN[found[0]]()) if found[0] in OPEN else found[0], text)


def unknown(text: str) -> list[str]:
    """What stands in braces and cannot be filled."""
    return [found for found in dict.fromkeys(IN_BRACES.findall(text)) if found not in OPEN]
