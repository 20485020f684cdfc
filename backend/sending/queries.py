"""Reading what an organisation has drafted and not sent, and what it has sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.comments import commenting
from backend.comments import queries as comment_queries
from backend.comments.models import Comment, CommentText, Draft, State
from backend.core import tokens
from backend.people.models import Person
from backend.ratings import queries as rating_queries
from backend.ratings.models import Rating, RatingEvent
from backend.releases.models import Criterion, Entry, ReleaseEntry, Revision, Round
from backend.sending.models import Note
from backend.submissions.models import SignOff, Submission


@dataclass(frozen=True)
class Item:
    """One thing that waits to be signed off: a point, or the ratings of a text."""

    name: str
    """What the item is called in addresses: the reference of a point, or the code of an entry that was rated."""
    manifest: Sequence[object]
    """How the item stands in the list that is signed."""
    digest: str
    entry: Entry | None
    is_ready: bool
    """False while it is being written, or was sent back."""
    has_words: bool
    """False for a draft that says nothing yet: nobody can send it."""
    by: Person
    at: datetime
    comment: Comment | None = None
    draft: Draft | None = None
    ratings: Sequence[Rating] = ()

    @property
    def key(self) -> str:
        """Names the item and its exact content, so that what is signed is what was read."""
        return _key(self.name, self.manifest)


@dataclass(frozen=True)
class Sent:
    """One thing as it was signed off: a point in the words of that part, or the ratings of a text."""

    name: str
    """The reference of a point, or the code of an entry that was rated."""
    manifest: Sequence[object]
    """How it stands in the list that was signed."""
    digest: str
    part: SignOff
    entry: Entry | None
    by: Person
    """Who wrote or rated."""
    comment: Comment | None = None
    text: CommentText | None = None
    revision: Revision | None = None
    scores: Sequence[tuple[Criterion, int | None]] = ()
    grounds: Sequence[str] = ()
    """What the scores rest on, as codes of the framework's grounds."""

    @property
    def key(self) -> str:
        """The key under which it waited, if nothing of it has changed since."""
        return _key(self.name, self.manifest)


def waiting(session: Session, submission: Submission) -> list[Item]:
    """Everything of the submission that is not signed off, entry by entry; points before ratings."""
    found = [*_points(session, submission), *_ratings(session, submission)]
    return in_order(found)


def in_order(items: Collection[Item]) -> list[Item]:
    """The items entry by entry; points before ratings."""
    return sorted(items, key=lambda item: _place(item.entry, item.comment))


def parts(session: Session, submission: Submission) -> list[SignOff]:
    """What has been signed off, the first part first, each with who signed it."""
    signed_by = joinedload(SignOff.signed_by)  # type: ignore[arg-type]
    mine = select(SignOff).where(SignOff.submission_id == submission.id).options(signed_by)
    return list(session.exec(mine.order_by(col(SignOff.number))))


def sent(session: Session, parts: Collection[SignOff]) -> list[Sent]:
    """Everything that these parts hold, part by part, in the order in which it was signed."""
    by_id = {part.id: part for part in parts}
    found = [*_sent_points(session, by_id), *_sent_ratings(session, by_id)]
    return sorted(found, key=lambda each: (each.part.number, *_place(each.entry, each.comment)))


def notes(session: Session, submission: Submission) -> list[Note]:
    """What colleagues have noted about the submission and its items, the newest first."""
    author = joinedload(Note.author)  # type: ignore[arg-type]
    about = (joinedload(Note.comment), joinedload(Note.entry))  # type: ignore[arg-type]
    mine = select(Note).where(Note.submission_id == submission.id).options(author, *about)
    return list(session.exec(mine.order_by(col(Note.id).desc())))


def has_unsigned(session: Session, round_: Round) -> bool:
    """Whether an organisation has something drafted in the round that it has not signed off."""
    theirs = (Submission.round_id == round_.id, col(Submission.organisation_id).is_not(None))
    drafts = select(Comment.id).join(Submission).where(*theirs, Comment.state == State.DRAFT)
    scores = (
        select(Rating.id)
        .join(Submission, col(Submission.voice) == Rating.voice)
        .join(ReleaseEntry, col(ReleaseEntry.revision_id) == Rating.revision_id)
        .where(*theirs, col(Rating.sent_at).is_(None), ReleaseEntry.release_id == round_.release_id)
    )
    return session.exec(drafts.limit(1)).first() is not None or session.exec(scores.limit(1)).first() is not None


def _points(session: Session, submission: Submission) -> list[Item]:
    rows = session.execute(
        select(Comment, Draft)
        .join(Draft, col(Draft.comment_id) == Comment.id)
        .where(Comment.submission_id == submission.id, Comment.state == State.DRAFT)
        .options(*comment_queries.whole(), joinedload(Comment.author), joinedload(Draft.saved_by))  # type: ignore[arg-type]
        .execution_options(populate_existing=True)
    )
    return [
        Item(
            name=comment.reference,
            manifest=commenting.signed_as(comment.reference, comment.text_number + 1, draft.digest, comment),
            digest=draft.digest,
            entry=comment.entry,
            is_ready=draft.ready_at is not None and bool(draft.body),
            has_words=bool(draft.body),
            by=draft.saved_by,
            at=draft.saved_at,
            comment=comment,
            draft=draft,
        )
        for comment, draft in rows
    ]


def _key(name: str, manifest: Sequence[object]) -> str:
    return f"{name}:{tokens.digest(tokens.canonical(manifest))[:16]}"


def _ratings(session: Session, submission: Submission) -> list[Item]:
    """The unsigned scores, text by text."""
    revision = joinedload(Rating.revision)  # type: ignore[arg-type]
    rows = session.exec(
        select(Rating)
        .join(ReleaseEntry, col(ReleaseEntry.revision_id) == Rating.revision_id)
        .where(
            Rating.voice == submission.voice,
            col(Rating.sent_at).is_(None),
            ReleaseEntry.release_id == submission.round.release_id,
        )
        .order_by(col(Rating.revision_id), col(Rating.criterion_id))
        .options(revision.joinedload(Revision.entry), joinedload(Rating.criterion), joinedload(Rating.author))  # type: ignore[arg-type]
        .execution_options(populate_existing=True)
    )
    by_revision: dict[int, list[Rating]] = {}
    for rating in rows:
        by_revision.setdefault(rating.revision_id, []).append(rating)
    found = []
    for ratings in by_revision.values():
        digest = _digest_of_scores([(rating.criterion, rating) for rating in ratings])
        last = max(ratings, key=lambda rating: rating.rated_at)
        found.append(
            Item(
                name=last.revision.entry.code,
                manifest=["ratings", last.revision.digest, digest],
                digest=digest,
                entry=last.revision.entry,
                is_ready=all(rating.ready for rating in ratings),
                has_words=True,
                by=last.author,
                at=last.rated_at,
                ratings=ratings,
            )
        )
    return found


def _sent_points(session: Session, parts: dict[int, SignOff]) -> list[Sent]:
    rows = session.execute(
        select(Comment, CommentText)
        .join(CommentText, col(CommentText.comment_id) == Comment.id)
        .where(col(CommentText.sign_off_id).in_(parts))
        .options(*comment_queries.whole(), joinedload(Comment.author), joinedload(CommentText.changed_by))  # type: ignore[arg-type]
    )
    return [
        Sent(
            name=comment.reference,
            manifest=commenting.signed_as(comment.reference, text.number, text.digest, text),
            digest=text.digest,
            part=parts[text.sign_off_id],
            entry=comment.entry,
            by=comment.author,
            comment=comment,
            text=text,
            revision=comment.revision,
        )
        for comment, text in rows
    ]


def _sent_ratings(session: Session, parts: dict[int, SignOff]) -> list[Sent]:
    rows = session.execute(
        select(RatingEvent, Revision, Criterion, Person)
        .join(Revision, col(Revision.id) == RatingEvent.revision_id)
        .join(Criterion, col(Criterion.id) == RatingEvent.criterion_id)
        .join(Person, col(Person.id) == RatingEvent.author_id)
        .where(col(RatingEvent.sign_off_id).in_(parts))
        .order_by(col(RatingEvent.sign_off_id), col(RatingEvent.revision_id), col(RatingEvent.criterion_id))
        .options(joinedload(Revision.entry))  # type: ignore[arg-type]
    )
    together: dict[tuple[int, int], list[tuple[RatingEvent, Revision, Criterion, Person]]] = {}
    for event, revision, criterion, person in rows:
        together.setdefault((event.sign_off_id, revision.id), []).append((event, revision, criterion, person))
    found = []
    for (part_id, _), scored in together.items():
        _, revision, _, person = scored[-1]
        digest = _digest_of_scores([(criterion, event) for event, _, criterion, _ in scored])
        found.append(
            Sent(
                name=revision.entry.code,
                manifest=["ratings", revision.digest, digest],
                digest=digest,
                part=parts[part_id],
                entry=revision.entry,
                by=person,
                revision=revision,
                scores=[(criterion, event.score) for event, _, criterion, _ in scored],
                grounds=rating_queries.grounds(event for event, *_ in scored),
            )
        )
    return found


def _digest_of_scores(scores: Sequence[tuple[Criterion, Rating | RatingEvent]]) -> str:
    """The digest of the scores and of what each rests on."""
    return tokens.digest(tokens.canonical([[criterion.code, each.score, each.grounds] for criterion, each in scores]))


def _place(entry: Entry | None, comment: Comment | None) -> tuple[int, bool, int]:
    """Entry by entry; points before ratings, in the order in which they were begun."""
    return (entry.position if entry else 0, comment is None, comment.id if comment else 0)
