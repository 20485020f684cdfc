"""How often something may be done. The counts are in the database, so that all processes count together.

A count begins with the first time and ends after the minute, hour or day of its limit. `LIMITS_TIMES` multiplies every
limit.
"""

import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from sqlmodel import Session, col, select

from backend.accounts.counting import CountsInDatabase
from backend.core import clock, db, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.forms import language_asked_for
from backend.core.i18n import mark, ngettext
from backend.people import queries
from backend.people.access import SESSION_COOKIE, viewer_for
from backend.people.live_sessions import is_alive, is_half_signed_in
from backend.people.models import Person, WebSession

SIGN_IN = RateLimitItemPerHour(100, namespace="sign-in")
"""Asking for a link to sign in. A workshop of sixty shares one address of the network."""

LINKS = RateLimitItemPerHour(10, namespace="links")
"""Links that one client may have sent to one mailbox. What a stranger asks for is not counted for its owner."""

LINKS_TO_ALL = RateLimitItemPerHour(30, namespace="links-to-all")
"""Links that one mailbox gets, whoever asks: more than one stranger can use up alone."""

CODES = RateLimitItemPerHour(100, namespace="codes")
"""Typing a code. Each link bears five wrong ones, and there are four billion codes."""

INVITATIONS = RateLimitItemPerDay(50, namespace="invitations")
"""Inviting somebody, or sending an invitation again: each is a mail to whom we do not know."""

BOOKINGS = RateLimitItemPerHour(100, namespace="bookings")
"""Booking a place at a workshop. Sixty colleagues who book together share one address of the network."""

ADDRESSES = RateLimitItemPerDay(5, namespace="addresses")
"""Asking to change one's address: each is a mail to whom we do not know."""

COMPLAINTS = RateLimitItemPerHour(20, namespace="complaints")
"""Complaining, which needs no account."""

COMPLAINT_MAILS = RateLimitItemPerDay(5, namespace="complaint-mails")
"""Mails that confirm a complaint to one mailbox: anybody can type an address that is not theirs."""
REGISTRATIONS = RateLimitItemPerHour(100, namespace="registrations")
"""Registering interest without an account. A workshop of sixty shares one address of the network."""

SENDING = RateLimitItemPerHour(600, namespace="sending")
"""Sending or changing a point, or saving ratings. Ratings are saved with every click: thirty entries make 180."""

DRAFTING = RateLimitItemPerHour(3000, namespace="drafting")
"""Saving a draft while it is being written: each pause in the typing saves it."""

SEARCH = RateLimitItemPerMinute(120, namespace="search")
"""Searching in words, which no cache can answer. The page of an entry list asks while somebody types."""

DOWNLOADS = RateLimitItemPerMinute(30, namespace="downloads")
"""Taking away a file, which is written anew each time."""

PEOPLE_IN_A_NETWORK = 20
"""For so many people at work at once the limits of reading are wide enough, where a client has not signed in."""

CLIENT = "client:"
"""How whoever has not signed in is counted."""

OF_READING = frozenset({SEARCH.namespace, DOWNLOADS.namespace})
"""Limits made for one person; a client who has not signed in may be a workshop of sixty behind one address."""


class TooMany(Refusal):
    """Something has been done as often as it may be in a while."""

    status = 429
    title = mark("Wait before you try again")
    words = mark("You have done this as often as we can allow in a while. Try again in %(wait)s.")

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait=in_words(wait))
        self.headers = {"Retry-After": str(math.ceil(wait.total_seconds()))}


class TooManyHere(TooMany):
    """The same from one network, where we do not know who is asking."""

    words = mark(
        "This has been done as often as we can allow in a while, by you or by others on the same network. "
        "Try again in %(wait)s."
    )


def may_have_another_link(session: Session, email: str, *, client: str) -> bool:
    """Count a link to this mailbox; whether it may be sent. What was once too often for the client is not its owner's.

    Nobody is told: what is said on screen is the same for every address.
    """
    mailbox = tokens.signature("mailbox", email)[:32]
    mine = _hit(session, LINKS, f"{mailbox}:{client}") is None
    return mine and _hit(session, LINKS_TO_ALL, mailbox) is None


def may_confirm_complaint(session: Session, email: str) -> bool:
    """Count a mail that confirms a complaint to this mailbox; whether it may be sent. The complaint is taken anyway."""
    return _hit(session, COMPLAINT_MAILS, tokens.signature("mailbox", email)[:32]) is None


def in_words(wait: timedelta) -> str:
    """How long to wait, in whole minutes or hours."""
    minutes = max(1, math.ceil(wait.total_seconds() / 60))
    if minutes < 90:
        return ngettext("%(number)s minute", "%(number)s minutes", minutes) % {"number": minutes}
    hours = math.ceil(minutes / 60)
    return ngettext("%(number)s hour", "%(number)s hours", hours) % {"number": hours}


def count(session: Session, limit: RateLimitItem, person: Person) -> None:
    """Count one act of the person, in the transaction of the act itself. Raises TooMany."""
    wait = _hit(session, limit, f"person:{person.id}")
    if wait is not None:
        raise TooMany(wait)


@dataclass(frozen=True)
class Limited:
    """The dependency that counts a request before anything else of it is done."""

    limit: RateLimitItem
    field: str = ""

    async def __call__(self, request: Request, _: Annotated[None, Depends(db.a_turn, scope="function")]) -> None:
        """Count, and let through or refuse. Raises TooMany or TooManyHere."""
        if self.field and not request.query_params.get(self.field, "").strip():
            return
        if await language_asked_for(request):
            return  # nothing is done with such a form but to show it again
        refusal = await db.done_first(request, lambda own: _refusal(request, own, self.limit))
        if refusal is not None:
            raise refusal


def limited(limit: RateLimitItem, *, field: str = "") -> Any:
    """A route that may be asked so often: `@router.post("/…", dependencies=[limits.limited(limits.CODES)])`.

    It stands there, before all else, because a second transaction inside that of a post would lock itself on SQLite.
    With a `field`, only requests with something in that field of their query count.
    """
    return Depends(Limited(limit, field))


def forget_ended(session: Session) -> None:
    """Forget the counts that are over."""
    CountsInDatabase(session).forget_ended()


def client_of(request: Request) -> str:
    """Who is asking, where they have not signed in: a code made of their network address.

    A home or an office has 2^64 addresses of the newer kind (IPv6), so those are taken together.
    """
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return tokens.signature("client", host)[:32]
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False).network_address
    return tokens.signature("client", str(address))[:32]


def allowed_to(who: str, limit: RateLimitItem) -> RateLimitItem:
    """The limit as it is for them: wider for a whole network, and by the setting."""
    people = PEOPLE_IN_A_NETWORK if limit.namespace in OF_READING and who.startswith(CLIENT) else 1
    return type(limit)(limit.amount * people * settings().limits_times, limit.multiples, limit.namespace)


def _hit(session: Session, limit: RateLimitItem, who: str) -> timedelta | None:
    """Count once; how long to wait where that was once too often."""
    allowed = allowed_to(who, limit)
    counting = FixedWindowRateLimiter(CountsInDatabase(session))
    if counting.hit(allowed, who):
        return None
    return timedelta(seconds=counting.get_window_stats(allowed, who).reset_time - clock.now().timestamp())


def _refusal(request: Request, session: Session, limit: RateLimitItem) -> TooMany | None:
    """Count for the person, or for the client of somebody who has not signed in; the refusal if there is one.

    Who is refused is still signed in, and the page that refuses shows it.
    """
    token = request.cookies.get(SESSION_COOKIE)
    person_id = None
    if token:
        mine = (WebSession.id == tokens.digest(token), col(WebSession.revoked_at).is_(None))
        person_id = session.exec(select(WebSession.person_id).where(*mine)).first()
    who = f"{CLIENT}{client_of(request)}" if person_id is None else f"person:{person_id}"
    wait = _hit(session, limit, who)
    if wait is None:
        return None
    web_session = queries.find_session(session, tokens.digest(token)) if token else None
    if web_session and is_alive(web_session) and not is_half_signed_in(web_session):
        request.state.viewer = viewer_for(web_session.person, web_session)
        session.expunge_all()
    return TooManyHere(wait) if person_id is None else TooMany(wait)
