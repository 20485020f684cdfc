"""What an organisation's people see of their feedback in a round: who writes what, what is ready, what has gone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import contains_eager
from sqlmodel import Session, col, func, select

from backend.accounts import limits
from backend.comments.models import Comment, CommentText, State
from backend.core.errors import NotFound
from backend.people.access import Viewer
from backend.people.models import Organisation
from backend.ratings import queries as rating_queries
from backend.ratings.models import RatingEvent
from backend.releases import queries as release_queries
from backend.releases.models import Framework, ReleaseEntry, Round
from backend.sending import queries, signing_off
from backend.sending.models import Note
from backend.sending.queries import Item
from backend.submissions import queries as submission_queries
from backend.submissions.models import SignOff, Submission

FEEDBACK = "/organisation/feedback"
CHECK = f"{FEEDBACK}/check"
COUNTED = [limits.limited(limits.SENDING)]
"""What is written there counts with what people send."""


@dataclass(frozen=True)
class Scene:
    """Where the organisation is: the round that it can write or sign in, or the latest one, and its submission."""

    framework: Framework
    organisation: Organisation
    round_: Round | None
    submission: Submission | None

    @property
    def begun(self) -> Submission:
        """The submission. Raises NotFound where nobody of the organisation has begun one."""
        if self.submission is None:
            raise NotFound()
        return self.submission


@dataclass(frozen=True)
class Line:
    """How far the organisation is with one entry."""

    line: ReleaseEntry
    in_panel: bool
    is_looked_at: bool
    is_rated: bool
    writing: int
    ready: int
    sent: int

    @property
    def is_begun(self) -> bool:
        """Whether anything has been done about the entry."""
        return bool(self.is_rated or self.is_looked_at or self.writing or self.ready or self.sent)


@dataclass(frozen=True)
class Progress:
    """What waits, item by item, and what has been signed."""

    writing: Sequence[Item] = ()
    sent_back: Mapping[str, Note] = field(default_factory=dict)
    """Of what is not ready: the note with which it was last sent back, by key."""
    ready: Sequence[Item] = ()
    parts: Sequence[SignOff] = ()
    sizes: Mapping[int, int] = field(default_factory=dict)
    """How many items each part holds, by its id."""
    notes: Sequence[Note] = ()

    @property
    def waiting(self) -> list[Item]:
        """Everything that is not signed off."""
        return [*self.ready, *self.writing]


def enter(session: Session, viewer: Viewer) -> Scene:
    """The scene of the viewer's organisation. Raises NotFound for somebody without one."""
    if viewer.organisation is None:
        raise NotFound()
    framework = release_queries.consulted_framework(session)
    rounds = release_queries.rounds(session, framework)
    latest = release_queries.find_round(session, framework)
    round_ = next((each for each in rounds if each.is_open), None)
    round_ = round_ or next((each for each in rounds if each.can_be_signed), latest)
    voice = f"organisation:{viewer.organisation.id}"
    submission = submission_queries.find_submission(session, round_, voice) if round_ else None
    return Scene(framework, viewer.organisation, round_, submission)


def earlier(session: Session, scene: Scene) -> list[Submission]:
    """What the organisation sent in other rounds, the latest first, each with its round."""
    return list(
        session.exec(
            select(Submission)
            .join(Round, col(Round.id) == Submission.round_id)
            .where(
                Submission.organisation_id == scene.organisation.id,
                col(Submission.first_sent_at).is_not(None),
                Submission.round_id != (scene.round_.id if scene.round_ else None),
            )
            .order_by(col(Round.opens_at).desc())
            .options(contains_eager(Submission.round))  # type: ignore[arg-type]
        )
    )


def progress(session: Session, submission: Submission) -> Progress:
    """What waits and what has gone, in a fixed number of reads."""
    items = queries.waiting(session, submission)
    parts = queries.parts(session, submission)
    notes = queries.notes(session, submission)
    writing = [item for item in items if not item.is_ready]
    return Progress(
        writing=writing,
        sent_back=_sent_back(writing, notes),
        ready=[item for item in items if item.is_ready],
        parts=parts,
        sizes=_sizes(session, parts),
        notes=notes,
    )


def lines(session: Session, submission: Submission, items: Sequence[Item]) -> list[Line]:
    """How far the organisation is with each entry of its panel, and with others about which it has said something."""
    panel = {each.entry_id: each for each in submission_queries.panel(session, submission)}
    manifest = release_queries.manifest(session, submission.round.release)
    rated = rating_queries.rated_entries(session, submission.voice, manifest)
    points = [item for item in items if item.comment and item.entry]
    writing = Counter(item.entry.id for item in points if item.entry and not item.is_ready)
    ready = Counter(item.entry.id for item in points if item.entry and item.is_ready)
    sent = _sent(session, submission)
    found = [
        Line(
            line=line,
            in_panel=line.entry_id in panel,
            is_looked_at=line.entry_id in panel and panel[line.entry_id].looked_at is not None,
            is_rated=line.entry_id in rated,
            writing=writing[line.entry_id],
            ready=ready[line.entry_id],
            sent=sent.get(line.entry_id, 0),
        )
        for line in manifest
    ]
    return [line for line in found if line.in_panel or line.is_begun]


def signable(scene: Scene, items: Sequence[Item]) -> list[Item]:
    """Those of the items that can be signed off now."""
    round_ = scene.round_
    return [item for item in items if round_ and signing_off.can_sign(item, round_)]


def _sent_back(items: Sequence[Item], notes: Sequence[Note]) -> dict[str, Note]:
    """By key, the note that came with the sending back; the notes come newest first."""
    found: dict[str, Note] = {}
    for item in items:
        for note in notes:
            is_about = note.comment_id == item.comment.id if item.comment else _is_about_ratings(note, item)
            if note.sends_back and is_about:
                found.setdefault(item.key, note)
    return found


def _is_about_ratings(note: Note, item: Item) -> bool:
    return bool(item.entry and note.entry_id == item.entry.id)


def _sent(session: Session, submission: Submission) -> dict[int, int]:
    """By entry, how many points have been sent and not taken back."""
    rows = session.exec(
        select(Comment.entry_id, func.count())
        .where(
            Comment.submission_id == submission.id,
            col(Comment.text_number) > 0,
            Comment.state != State.WITHDRAWN,
            col(Comment.entry_id).is_not(None),
        )
        .group_by(col(Comment.entry_id))
    )
    return {entry_id: number for entry_id, number in rows if entry_id is not None}


def _sizes(session: Session, parts: Sequence[SignOff]) -> dict[int, int]:
    ids = [part.id for part in parts]
    points = session.exec(
        select(CommentText.sign_off_id, func.count())
        .where(col(CommentText.sign_off_id).in_(ids))
        .group_by(col(CommentText.sign_off_id))
    ).all()
    ratings = session.exec(
        select(RatingEvent.sign_off_id, func.count(col(RatingEvent.revision_id).distinct()))
        .where(col(RatingEvent.sign_off_id).in_(ids))
        .group_by(col(RatingEvent.sign_off_id))
    ).all()
    sizes: Counter[int] = Counter()
    for part_id, number in [*points, *ratings]:
        if part_id is not None:
            sizes[part_id] += number
    return sizes
