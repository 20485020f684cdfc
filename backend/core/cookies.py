"""Every cookie that this site sets: what it is for, how long it is kept, and why nobody has to be asked first.

Cookies are set by this list, and the cookie page shows it, so that neither can say more than the other.
"""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from backend.core.i18n import mark


@dataclass(frozen=True)
class Cookie:
    """A cookie, in words for the people whose device keeps it."""

    name: str
    purpose: str
    how_long: str
    lasts: tuple[timedelta, ...]
    """What `how_long` says: the times for which it may be set."""
    because: str
    """Why it may be kept without consent."""


SESSION = Cookie(
    "__Host-session",
    mark("Knows you while you are signed in."),
    mark("7 days; 12 hours for staff. It goes when you sign out."),
    (timedelta(days=7), timedelta(hours=12)),
    mark("Strictly necessary: you asked to be signed in, and without it each page would ask again."),
)
SIGN_IN = Cookie(
    "__Host-sign-in",
    mark(
        "Tells the browser that asked for a sign-in link from all others, so that a link that was forwarded is useless."
    ),
    mark("10 minutes. It goes when you have signed in."),
    (timedelta(minutes=10),),
    mark("Strictly necessary: it keeps others out of your account."),
)
WORK_ACCOUNT = Cookie(
    "__Host-work-account",
    mark(
        "For staff: remembers what we asked the provider of work accounts while you sign in there. Only we can read it."
    ),
    mark("10 minutes. It goes when you come back."),
    (timedelta(minutes=10),),
    mark("Strictly necessary: without it we could not tell whether the answer is to our question."),
)
NOTICE = Cookie(
    "__Host-notice",
    mark("Carries one message to the next page, such as that something was saved."),
    mark("1 minute. It goes when the message has been shown."),
    (timedelta(seconds=60),),
    mark("Strictly necessary: you asked for something to be done, and this tells you that it was."),
)

LANGUAGE = Cookie(
    "__Host-language",
    mark("Remembers in which language you read the site."),
    mark("1 year. You get it when you change the language."),
    (timedelta(days=365),),
    mark("Strictly necessary: you asked for the language, and without it each page would be in English again."),
)

COOKIES = (SESSION, SIGN_IN, WORK_ACCOUNT, NOTICE, LANGUAGE)
"""All of them."""


def keep(answer: Response, cookie: Cookie, value: str, *, lasts: timedelta | None = None) -> None:
    """Have the browser keep the cookie for as long as the list says; where it says several times, for this one.

    Raises ValueError for any other time.
    """
    if lasts is None:
        (lasts,) = cookie.lasts
    if lasts not in cookie.lasts:
        raise ValueError(f"{cookie.name} is not kept for {lasts}")
    seconds = int(lasts.total_seconds())
    answer.set_cookie(cookie.name, value, seconds, secure=True, httponly=True, samesite="lax")


def forget(answer: Response, cookie: Cookie) -> None:
    """Have the browser throw the cookie away."""
    answer.delete_cookie(cookie.name, secure=True, httponly=True, samesite="lax")
