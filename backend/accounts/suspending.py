"""Keeping an organisation from taking part for a while; what it has sent stays."""

from sqlmodel import Session

from backend.accounts import sessions
from backend.audit import log
from backend.core import clock, db
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people import queries
from backend.people.models import Organisation, Person


class SuspendedAlready(Refusal):
    """Somebody has suspended it."""

    title = mark("This organisation has been suspended already")
    words = mark("Somebody was faster. Look at the reason that they gave before you do anything else.")
    way_on = ("/staff/organisations", mark("Go to the organisations"))


class TakesPart(Refusal):
    """Only what is suspended can be resumed."""

    title = mark("This organisation takes part")
    words = mark("Somebody has let it take part again already.")
    way_on = ("/staff/organisations", mark("Go to the organisations"))


def suspend(session: Session, organisation: Organisation, *, because: str, by: Person) -> None:
    """Its people are signed out, told why, and can do nothing for it until it is resumed. Raises SuspendedAlready."""
    db.lock(session, organisation, key_share=True)
    if organisation.suspended_at is not None:
        raise SuspendedAlready()
    organisation.suspended_at = clock.now()
    organisation.suspended_because = because
    session.add(organisation)
    for place in queries.members(session, organisation):
        sessions.close_all(session, place.person)
    log.record(session, "organisation suspended", f"organisation {organisation.slug}", by=by)
    subject = mark("%(organisation)s has been suspended from the pilot")
    _tell_everyone(session, organisation, "organisation-suspended", subject)


def resume(session: Session, organisation: Organisation, *, by: Person) -> None:
    """It takes part again, and its people are told. Raises TakesPart."""
    db.lock(session, organisation, key_share=True)
    if organisation.suspended_at is None:
        raise TakesPart()
    organisation.suspended_at = None
    organisation.suspended_because = ""
    session.add(organisation)
    log.record(session, "organisation resumed", f"organisation {organisation.slug}", by=by)
    subject = mark("%(organisation)s takes part in the pilot again")
    _tell_everyone(session, organisation, "organisation-resumed", subject)


def _tell_everyone(session: Session, organisation: Organisation, kind: str, subject: str) -> None:
    for place in queries.members(session, organisation):
        outbox.post(
            session,
            kind,
            to=place.person.email,
            person=place.person,
            subject=later(subject, organisation=organisation.name),
            once_for=f"{place.id}:{clock.now().isoformat()}",
            organisation=organisation,
            address=settings().base_url,
        )
