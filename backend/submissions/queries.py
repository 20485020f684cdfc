"""Reading who speaks, and the panel of entries they look at."""

from sqlalchemy import bindparam
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.people.access import Viewer
from backend.people.models import Person
from backend.releases.models import Entry, Round
from backend.submissions.models import PanelEntry, Speaker, Submission

# Asked whenever somebody takes part, so made once.
SUBMISSION = select(Submission).where(Submission.round_id == bindparam("round"), Submission.voice == bindparam("voice"))
SPEAKER = select(Speaker.submission_id).where(
    Speaker.round_id == bindparam("round"), Speaker.person_id == bindparam("person")
)


def voices(viewer: Viewer) -> list[str]:
    """Every voice that is this person's: that of their organisation and their own."""
    own = [f"person:{viewer.person.id}"] if viewer.person else []
    return [f"organisation:{viewer.organisation.id}", *own] if viewer.organisation else own


def find_submission(session: Session, round_: Round, voice: str) -> Submission | None:
    """The submission of this voice in this round, if it has begun one."""
    return session.exec(SUBMISSION, params={"round": round_.id, "voice": voice}).first()


def has_spoken(session: Session, round_: Round, person: Person) -> bool:
    """Whether the person has spoken in the round before, through whichever submission."""
    return session.exec(SPEAKER, params={"round": round_.id, "person": person.id}).first() is not None


def find_choice(session: Session, round_: Round, viewer: Viewer) -> Submission | None:
    """Through which submission this person speaks unless they say otherwise.

    The one they chose themselves; before that, what a colleague has settled for the organisation.
    """
    mine = voices(viewer)
    if not mine:
        return None
    chosen = session.exec(
        select(Submission)
        .join(Speaker, col(Speaker.submission_id) == Submission.id)
        .where(Speaker.round_id == round_.id, Speaker.person_id == viewer.known.id, col(Submission.voice).in_(mine))
    ).first()
    return chosen or find_submission(session, round_, mine[0])


def panel(session: Session, submission: Submission) -> list[PanelEntry]:
    """The entries of the panel in the order of the framework, each with its entry."""
    return list(
        session.exec(
            select(PanelEntry)
            .join(Entry)
            .where(PanelEntry.submission_id == submission.id)
            .order_by(col(Entry.position))
            .options(joinedload(PanelEntry.entry))  # type: ignore[arg-type]
        )
    )


def next_of(panel: list[PanelEntry], entry: Entry | None) -> Entry | None:
    """Which entry of the panel comes next: the first not yet looked at after this one, or else from the start."""
    left = [line.entry for line in panel if line.looked_at is None and line.entry_id != (entry.id if entry else None)]
    after = [each for each in left if entry and each.position > entry.position]
    return next(iter([*after, *left]), None)
