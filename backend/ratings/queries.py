"""Reading ratings: a voice's own, as they stand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlalchemy.orm import contains_eager, joinedload
from sqlmodel import Session, col, func, or_, select

from backend.core import tokens
from backend.people.models import Constituency
from backend.ratings.models import Rating, RatingEvent
from backend.releases.models import Criterion, Entry, ReleaseEntry, Revision

WORDS = "words"

# Asked with every rating, so made once.
ANSWERS = select(  # type: ignore[call-overload]
    Rating.criterion_id,
    Rating.score,
    Rating.author_id,
    Rating.rated_at,
    Rating.constituency,
    Rating.grounds,
    Rating.ready,
).where(Rating.voice == bindparam("voice"), Rating.revision_id == bindparam("revision"))
CURRENT = (
    select(Rating)
    .join(Revision, col(Revision.id) == Rating.revision_id)
    .join(Criterion, col(Criterion.id) == Rating.criterion_id)
    .where(
        Rating.voice == bindparam("voice"),
        Revision.entry_id == bindparam("entry"),
        or_(
            Rating.revision_id == bindparam("revision"),
            (col(Revision.words_digest) == bindparam("words")) & (col(Criterion.about) == WORDS),
        ),
    )
    .order_by(col(Criterion.position), col(Rating.rated_at))
    .options(contains_eager(Rating.criterion), joinedload(Rating.author))  # type: ignore[arg-type]
    .execution_options(populate_existing=True)
)


class Answer(NamedTuple):
    """How a question is answered now, and by whom."""

    score: int | None
    author_id: int
    at: datetime
    constituency: Constituency | None
    grounds: list[str]
    ready: bool

    @property
    def mark(self) -> str:
        """Tells this answer from one before and after it, even if they say the same."""
        return tokens.digest(tokens.canonical([self.score, self.author_id, self.at.isoformat()]))[:12]


@dataclass(frozen=True)
class RatedEntry:
    """That a voice has answered so many questions about a text of an entry, last at this time."""

    entry: Entry
    voice: str
    answers: int
    at: datetime


def answers(session: Session, voice: str, revision: Revision) -> dict[int, Answer]:
    """The voice's answers about exactly this revision, by criterion."""
    rows = session.exec(ANSWERS, params={"voice": voice, "revision": revision.id})
    return {row[0]: Answer(*row[1:]) for row in rows}


def current(session: Session, voice: str, revision: Revision) -> list[Rating]:
    """The voice's ratings that stand for this revision, in the order of the questions.

    A rating of the words stands for every revision with the same words; one of the links only for its own.
    """
    exact = {"revision": revision.id, "entry": revision.entry_id, "words": revision.words_digest}
    found = session.exec(CURRENT, params={"voice": voice, **exact})
    return list({rating.criterion_id: rating for rating in found}.values())


def grounds(ratings: Iterable[Rating | RatingEvent]) -> list[str]:
    """What any of these scores rests on, as codes of the framework's grounds."""
    return sorted({code for rating in ratings for code in rating.grounds})


def rated_entries(session: Session, voice: str, lines: Collection[ReleaseEntry]) -> set[int]:
    """Which entries of a release, by id, the voice has rated as they stand in it."""
    exact = {line.revision_id for line in lines}
    words = {(line.entry_id, line.revision.words_digest) for line in lines}
    rows = session.exec(
        select(Revision.id, Revision.entry_id, Revision.words_digest, Criterion.about)
        .join(Rating, col(Rating.revision_id) == Revision.id)
        .join(Criterion, col(Criterion.id) == Rating.criterion_id)
        .where(Rating.voice == voice)
        .distinct()
    )
    return {
        entry_id
        for revision_id, entry_id, digest, about in rows
        if revision_id in exact or (about == WORDS and (entry_id, digest) in words)
    }


def by_voices(session: Session, voices: Collection[str]) -> list[RatedEntry]:
    """What these voices have rated, entry by entry and text by text, the latest first."""
    rows = session.exec(
        select(Revision.entry_id, Rating.voice, func.count(), func.max(Rating.rated_at))
        .join(Rating, col(Rating.revision_id) == Revision.id)
        .where(col(Rating.voice).in_(voices))
        .group_by(col(Revision.id), col(Revision.entry_id), col(Rating.voice))
        .order_by(func.max(Rating.rated_at).desc(), col(Revision.id))
    ).all()
    entries = session.exec(
        select(Entry).where(col(Entry.id).in_({row[0] for row in rows})).options(joinedload(Entry.framework))  # type: ignore[arg-type]
    )
    by_id = {entry.id: entry for entry in entries}
    return [RatedEntry(by_id[entry_id], voice, number, at) for entry_id, voice, number, at in rows]
