"""A change of address: made once both mailboxes have said yes, so that neither a thief nor a slip makes it."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from backend.accounts import sessions
from backend.accounts.models import EmailChange
from backend.audit import log
from backend.core import clock, db, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people import queries
from backend.people.models import Person, WebSession

LINKS_LAST = timedelta(hours=24)
BACK = ("/account/email-address", mark("Ask for a change of address"))


class Mailbox(StrEnum):
    """Which of the two mailboxes a link was sent to."""

    OLD = "old"
    NEW = "new"


class SameAddress(Refusal):
    """The person has this address already."""

    status = 422
    words = mark("That is the address you have now. Enter another one")


class ChangeUnknown(Refusal):
    """No such link was ever sent."""

    status = 422
    title = mark("This link does not work")
    words = mark("It may have been cut short. Open it from the email again.")
    way_on = BACK


class ChangeExpired(Refusal):
    """Both mailboxes have a day."""

    status = 422
    title = mark("This link has expired")
    words = mark("The address was not confirmed from both mailboxes within 24 hours, so nothing has changed.")
    way_on = BACK


class ChangeStopped(Refusal):
    """The old mailbox refused, or another change was asked for."""

    status = 422
    title = mark("This change of address was stopped")
    words = mark("The address has not changed, and this link does nothing any more.")
    way_on = BACK


class ChangeMade(Refusal):
    """Both have said yes."""

    status = 422
    title = mark("This link has been used")
    words = mark("The change of address was confirmed from both mailboxes and has been made.")
    way_on = ("/account", mark("Go to your account"))


class AddressTaken(Refusal):
    """Somebody else got the address in the meantime."""

    title = mark("The address cannot be changed")
    words = mark("There is an account with the new address by now. Sign in with it, or choose another address.")
    way_on = BACK


def ask(session: Session, person: Person, new: str) -> EmailChange:
    """Send a link to both mailboxes; a change that was asked for before is stopped.

    Nothing that the person sees tells whether there is an account with the new address: if so, that mailbox is told
    instead, and the change can never be made. Raises SameAddress.
    """
    if new == person.email:
        raise SameAddress()
    db.lock(session, person)
    _stop_waiting(session, person)
    old_token, new_token = tokens.secret(), tokens.secret()
    change = EmailChange(
        person_id=person.id,
        new_email=new,
        old_digest=tokens.digest(old_token),
        new_digest=tokens.digest(new_token),
        expires_at=clock.now() + LINKS_LAST,
    )
    session.add(change)
    session.flush()
    _mail(session, change, "address-old", to=person.email, person=person, token=old_token)
    is_taken = queries.find_person(session, new) is not None
    _mail(session, change, "address-taken" if is_taken else "address-new", to=new, person=None, token=new_token)
    log.record(session, "change of address asked for", f"person {person.id}", by=person)
    return change


def find_waiting(session: Session, person: Person) -> EmailChange | None:
    """The change that waits for one mailbox or both."""
    running = select(EmailChange).where(*_waiting(person), col(EmailChange.expires_at) > clock.now())
    return session.exec(running.order_by(col(EmailChange.id).desc())).first()


def change(session: Session, token: str) -> tuple[EmailChange, Mailbox]:
    """The change of this link, whatever has become of it, and the mailbox that got the link. Raises ChangeUnknown."""
    digest = tokens.digest(token)
    mine = or_(col(EmailChange.old_digest) == digest, col(EmailChange.new_digest) == digest)
    found = session.exec(select(EmailChange).where(mine)).first()
    if found is None:
        raise ChangeUnknown()
    return found, Mailbox.OLD if found.old_digest == digest else Mailbox.NEW


def must_be_waiting(change: EmailChange) -> None:
    """Go on only with a change that can still be made. Raises ChangeMade, ChangeStopped or ChangeExpired."""
    if change.done_at is not None:
        raise ChangeMade()
    if change.stopped_at is not None:
        raise ChangeStopped()
    if change.expires_at <= clock.now():
        raise ChangeExpired()


def confirm(session: Session, token: str, *, here: WebSession | None) -> EmailChange:
    """The mailbox of this link says yes; the second yes makes the change, and ends all sessions but the one here.

    Raises ChangeUnknown, ChangeMade, ChangeStopped, ChangeExpired or AddressTaken.
    """
    found, mailbox, person = _hold(session, token)
    if mailbox is Mailbox.OLD:
        found.old_confirmed_at = found.old_confirmed_at or clock.now()
    else:
        found.new_confirmed_at = found.new_confirmed_at or clock.now()
    session.add(found)
    log.record(session, "change of address confirmed", f"person {person.id}", by=None, mailbox=mailbox)
    if found.old_confirmed_at and found.new_confirmed_at:
        _make(session, found, person, here)
    return found


def stop(session: Session, token: str) -> EmailChange:
    """The old mailbox says no: nothing changes, and everybody who is signed in to the account is signed out.

    Raises as `confirm` does, and ChangeUnknown to the new mailbox, whose owner has only to do nothing.
    """
    found, mailbox, person = _hold(session, token)
    if mailbox is not Mailbox.OLD:
        raise ChangeUnknown()
    _stop_waiting(session, person)
    sessions.close_all(session, person)
    log.record(session, "change of address refused", f"person {person.id}", by=None)
    return found


def _hold(session: Session, token: str) -> tuple[EmailChange, Mailbox, Person]:
    """The change, so that two mailboxes that answer at once answer one after the other."""
    found, mailbox = change(session, token)
    person = session.get_one(Person, found.person_id)
    db.lock(session, person)
    session.refresh(found)
    must_be_waiting(found)
    return found, mailbox, person


def _make(session: Session, change: EmailChange, person: Person, here: WebSession | None) -> None:
    old = person.email
    try:
        with session.begin_nested():
            person.email = change.new_email
            session.add(person)
            session.flush()
    except IntegrityError as problem:
        raise AddressTaken() from problem
    change.done_at = clock.now()
    session.add(change)
    sessions.close_all(session, person, but=here if here and here.person_id == person.id else None)
    outbox.send_after(session, person, to=person.email)
    for mailbox, to in ((Mailbox.OLD, old), (Mailbox.NEW, person.email)):
        _mail(session, change, "address-changed", to=to, person=person, token=mailbox)
    log.record(session, "address changed", f"person {person.id}", by=person)


def _waiting(person: Person) -> tuple[ColumnElement[bool], ...]:
    return (
        col(EmailChange.person_id) == person.id,
        col(EmailChange.done_at).is_(None),
        col(EmailChange.stopped_at).is_(None),
    )


def _stop_waiting(session: Session, person: Person) -> None:
    session.execute(update(EmailChange).where(*_waiting(person)).values(stopped_at=clock.now()))


def _mail(session: Session, change: EmailChange, kind: str, *, to: str, person: Person | None, token: str) -> None:
    subjects = {
        "address-old": later("Confirm or stop the change of your email address"),
        "address-new": later("Confirm your new email address"),
        "address-taken": later("Somebody tried to use your email address"),
        "address-changed": later("Your email address has been changed"),
    }
    outbox.post(
        session, kind, to=to, person=person, subject=subjects[kind], once_for=f"{change.id}:{token}",
        new_address=change.new_email, address=f"{settings().base_url}/email-change/{token}",
        sign_in=f"{settings().base_url}/sign-in",
    )  # fmt: skip
