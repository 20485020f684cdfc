"""Registering interest: nothing counts until the mailbox confirms it, and what it does not confirm is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock, db, naming, periods, tokens
from backend.core.config import settings
from backend.core.errors import Gone, NotFound, Refusal
from backend.core.i18n import language, later, mark
from backend.notifications import outbox
from backend.registrations import consent, erasing, joining, links, mailboxes, queries, writing
from backend.registrations.kinds import ConsentAct, Method, Purpose
from backend.registrations.models import Registration

LASTS = periods.UNCONFIRMED
"""How long a confirmation link works, and how long what it would confirm is kept."""

AGAIN = ("/register-interest", mark("Register your interest again"))


class LinkUnknown(NotFound):
    """No such link was sent, or a newer one has taken its place."""

    title = mark("This link does not work")
    words = mark(
        "It may have been cut short: copy the whole of it from the email. Or a later email has replaced it. What you "
        "have confirmed stays as it is; what nobody confirms in seven days is erased."
    )
    way_on = AGAIN


class LinkEnded(Gone):
    """Nobody confirmed it in time, so that nothing of it is kept."""

    title = mark("This link has ended")
    words = mark(
        "A link works for seven days. Nothing of what you entered is kept. If you would register again, tell us on the "
        "next page that we may write to you again."
    )


class LinkUsed(Gone):
    """The interest is confirmed already."""

    title = mark("You have confirmed this already")
    words = mark("A link works once. There is nothing more to do: we write to you about what you chose.")


class ChangedSince(Refusal):
    """Another form was sent for the address after the page had been opened."""

    title = mark("Look at it once more")
    words = mark("Another form was sent for this address since you opened the page, so what you would confirm changed.")


@dataclass(frozen=True)
class Details:
    """What somebody says of themselves."""

    name: str
    organisation_name: str
    type_code: str
    role: str = ""
    topics: Sequence[str] = ()


def register(session: Session, email: str, details: Details, *, purposes: Sequence[Purpose]) -> Registration:
    """Keep what was entered until the mailbox confirms it.

    A second form for an address that has not answered yet is added to the first and sends no second mail. The same is
    asked, written and rendered for every address, so that nothing tells whether it is known.
    """
    registration = ask(session, email, details)
    entered = {**vars(details), "topics": list(details.topics), **{purpose.value: True for purpose in purposes}}
    session.execute(update(Registration).where(col(Registration.id) == registration.id).values(entered))
    consent.record(session, registration.reference, purposes, ConsentAct.GIVEN, method=Method.FORM)
    subject = f"registration {registration.reference}"
    log.record(session, "interest registered", subject, by=None, purposes=list(purposes))
    return registration


def ask(session: Session, email: str, details: Details) -> Registration:
    """What waits for the mailbox to confirm it: what waits already, or else a new registration.

    One mail goes, unless the mailbox is left alone. The same is asked and written for every address.
    """
    token = tokens.secret()
    found = None
    while found is None:  # again, where it was confirmed or erased in this moment
        _forget(session, col(Registration.email) == email)
        confirmed = queries.find_confirmed(session, email)
        new = Registration(
            email=email,
            reference=confirmed.reference if confirmed else tokens.reference(),
            **{**vars(details), "topics": list(details.topics)},
            language=language.get(),
            token_digest=tokens.digest(token),
            expires_at=clock.now() + LASTS,
        )
        db.add_once(session, new)
        found = _waiting(session, email)
    ours = tokens.digest(token)
    newest = mailboxes.newest_link(session, email, reference=found.reference, token_digest=ours)
    if newest == ours:
        found.token_digest = ours
    _post(session, found, token, newest)
    return found


def waiting(session: Session, token: str) -> Registration:
    """What the link of this token would confirm. Raises LinkUnknown, LinkEnded or LinkUsed."""
    digest = tokens.digest(token)
    found = session.exec(select(Registration).where(Registration.token_digest == digest)).first()
    if found is not None and found.confirmed_at is not None:
        raise LinkUsed()
    if found is not None and found.expires_at > clock.now():
        return found
    reference = mailboxes.find_reference(session, digest)
    if reference is None:
        raise LinkUnknown()
    refusal = LinkEnded()
    refusal.way_on = (links.withdraw(reference), mark("Register again"))
    raise refusal


def seal(session: Session, registration: Registration) -> str:
    """A digest of all that is shown before it is confirmed, so that nothing else can be confirmed in its place."""
    mine = {"id", "name", "organisation_name", "type_code", "role", "topics"}
    shown = registration.model_dump(include=mine if registration.confirmed_at else {*mine, *map(str, Purpose)})
    of_application = {"call_id", "answers", "size_band", "nation", "discipline", "partner_name", "partner_email",
                      "second_to_id"}  # fmt: skip
    applied = [each.model_dump(include=of_application) for each in queries.applications_of(session, registration)]
    return tokens.digest(tokens.canonical([shown, applied]))


def hold(session: Session, token: str, *, shown: str) -> Registration:
    """What is to be confirmed, kept from changing, if it is what the mailbox was shown.

    Raises LinkUnknown, LinkUsed or ChangedSince.
    """
    found = waiting(session, token)
    db.lock(session, found)
    waiting(session, token)
    if seal(session, found) != shown:
        refusal = ChangedSince()
        refusal.way_on = (f"/register-interest/confirm/{token}", mark("Look at it, and confirm"))
        raise refusal
    return found


def keep(session: Session, found: Registration) -> Registration:
    """It is confirmed; what the same mailbox had confirmed before is brought up to date by it."""
    purposes = found.purposes
    kept = queries.find_confirmed(session, found.email)
    if kept is None:
        kept = found
    else:
        db.lock(session, kept)
        joining.join(session, found, into=kept)
        for name in ("name", "organisation_name", "type_code", "role", "topics"):
            setattr(kept, name, getattr(found, name))
        kept.token_digest = found.token_digest
        for purpose in purposes:
            setattr(kept, purpose.value, True)
    kept.confirmed_at = kept.last_contact_at = clock.now()
    session.add(kept)
    session.flush()
    mailboxes.answered(session, kept.email)
    consent.record(session, kept.reference, purposes, ConsentAct.CONFIRMED, method=Method.CONFIRMATION_LINK)
    log.record(session, "interest confirmed", f"registration {kept.reference}", by=None, purposes=purposes)
    return kept


def forget_unconfirmed(session: Session) -> int:
    """Erase what no mailbox has confirmed in time; how many that were. Called by the worker, as often as it likes."""
    number = _forget(session)
    if number:
        log.record(session, "unconfirmed registrations forgotten", "registrations", by=None, number=number)
    return number


def _forget(session: Session, *which: ColumnElement[bool]) -> int:
    ended = (*which, col(Registration.confirmed_at).is_(None), col(Registration.expires_at) <= clock.now())
    found = session.exec(select(Registration).where(*ended).with_for_update(skip_locked=True)).all()
    for registration in found:
        erasing.erase(session, registration)
    return len(found)


def _waiting(session: Session, email: str) -> Registration | None:
    """What waits for the mailbox and has not ended, kept from changing under us."""
    living = (
        Registration.email == email,
        col(Registration.confirmed_at).is_(None),
        col(Registration.expires_at) > clock.now(),
    )
    statement = select(Registration).where(*living).with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def _post(session: Session, registration: Registration, token: str, newest: str) -> None:
    """One mail for one link: its digest keeps a second out. It quotes nothing that a stranger could have typed."""
    outbox.post_outside(
        session,
        "interest-confirm",
        to=registration.email,
        subject=later("Confirm your interest in %(service)s", service=naming.SERVICE),
        language=registration.language,
        once_for=newest,
        concerning=writing.about(registration.reference),
        stop_at=links.withdraw(registration.reference, links.UNCONFIRMED),
        address=f"{settings().base_url}/register-interest/confirm/{token}",
        until=registration.expires_at,
        withdraw=links.withdraw(registration.reference, links.UNCONFIRMED),
    )
