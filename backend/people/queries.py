"""Reading people and their sessions."""

from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, update
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.core.errors import NotFound
from backend.people import addresses
from backend.people.models import Membership, Person, WebSession


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
    for membership in person.memberships:
        if membership.left_at is None and membership.organisation.suspended_at is None:
            return membership
    return None


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
