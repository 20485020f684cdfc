"""What people have not finished, or not signed off, in a round that will close."""

from collections import defaultdict
from collections.abc import Iterable
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


@dataclass(frozen=True)
class _Count:
    """So many points, or entries rated, by one author in one submission."""

    organisation_id: int | None
    author_id: int
    is_ready: bool
    number: int


def of_everybody(session: Session, round_: Round) -> list[Unfinished]:
    """Everybody who takes part and has something unfinished or unsigned, in the order of their accounts.

    Authors hear of what is theirs, leads and deputies of what waits for them; nobody of an organisation that they have
    left, or that does not take part for now.
    """
    points, ratings = _points(session, round_), _ratings(session, round_)
    counts = [*points, *ratings]
    places = _places(session, {each.organisation_id for each in counts if each.organisation_id is not None})
    alone = _people(session, {each.author_id for each in points if each.organisation_id is None})
    found: dict[int, Unfinished] = {}

    def of(person: Person) -> Unfinished:
        return found.setdefault(person.id, Unfinished(person))

    for kind, of_kind in (("points", points), ("ratings", ratings)):
        for each in of_kind:
            if each.organisation_id is None:
                if each.author_id in alone:
                    _add(of(alone[each.author_id]), kind, each.number)
                continue
            here = places[each.organisation_id]
            for place in here.values():
                is_signer = Permission.SIGN_OFF in PERMISSIONS[place.standing]
                if each.is_ready and is_signer:
                    _add(of(place.person), f"{kind}_to_sign", each.number)
                elif not each.is_ready and place.person_id == each.author_id:
                    _add(of(place.person), kind, each.number)
                else:
                    continue
                of(place.person).for_organisation = True
    return [found[person_id] for person_id in sorted(found)]


def _add(unfinished: Unfinished, what: str, number: int) -> None:
    setattr(unfinished, what, getattr(unfinished, what) + number)


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


def _places(session: Session, organisations: Iterable[int]) -> dict[int, dict[int, Membership]]:
    """Who belongs to each of these organisations that take part now."""
    found: dict[int, dict[int, Membership]] = defaultdict(dict)
    here = (col(Membership.organisation_id).in_(list(organisations)), col(Membership.left_at).is_(None))
    rows = session.exec(
        select(Membership)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .where(*here, col(Organisation.suspended_at).is_(None))
        .options(joinedload(Membership.person))  # type: ignore[arg-type]
    )
    for place in rows:
        found[place.organisation_id][place.person_id] = place
    return found


def _people(session: Session, ids: Iterable[int]) -> dict[int, Person]:
    """Those of these people who take part now, as specialists or privately."""
    organisation = selectinload(Person.memberships).joinedload(Membership.organisation)  # type: ignore[arg-type]
    found = session.exec(
        select(Person).where(col(Person.id).in_(list(ids))).options(organisation, selectinload(Person.appointments))  # type: ignore[arg-type]
    )
    return {person.id: person for person in found if viewer_for(person).may(Permission.TAKE_PART)}
