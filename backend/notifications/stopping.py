"""Stopping mails by the link in them, signed out: the address itself says who stops what, and is signed."""

import hmac
from dataclasses import dataclass

from sqlmodel import Session

from backend.core import tokens
from backend.core.config import settings
from backend.core.errors import NotFound
from backend.notifications import outbox
from backend.notifications.models import STOPPED_WITH, OutboxMessage, Stoppable
from backend.people.models import Digest, Person

PAGE = "/unsubscribe/"
PURPOSE = "unsubscribe"


@dataclass(frozen=True)
class Stop:
    """Whose mails are stopped, and which."""

    person: Person
    what: Stoppable

    @property
    def is_done(self) -> bool:
        """Whether such mails are stopped already."""
        kinds = [kind for kind, stopped in STOPPED_WITH.items() if stopped is self.what]
        return not any(outbox.is_wanted(self.person, kind) for kind in kinds)


def address(message: OutboxMessage) -> str | None:
    """Where the person may stop mails like this one; None for mails that they need."""
    if message.stop_at:
        return message.stop_at
    what = STOPPED_WITH.get(message.kind)
    if what is None or message.person_id is None:
        return None
    return f"{settings().base_url}{PAGE}{token(message.person_id, what)}"


def token(person_id: int, what: Stoppable) -> str:
    """The end of the address at which this person stops these mails; it works for as long as they are sent."""
    said = f"{person_id}-{what}"
    return f"{said}-{tokens.signature(PURPOSE, said)[:40]}"


def is_signed(path: str) -> bool:
    """Whether this is an address that only we can have made: it may be posted to from anywhere, as mailboxes do."""
    return path.startswith(PAGE) and _read(path.removeprefix(PAGE)) is not None


def stop_of(session: Session, token: str) -> Stop:
    """What this address stops. Raises NotFound."""
    said = _read(token)
    person = session.get(Person, said[0]) if said else None
    if said is None or person is None:
        raise NotFound()
    return Stop(person, said[1])


def stop(session: Session, asked: Stop) -> None:
    """Write no more such mails to the person, and send none that wait. Doing it twice changes nothing."""
    if asked.what is Stoppable.RELEASES:
        outbox.choose_again(session, asked.person, Digest.NONE, by=None)
    else:
        outbox.choose_again(session, asked.person, asked.person.digest, by=None, reminders=False)


def _read(given: str) -> tuple[int, Stoppable] | None:
    """Whose mails and which, if the token is ours."""
    said, _, _ = given.rpartition("-")
    person_id, _, what = said.partition("-")
    if not (person_id.isascii() and person_id.isdecimal() and what in list(Stoppable)):
        return None
    ours = token(int(person_id[:10]), Stoppable(what))
    return (int(person_id), Stoppable(what)) if hmac.compare_digest(ours.encode(), given.encode()) else None
