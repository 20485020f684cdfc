"""Reading workshops, and who has a place."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Session, col, func, select

from backend.core import clock, tokens
from backend.core.errors import NotFound
from backend.people.models import Person
from backend.releases.models import Criterion, Entry, Revision
from backend.workshops.models import (
    AccessNeed,
    HandCount,
    Place,
    PlaceState,
    TableEntry,
    Workshop,
    WorkshopSession,
)

LIVE = (PlaceState.BOOKED, PlaceState.WAITING)


def workshop(session: Session, slug: str) -> Workshop:
    """The workshop at this address, with its sessions. Raises NotFound."""
    sessions = selectinload(Workshop.sessions)  # type: ignore[arg-type]
    found = session.exec(select(Workshop).where(Workshop.slug == slug).options(sessions)).first()
    if found is None:
        raise NotFound()
    return found


def coming(session: Session) -> list[Workshop]:
    """Every workshop that is not over, the next one first."""
    ahead = select(Workshop).where(col(Workshop.ends_at) > clock.now())
    return list(session.exec(ahead.order_by(col(Workshop.starts_at), col(Workshop.id))))


def past(session: Session) -> list[Workshop]:
    """Every workshop that is over, the latest first."""
    over = select(Workshop).where(col(Workshop.ends_at) <= clock.now())
    return list(session.exec(over.order_by(col(Workshop.starts_at).desc(), col(Workshop.id).desc())))


def part(workshop: Workshop, number: int) -> WorkshopSession:
    """The session with this number. Raises NotFound."""
    found = next((each for each in workshop.sessions if each.number == number), None)
    if found is None:
        raise NotFound()
    return found


def number_of(session: Session, workshop: Workshop, state: PlaceState) -> int:
    """How many places of the workshop are in this state."""
    counted = select(func.count()).where(Place.workshop_id == workshop.id, Place.state == state)
    return session.exec(counted).one()


def find_live(session: Session, workshop: Workshop, email: str) -> Place | None:
    """The place or the waiting that belongs to this mailbox."""
    mine = (Place.workshop_id == workshop.id, Place.email == email, col(Place.state).in_(LIVE))
    return session.exec(select(Place).where(*mine)).first()


def find_own(session: Session, workshop: Workshop, person: Person | None) -> Place | None:
    """The place or the waiting that belongs to this person's account."""
    if person is None:
        return None
    mine = (Place.workshop_id == workshop.id, _is_of(person), col(Place.state).in_(LIVE))
    return session.exec(select(Place).where(*mine)).first()


def find_asked(session: Session, workshop: Workshop, email: str) -> Place | None:
    """What waits for this mailbox to say yes, and still can."""
    waiting = (
        Place.workshop_id == workshop.id,
        Place.email == email,
        Place.state == PlaceState.ASKED,
        col(Place.confirm_until) > clock.now(),
    )
    return session.exec(select(Place).where(*waiting)).first()


def of_person(session: Session, person: Person) -> list[Place]:
    """Every place that the person has or waits for, workshop by workshop."""
    mine = (_is_of(person), col(Place.state).in_(LIVE))
    return list(session.exec(select(Place).where(*mine).order_by(col(Place.workshop_id))))


def tables_of(session: Session, person: Person) -> list[Workshop]:
    """The workshops at whose table the person takes notes, the next one first."""
    mine = (_is_of(person), Place.state == PlaceState.BOOKED, col(Place.may_take_notes))
    found = select(Workshop).join(Place).where(*mine, col(Workshop.cancelled_at).is_(None))
    return list(session.exec(found.order_by(col(Workshop.starts_at))))


def with_accounts(session: Session, places: Iterable[Place]) -> set[int]:
    """Which of these places, by id, belong to somebody who can sign in."""
    places = list(places)
    known = set(session.exec(select(Person.email).where(col(Person.email).in_([each.email for each in places]))))
    return {each.id for each in places if each.person_id or each.email in known}


def _is_of(person: Person) -> ColumnElement[bool]:
    """Booked with the account, or by its mailbox before there was one."""
    by_mailbox = and_(col(Place.person_id).is_(None), col(Place.email) == person.email)
    return or_(col(Place.person_id) == person.id, by_mailbox)


def live(session: Session, workshop: Workshop) -> list[Place]:
    """Everybody with a place, and then everybody who waits, in the order in which they came."""
    mine = (Place.workshop_id == workshop.id, col(Place.state).in_(LIVE))
    return list(session.exec(select(Place).where(*mine).order_by(col(Place.state), col(Place.number))))


def first_waiting(session: Session, workshop: Workshop) -> Place | None:
    """Who has waited longest."""
    waiting = (Place.workshop_id == workshop.id, Place.state == PlaceState.WAITING)
    return session.exec(select(Place).where(*waiting).order_by(col(Place.number)).limit(1)).first()


def last_number(session: Session, workshop: Workshop) -> int:
    """The number of whoever came last; 0 before anybody has."""
    return session.exec(select(func.max(Place.number)).where(Place.workshop_id == workshop.id)).one() or 0


def before(session: Session, place: Place) -> int:
    """How many wait before this one."""
    ahead = (
        Place.workshop_id == place.workshop_id,
        Place.state == PlaceState.WAITING,
        col(Place.number) < (place.number or 0),
    )
    return session.exec(select(func.count()).select_from(Place).where(*ahead)).one()


def asked_for(session: Session, token: str) -> Place | None:
    """The booking that the link in the mailbox confirms."""
    return session.exec(select(Place).where(Place.confirm_digest == tokens.digest(token))).first()


def place(session: Session, token: str) -> Place:
    """The place that this link belongs to. Raises NotFound."""
    found = session.exec(select(Place).where(Place.link_digest == tokens.digest(token))).first()
    if found is None:
        raise NotFound()
    return found


def access_needs(session: Session, workshop: Workshop) -> dict[int, AccessNeed]:
    """What people need, by the id of their place."""
    needs = select(AccessNeed).join(Place).where(Place.workshop_id == workshop.id)
    return {need.place_id: need for need in session.exec(needs)}


def place_of(session: Session, workshop: Workshop, place_id: int) -> Place:
    """A live place of the workshop. Raises NotFound."""
    found = session.get(Place, place_id)
    if found is None or found.workshop_id != workshop.id or found.state not in LIVE:
        raise NotFound()
    return found


def table(session: Session, workshop: Workshop) -> list[TableEntry]:
    """The entries that the table discusses, in order."""
    entry = joinedload(TableEntry.entry).joinedload(Entry.framework)  # type: ignore[arg-type]
    mine = select(TableEntry).where(TableEntry.workshop_id == workshop.id)
    return list(session.exec(mine.order_by(col(TableEntry.position)).options(entry)))


def hand_counts(session: Session, workshop: Workshop) -> list[HandCount]:
    """Every count of hands, entry by entry and question by question."""
    revision = joinedload(HandCount.revision).joinedload(Revision.entry)  # type: ignore[arg-type]
    return list(
        session.exec(
            select(HandCount)
            .join(Revision, col(Revision.id) == HandCount.revision_id)
            .join(Criterion, col(Criterion.id) == HandCount.criterion_id)
            .where(HandCount.workshop_id == workshop.id)
            .order_by(col(Revision.entry_id), col(Revision.id), col(Criterion.position), col(HandCount.score))
            .options(revision, joinedload(HandCount.criterion), joinedload(HandCount.round))  # type: ignore[arg-type]
        )
    )


def hands_on(session: Session, workshop: Workshop, revision_id: int, criterion: Criterion) -> list[HandCount]:
    """The counts of hands of one question about one text."""
    about = (
        HandCount.workshop_id == workshop.id,
        HandCount.revision_id == revision_id,
        HandCount.criterion_id == criterion.id,
    )
    return list(session.exec(select(HandCount).where(*about)))
