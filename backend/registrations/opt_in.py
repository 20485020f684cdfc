"""Registering interest: nothing counts until the mailbox confirms it, and what it does not confirm is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock, db, naming, periods, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import language, later, mark
from backend.notifications import outbox
from backend.registrations import consent, erasing, joining, queries, withdrawing
from backend.registrations.kinds import ConsentAct, Method, Purpose
from backend.registrations.models import Registration

LASTS = periods.UNCONFIRMED
"""How long a confirmation link works, and how long what it would confirm is kept."""

AGAIN = ("/register-interest", mark("Register your interest again"))


class LinkUnknown(Refusal):
    """No such link was sent, or what it would confirm is not kept any more."""

    status = 422
    title = mark("This link does not work")
    words = mark(
        "It may have been cut short: copy the whole of it from the email. A link works for seven days; after that "
        "nothing of what you entered is kept, and you can register again."
    )
    way_on = AGAIN


class LinkUsed(Refusal):
    """The interest is confirmed already."""

    status = 422
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
    _describe(registration, details)
    for purpose in purposes:
        setattr(registration, purpose.value, True)
    session.add(registration)
    session.flush()
    consent.record(session, registration.reference, purposes, ConsentAct.GIVEN, method=Method.FORM)
    log.record(session, "interest registered", f"registration {registration.id}", by=None, purposes=list(purposes))
    return registration


def ask(session: Session, email: str, details: Details) -> Registration:
    """What waits for the mailbox to confirm it: a new registration and one mail, or what waits already and none."""
    token = tokens.secret()
    found = _waiting(session, email)
    while not found:
        _forget(session, col(Registration.email) == email)
        confirmed = queries.find_confirmed(session, email)
        new = Registration(
            email=email,
            reference=confirmed.reference if confirmed else tokens.reference(),
            name=details.name,
            organisation_name=details.organisation_name,
            type_code=details.type_code,
            role=details.role,
            topics=list(details.topics),
            language=language.get(),
            token_digest=tokens.digest(token),
            expires_at=clock.now() + LASTS,
        )
        found = new if db.add_once(session, new) else _waiting(session, email)
    _post(session, found, token)
    return found


def waiting(session: Session, token: str) -> Registration:
    """What the link of this token would confirm. Raises LinkUnknown or LinkUsed."""
    found = session.exec(select(Registration).where(Registration.token_digest == tokens.digest(token))).first()
    if found is not None and found.confirmed_at is not None:
        raise LinkUsed()
    if found is None or found.expires_at <= clock.now():
        raise LinkUnknown()
    return found


def seal(session: Session, registration: Registration) -> str:
    """A digest of all that is shown before it is confirmed, so that nothing else can be confirmed in its place."""
    mine = {"id", "name", "organisation_name", "type_code", "role", "topics"}
    shown = registration.model_dump(include=mine if registration.confirmed_at else {*mine, *map(str, Purpose)})
    of_application = {"call_id", "answers", "size_band", "nation", "discipline", "partner_name", "partner_email"}
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
        _describe(kept, Details(found.name, found.organisation_name, found.type_code, found.role, found.topics))
        kept.token_digest = found.token_digest
        for purpose in purposes:
            setattr(kept, purpose.value, True)
    kept.confirmed_at = kept.last_contact_at = clock.now()
    session.add(kept)
    session.flush()
    consent.record(session, kept.reference, purposes, ConsentAct.CONFIRMED, method=Method.CONFIRMATION_LINK)
    log.record(session, "interest confirmed", f"registration {kept.id}", by=None, purposes=purposes)
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


def _describe(registration: Registration, details: Details) -> None:
    registration.name = details.name
    registration.organisation_name = details.organisation_name
    registration.type_code = details.type_code
    registration.role = details.role
    registration.topics = list(details.topics)


def _post(session: Session, registration: Registration, token: str) -> None:
    """One mail for one registration: the key keeps a second out. It quotes nothing that a stranger could have typed."""
    outbox.post(
        session,
        "interest-confirm",
        to=registration.email,
        person=None,
        subject=later("Confirm your interest in %(service)s", service=naming.SERVICE),
        language=registration.language,
        once_for=f"{registration.id}:{registration.created_at.isoformat()}",
        address=f"{settings().base_url}/register-interest/confirm/{token}",
        until=registration.expires_at,
        withdraw=withdrawing.address_of(registration.reference),
    )
