"""What a person has besides their mailbox to show that it is them: an authenticator app, passkeys, recovery codes."""

from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from backend.accounts.models import AuthenticatorApp, Passkey, RecoveryCode
from backend.audit import log
from backend.core import clock, naming, tokens
from backend.core.config import settings
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import Later, gettext, later, mark
from backend.notifications import outbox
from backend.people.models import Person


class LastFactor(Refusal):
    """Staff cannot be without a second factor."""

    title = mark("You cannot remove your only second step")
    words = mark("People who work here always sign in with a second step. Add another one, then remove this one.")
    way_on = ("/account/second-step", mark("Your second step"))


@dataclass(frozen=True)
class Factors:
    """What one person can show."""

    app: AuthenticatorApp | None
    passkeys: list[Passkey]
    recovery_codes: int
    """How many are left."""

    @property
    def any(self) -> bool:
        """Whether there is a second factor at all. Recovery codes stand in for one and are none themselves."""
        return self.app is not None or bool(self.passkeys)

    @property
    def count(self) -> int:
        """How many there are."""
        return (self.app is not None) + len(self.passkeys)


def factors_of(session: Session, person: Person) -> Factors:
    """Everything that the person can show."""
    mine = select(func.count()).select_from(RecoveryCode)
    left = mine.where(col(RecoveryCode.person_id) == person.id, col(RecoveryCode.used_at).is_(None))
    passkeys = select(Passkey).where(Passkey.person_id == person.id).order_by(col(Passkey.id))
    return Factors(
        app=session.get(AuthenticatorApp, person.id),
        passkeys=list(session.exec(passkeys)),
        recovery_codes=session.exec(left).one(),
    )


def has_one(session: Session, person: Person) -> bool:
    """Whether the person has a second factor, so that the mailbox alone does not sign them in."""
    return factors_of(session, person).any


def passkey(session: Session, person: Person, passkey_id: int) -> Passkey:
    """One of the person's passkeys. Raises NotFound, also for those of others."""
    found = session.exec(select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person.id)).first()
    if found is None:
        raise NotFound()
    return found


def remove_app(session: Session, person: Person) -> None:
    """Take the authenticator app away. Raises NotFound or LastFactor."""
    app = session.get(AuthenticatorApp, person.id)
    if app is None:
        raise NotFound()
    _remove(session, person, app, later("Your authenticator app was removed."))


def remove_passkey(session: Session, person: Person, passkey: Passkey) -> None:
    """Take a passkey away. Raises LastFactor."""
    words = gettext("The passkey “%(name)s” was removed.") % {"name": passkey.name}
    _remove(session, person, passkey, words)


def forget_all(session: Session, person: Person, *, by: Person | None) -> None:
    """Take away everything that the person could show, for somebody who has lost it all; they set it up anew."""
    for table in (AuthenticatorApp, Passkey, RecoveryCode):
        session.execute(delete(table).where(col(table.person_id) == person.id))
    log.record(session, "second factors reset", f"person {person.id}", by=by)
    tell(session, person, later("Your second step was reset. You will be asked to set up a new one."))


def tell(session: Session, person: Person, words: str | Later) -> None:
    """Write to the person that something about their second step has changed, in case it was not them."""
    outbox.post(
        session,
        "second-step",
        to=person.email,
        person=person,
        subject=later("Your second step for %(service)s has changed", service=naming.SERVICE),
        once_for=tokens.secret(),
        words=words,
        at=clock.now(),
        address=f"{settings().base_url}/account/second-step",
    )


def _remove(session: Session, person: Person, factor: AuthenticatorApp | Passkey, words: str | Later) -> None:
    if person.appointments and factors_of(session, person).count == 1:
        raise LastFactor()
    kind = "app" if isinstance(factor, AuthenticatorApp) else "passkey"
    session.delete(factor)
    session.flush()
    left = factors_of(session, person)
    if not left.any:  # codes that stand in for nothing would only be lost somewhere
        session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))
    log.record(session, "second factor removed", f"person {person.id}", by=person, kind=kind, left=left.count)
    tell(session, person, words)
