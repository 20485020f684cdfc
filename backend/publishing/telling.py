"""Telling everybody who took part, and everybody who follows: one mail each, when the release is published."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, or_, select

from backend.answers import scope
from backend.answers.models import Decision
from backend.comments.models import Comment
from backend.core import clock, i18n
from backend.core.config import settings
from backend.core.i18n import later
from backend.following import digests
from backend.following.digests import Changes, Followed
from backend.notifications import outbox
from backend.people.access import PERMISSIONS, Permission
from backend.people.models import Membership, Person
from backend.releases.models import Release, Round
from backend.submissions.models import SignOff, Submission

Places = Mapping[int, Mapping[int, Membership]]
"""Who belongs to each organisation now, by its id and theirs."""


@dataclass
class Told:
    """What one person is told of a release."""

    person: Person
    decisions: list[Decision] = field(default_factory=list)
    """What became of what they said, or signed off."""
    has_part: bool = False
    """They said something, or signed off something, be it ratings alone."""
    followed: Followed | None = None

    @property
    def points(self) -> list[Decision]:
        """What became of points of others that they follow."""
        own = {each.id for each in self.decisions}
        return [each for each in self.followed.points if each.id not in own] if self.followed else []


def tell(session: Session, release: Release) -> None:
    """Write to each person once, with what became of every point that is theirs to hear about, and of what they follow.

    Of an organisation hear the author and whoever signed off, as long as they belong to it; where all of them have
    left, those who sign off for it now. Who signed off nothing but ratings is told that the release is there.
    """
    decisions = _decisions(session, release)
    parts = _parts(session, release, [decision.comment.submission_id for decision in decisions])
    organisations = {decision.comment.submission.organisation_id for decision in decisions}
    places = _places(session, organisations | {part.submission.organisation_id for part in parts})
    told: dict[int, Told] = {}

    def of(person: Person) -> Told:
        return told.setdefault(person.id, Told(person))

    signed: dict[int, set[int]] = defaultdict(set)
    for part in parts:
        signed[part.submission_id].add(part.signed_by_id)
        if part.signed_by_id in places[part.submission.organisation_id or 0]:
            of(part.signed_by).has_part = True
    for decision in decisions:
        for person in _hearers(decision.comment, signed[decision.comment.submission_id], places):
            of(person).has_part = True
            of(person).decisions.append(decision)
    changes = digests.of_release(session, release)
    for follower in digests.followed(session, changes, decisions):
        of(follower.person).followed = follower
    for each in told.values():
        _write(session, release, each, changes)


def _hearers(comment: Comment, signed: set[int], places: Places) -> list[Person]:
    organisation_id = comment.submission.organisation_id
    if organisation_id is None:
        return [comment.author]
    here = places[organisation_id]
    involved = here.keys() & {comment.author_id, *signed}
    deciding = {key for key, place in here.items() if Permission.SIGN_OFF in PERMISSIONS[place.standing]}
    return [here[key].person for key in sorted(involved or deciding)]


def _decisions(session: Session, release: Release) -> Sequence[Decision]:
    comment = joinedload(Decision.comment)  # type: ignore[arg-type]
    return session.exec(
        select(Decision)
        .join(Comment, col(Comment.id) == Decision.comment_id)
        .where(
            Decision.release_id == release.id,
            col(Decision.is_final),
            Decision.id == scope.latest_id(col(Decision.comment_id)),
        )
        .order_by(col(Comment.id))
        .options(
            comment.joinedload(Comment.author),  # type: ignore[arg-type]
            comment.joinedload(Comment.entry),  # type: ignore[arg-type]
            comment.joinedload(Comment.submission),  # type: ignore[arg-type]
        )
    ).all()


def _parts(session: Session, release: Release, submissions: list[int]) -> Sequence[SignOff]:
    """What was signed off in the rounds that this release answers, and of the submissions that it decides on."""
    return session.exec(
        select(SignOff)
        .join(Submission, col(Submission.id) == SignOff.submission_id)
        .join(Round, col(Round.id) == Submission.round_id)
        .where(or_(Round.release_id == release.previous_id, col(Submission.id).in_(submissions)))
        .order_by(col(SignOff.id))
        .options(joinedload(SignOff.submission), joinedload(SignOff.signed_by))  # type: ignore[arg-type]
    ).all()


def _places(session: Session, organisations: set[int | None]) -> Places:
    found: dict[int, dict[int, Membership]] = defaultdict(dict)
    here = (col(Membership.organisation_id).in_(organisations - {None}), col(Membership.left_at).is_(None))
    person = joinedload(Membership.person)  # type: ignore[arg-type]
    for place in session.exec(select(Membership).where(*here).options(person)):
        found[place.organisation_id][place.person_id] = place
    return found


def _write(session: Session, release: Release, told: Told, changes: Changes) -> None:
    about = later("What happened to what you said") if told.has_part else later("What changed for you")
    entries = told.followed.entries if told.followed else set()
    with i18n.speaking(told.person.language):
        changed = changes.words(entries) if entries else ""
    outbox.post(
        session,
        "digest",
        to=told.person.email,
        person=told.person,
        subject=later("%(about)s: release %(number)s", about=about, number=release.number),
        once_for=f"release:{release.id}:person:{told.person.id}",
        framework=release.framework.title,
        number=release.number,
        published_at=release.published_at or clock.now(),
        decisions=told.decisions,
        signed=told.has_part,
        points=told.points,
        changes=changed,
        follows=told.followed is not None,
        follows_whole=told.followed is not None and told.followed.whole,
        pages=f"{settings().base_url}/frameworks/{release.framework.slug}/releases/{release.number}",
    )
