"""Telling everybody who took part what became of what they said: one mail each, when the release is published."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, or_, select

from backend.answers import scope
from backend.answers.models import Decision
from backend.comments.models import Comment
from backend.core import clock
from backend.core.config import settings
from backend.core.i18n import later
from backend.notifications import outbox
from backend.people.access import PERMISSIONS, Permission
from backend.people.models import Membership, Person
from backend.releases.models import Release, Round
from backend.submissions.models import SignOff, Submission

Places = Mapping[int, Mapping[int, Membership]]
"""Who belongs to each organisation now, by its id and theirs."""


def tell(session: Session, release: Release) -> None:
    """Write to each person once, with what became of every point that is theirs to hear about.

    Of an organisation hear the author and whoever signed off, as long as they belong to it; where all of them have
    left, those who sign off for it now. Who signed off nothing but ratings is told that the release is there.
    """
    decisions = _decisions(session, release)
    parts = _parts(session, release, [decision.comment.submission_id for decision in decisions])
    organisations = {decision.comment.submission.organisation_id for decision in decisions}
    places = _places(session, organisations | {part.submission.organisation_id for part in parts})
    told: dict[int, tuple[Person, list[Decision]]] = {}
    signed: dict[int, set[int]] = defaultdict(set)
    for part in parts:
        signed[part.submission_id].add(part.signed_by_id)
        if part.signed_by_id in places[part.submission.organisation_id or 0]:
            told.setdefault(part.signed_by_id, (part.signed_by, []))
    for decision in decisions:
        for person in _hearers(decision.comment, signed[decision.comment.submission_id], places):
            told.setdefault(person.id, (person, []))[1].append(decision)
    for person, decided in told.values():
        _write(session, release, person, decided)


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


def _write(session: Session, release: Release, person: Person, decided: Sequence[Decision]) -> None:
    outbox.post(
        session,
        "digest",
        to=person.email,
        person=person,
        subject=later("What happened to what you said: release %(number)s", number=release.number),
        once_for=f"release:{release.id}:person:{person.id}",
        framework=release.framework.title,
        number=release.number,
        published_at=release.published_at or clock.now(),
        decisions=decided,
        pages=f"{settings().base_url}/frameworks/{release.framework.slug}/releases/{release.number}",
    )
