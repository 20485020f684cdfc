"""Reading people and their sessions."""

from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, case, func, update
from sqlalchemy.orm import contains_eager, joinedload
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.core.errors import NotFound
from backend.people import addresses
from backend.people.models import Membership, Organisation, Person, Standing, WebSession


def find_person(session: Session, email: str) -> Person | None:
    """The person with this address, however it is spelt; nobody has one that is none."""
    try:
        address = addresses.normalised(email)
    except addresses.NotAnAddress:
        return None
    return session.exec(select(Person).where(Person.email == address)).first()


def person(session: Session, email: str) -> Person:
    """The person with this address. Raises NotFound."""
    found = find_person(session, email)
    if found is None:
        raise NotFound()
    return found


def find_membership(person: Person) -> Membership | None:
    """The person's place in an organisation that takes part: they have not left, and it is not suspended."""
    place = find_place(person)
    return place if place and place.organisation.suspended_at is None else None


def find_place(person: Person) -> Membership | None:
    """The person's place in an organisation that they have not left, suspended or not."""
    return next((membership for membership in person.memberships if membership.left_at is None), None)


def find_suspended(person: Person) -> Organisation | None:
    """The person's organisation, if it is suspended."""
    place = find_place(person)
    return place.organisation if place and place.organisation.suspended_at is not None else None


def organisation(session: Session, slug: str) -> Organisation:
    """The organisation at this address. Raises NotFound."""
    found = session.exec(select(Organisation).where(Organisation.slug == slug)).first()
    if found is None:
        raise NotFound()
    return found


def members(session: Session, organisation: Organisation) -> list[Membership]:
    """Everybody who belongs to the organisation now, as the database has it: the lead first, then by name."""
    rank = case({Standing.LEAD.value: 0, Standing.DEPUTY.value: 1}, value=col(Membership.standing), else_=2)
    return list(
        session.exec(
            select(Membership)
            .join(Person)
            .where(Membership.organisation_id == organisation.id, col(Membership.left_at).is_(None))
            .order_by(rank, func.lower(Person.name), col(Membership.id))
            .options(contains_eager(Membership.person))  # type: ignore[arg-type]
            .execution_options(populate_existing=True)
        )
    )


def find_session(session: Session, token_digest: str) -> WebSession | None:
    """The signed-in session of this token, with all that is needed to know who it is, in one go."""
    return session.exec(_session_of_token(), params={"token": token_digest}).unique().first()


@cache
def _session_of_token() -> SelectOfScalar[WebSession]:
    """Every request of a signed-in person asks this, so the statement is made once."""
    person = joinedload(WebSession.person)  # type: ignore[arg-type]
    return (
        select(WebSession)
        .where(WebSession.id == bindparam("token"))
        .options(
            person,
            person.joinedload(Person.appointments),  # type: ignore[arg-type]
            person.joinedload(Person.memberships).joinedload(Membership.organisation),  # type: ignore[arg-type]
        )
    )


def note_visit(session: Session, session_id: str, *, at: datetime) -> None:
    """Remember when this session was last seen."""
    session.execute(update(WebSession).where(col(WebSession.id) == session_id).values(last_seen_at=at))
