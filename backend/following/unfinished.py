"""What people have not finished, or not signed off, in a round that will close."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import distinct, func
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Session, col, select

from backend.comments.models import Comment, Draft, State
from backend.people.access import PERMISSIONS, Permission, viewer_for
from backend.people.models import Membership, Organisation, Person
from backend.ratings.models import Rating
from backend.releases.models import ReleaseEntry, Round
from backend.submissions.models import Submission

Places = Mapping[int, Sequence[Membership]]
"""Who belongs to each organisation that takes part now, by its id."""


@dataclass
class Unfinished:
    """What one person could still do before the round closes."""

    person: Person
    points: int = 0
    """Points of theirs that are being written, or were sent back."""
    ratings: int = 0
    """Entries whose ratings were sent back to them."""
    points_to_sign: int = 0
    ratings_to_sign: int = 0
    """Entries whose ratings wait for somebody to sign them off."""
    for_organisation: bool = False
    has_not_begun: bool = False
    """Nothing has been written or rated yet, by the organisation or by themselves."""


@dataclass(frozen=True)
class _Count:
    """So many points, or entries rated, by one author in one submission."""

    organisation_id: int | None
    author_id: int
    is_ready: bool
    number: int


def of_everybody(session: Session, round_: Round) -> list[Unfinished]:
    """Everybody who takes part and has something unfinished or unsigned, or has not begun, in the order of accounts.

    Authors hear of what is theirs, leads and deputies of what waits for them, and that their organisation has not
    begun; nobody of an organisation that they have left, or that does not take part for now.
    """
    points, ratings = _points(session, round_), _ratings(session, round_)
    places = _places(session)
    alone = _people(session, {each.author_id for each in points if each.organisation_id is None})
    found: dict[int, Unfinished] = {}

    def of(person: Person) -> Unfinished:
        return found.setdefault(person.id, Unfinished(person))

    for each in points:
        if each.author_id in alone and each.organisation_id is None:
            of(alone[each.author_id]).points += each.number
        for place in _hearers(places, each):
            of(place.person).for_organisation = True
            if each.is_ready:
                of(place.person).points_to_sign += each.number
            else:
                of(place.person).points += each.number
    for each in ratings:
        for place in _hearers(places, each):
            of(place.person).for_organisation = True
            if each.is_ready:
                of(place.person).ratings_to_sign += each.number
            else:
                of(place.person).ratings += each.number
    for person in _not_begun(session, round_, places):
        of(person).has_not_begun = True
    return [found[person_id] for person_id in sorted(found)]


def _hearers(places: Places, count: _Count) -> list[Membership]:
    """Who hears of it in the organisation: its author, or those who sign off what is ready."""
    here = places.get(count.organisation_id or 0, ())
    if count.is_ready:
        return [place for place in here if _signs_off(place)]
    return [place for place in here if place.person_id == count.author_id]


def _signs_off(place: Membership) -> bool:
    return Permission.SIGN_OFF in PERMISSIONS[place.standing]


def _not_begun(session: Session, round_: Round, places: Places) -> list[Person]:
    """Who signs off for an organisation that has not begun, and specialists of no organisation who have not."""
    begun = session.exec(select(Submission).where(Submission.round_id == round_.id)).all()
    organisations = {each.organisation_id for each in begun}
    signers = [
        place.person
        for organisation_id, here in places.items()
        if organisation_id not in organisations
        for place in here
        if _signs_off(place)
    ]
    specialists = session.exec(
        select(Person).where(
            col(Person.expertise).is_not(None),
            col(Person.closed_at).is_(None),
            col(Person.id).not_in({each.person_id for each in begun} - {None}),
            col(Person.id).not_in([place.person_id for here in places.values() for place in here]),
        )
    )
    return [*signers, *(person for person in specialists if person.is_specialist)]


def _points(session: Session, round_: Round) -> list[_Count]:
    ready = col(Draft.ready_at).is_not(None)
    rows = session.execute(
        select(Submission.organisation_id, Comment.author_id, ready, func.count())
        .select_from(Comment)
        .join(Draft, col(Draft.comment_id) == Comment.id)
        .join(Submission, col(Submission.id) == Comment.submission_id)
        .where(Comment.round_id == round_.id, Comment.state == State.DRAFT)
        .group_by(col(Submission.organisation_id), col(Comment.author_id), ready)
    )
    return [_Count(*row) for row in rows]


def _ratings(session: Session, round_: Round) -> list[_Count]:
    entries = func.count(distinct(col(Rating.revision_id)))
    rows = session.execute(
        select(Submission.organisation_id, Rating.author_id, Rating.ready, entries)
        .select_from(Rating)
        .join(Submission, col(Submission.voice) == Rating.voice)
        .join(ReleaseEntry, col(ReleaseEntry.revision_id) == Rating.revision_id)
        .where(
            Submission.round_id == round_.id,
            col(Submission.organisation_id).is_not(None),
            ReleaseEntry.release_id == round_.release_id,
            col(Rating.sent_at).is_(None),
        )
        .group_by(col(Submission.organisation_id), col(Rating.author_id), col(Rating.ready))
    )
    return [_Count(*row) for row in rows]


def _places(session: Session) -> Places:
    """Who belongs to each organisation that takes part now."""
    found: dict[int, list[Membership]] = defaultdict(list)
    rows = session.exec(
        select(Membership)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .where(col(Membership.left_at).is_(None), col(Organisation.suspended_at).is_(None))
        .options(joinedload(Membership.person))  # type: ignore[arg-type]
    )
    for place in rows:
        found[place.organisation_id].append(place)
    return found


def _people(session: Session, ids: Iterable[int]) -> dict[int, Person]:
    """Those of these people who take part now, as specialists or privately."""
    organisation = selectinload(Person.memberships).joinedload(Membership.organisation)  # type: ignore[arg-type]
    found = session.exec(
        select(Person).where(col(Person.id).in_(list(ids))).options(organisation, selectinload(Person.appointments))  # type: ignore[arg-type]
    )
    return {person.id: person for person in found if viewer_for(person).may(Permission.TAKE_PART)}
