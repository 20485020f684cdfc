"""Leaving mailboxes alone: whoever has not answered, or has withdrawn, gets no mail because a stranger types it."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, or_, select

from backend.audit import log
from backend.core import clock, db, tokens
from backend.people.models import Person
from backend.registrations.models import Mailbox

QUIET_FOR = timedelta(days=182)
"""How long a mailbox that has not answered, or has withdrawn, gets no mail to confirm something."""


def newest_link(session: Session, email: str, *, reference: str, token_digest: str) -> str:
    """The digest of the link in the newest mail to this mailbox: the one given where a mail may go, else an older one.

    The same is asked and written for every mailbox.
    """
    now = clock.now()
    given = {"reference": reference, "token_digest": token_digest, "quiet_until": now + QUIET_FOR}
    mine = col(Mailbox.mailbox) == _digest(email)
    db.add_once(session, Mailbox.model_validate({"mailbox": _digest(email), **given}), "mailbox")
    may_go = or_(col(Mailbox.quiet_until).is_(None), col(Mailbox.quiet_until) <= now)
    session.execute(update(Mailbox).where(mine, may_go).values(given).execution_options(synchronize_session=False))
    return session.exec(select(Mailbox.token_digest).where(mine)).one()


def find_reference(session: Session, token_digest: str) -> str | None:
    """What the mail with this link called the registration, where it was the newest to its mailbox."""
    return session.exec(select(Mailbox.reference).where(Mailbox.token_digest == token_digest)).first()


def answered(session: Session, email: str) -> None:
    """The mailbox has confirmed, so that it may be asked again."""
    session.execute(update(Mailbox).where(col(Mailbox.mailbox) == _digest(email)).values(quiet_until=None))


def leave_alone(session: Session, email: str) -> None:
    """Its owner is registered no more, and did not ask for more mail."""
    mine = update(Mailbox).where(col(Mailbox.mailbox) == _digest(email))
    session.execute(mine.values(quiet_until=clock.now() + QUIET_FOR))


def asked(session: Session, reference: str) -> None:
    """Its owner asks, by the link in a mail, to be written to again: one mail may go."""
    session.execute(delete(Mailbox).where(col(Mailbox.reference) == reference))
    log.record(session, "mailbox asked for mail", f"registration {reference}", by=None)


def let(session: Session, email: str, *, by: Person) -> None:
    """Its owner asks staff: one mail may go."""
    session.execute(delete(Mailbox).where(col(Mailbox.mailbox) == _digest(email)))
    log.record(session, "mailbox let have mail", "registrations", by=by)


def forget_ended(session: Session) -> None:
    """Forget the mailboxes that may be written to again anyway."""
    session.execute(delete(Mailbox).where(col(Mailbox.quiet_until) <= clock.now()))


def _digest(email: str) -> str:
    return tokens.signature("mailbox of interest", email)[:32]
