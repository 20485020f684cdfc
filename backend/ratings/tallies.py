"""What the ratings of a text come to, group by group: shown once the round has closed, never so that a rater shows.

One voice for each organisation and each independent specialist; private individuals speak for no group.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from sqlmodel import Session, col, select

from backend.core import clock
from backend.people.models import Constituency
from backend.ratings.models import RatingEvent
from backend.ratings.queries import WORDS
from backend.releases import queries as release_queries
from backend.releases.kinds import Scale
from backend.releases.models import Framework, Revision

ENOUGH = 5
"""A group with fewer scores is shown only together with others."""

SETTLED = timedelta(minutes=1)
"""How long after a round's closing the last of its ratings may still be on its way into the database."""


@dataclass(frozen=True)
class Group:
    """The scores of one constituency, or of several together."""

    constituencies: tuple[Constituency, ...]
    scores: Mapping[int, int]
    """How many voices gave each score."""
    cannot_say: int = 0

    @property
    def voices(self) -> int:
        """How many voices gave a score."""
        return sum(self.scores.values())

    @property
    def mean(self) -> float:
        """The mean score; there is one only where somebody gave a score."""
        return sum(score * number for score, number in self.scores.items()) / self.voices

    @property
    def spread(self) -> float:
        """The standard deviation: 0 where all agree."""
        return sqrt(sum(number * (score - self.mean) ** 2 for score, number in self.scores.items()) / self.voices)


@dataclass(frozen=True)
class Tally:
    """One question's answers about one text."""

    code: str
    label: str
    prompt: str
    welsh: Mapping[str, str]
    scale: Scale
    groups: tuple[Group, ...]
    """Empty where the answers would give somebody away."""


@dataclass(frozen=True)
class Shown:
    """What a page shows of the ratings of an entry: of the words as they are, and of the words before them."""

    as_at: datetime | None
    """The closing of the last closed round; None before there is one."""
    now: tuple[Tally, ...]
    earlier: tuple[Tally, ...]
    earlier_release: str
    """The number of the last release with the earlier words, if there are any."""


_KNOWN: dict[tuple[object, ...], tuple[Tally, ...]] = {}
KNOWN_AT_MOST = 2000


def combine(groups: Iterable[Group]) -> list[Group]:
    """Groups that give nobody away; the others joined, and with the smallest of those while they still would.

    A group gives its members away when it has fewer than five scores, or when all its members gave the same answer.
    Nothing can be found by subtracting. Where even all groups together would give somebody away nothing is shown.
    """
    present = [group for group in groups if group.voices or group.cannot_say]
    shown = [group for group in present if _gives_nobody_away(group)]
    rest = [group for group in present if not _gives_nobody_away(group)]
    if not rest:
        return shown
    joined = _joined(rest)
    while not _gives_nobody_away(joined):
        if not shown:
            return []
        smallest = min(shown, key=lambda group: (group.voices, group.constituencies))
        shown.remove(smallest)
        joined = _joined([smallest, joined])
    return [*shown, joined]


def _gives_nobody_away(group: Group) -> bool:
    answers = sum(number > 0 for number in group.scores.values()) + (group.cannot_say > 0)
    return group.voices >= ENOUGH and answers > 1


def shown(session: Session, framework: Framework, revision: Revision) -> Shown:
    """The tallies that the public may see of this text and of the one before it."""
    as_at = last_closing(session, framework)
    if as_at is None:
        return Shown(None, (), (), "")
    earlier: tuple[Tally, ...] = ()
    number = ""
    for line in release_queries.history(session, revision.entry):
        if line.revision.number < revision.number and line.revision.words_digest != revision.words_digest:
            earlier, number = tallies(session, line.revision, framework, as_at), line.release.number
            break
    return Shown(as_at, tallies(session, revision, framework, as_at), earlier, number)


def last_closing(session: Session, framework: Framework) -> datetime | None:
    """When the last of the framework's rounds closed for good, with the time for signing off; None before one has."""
    ends = [each.signing_ends_at for each in release_queries.rounds(session, framework)]
    return max((end for end in ends if end <= clock.now()), default=None)


def tallies(session: Session, revision: Revision, framework: Framework, as_at: datetime) -> tuple[Tally, ...]:
    """What was thought of the text when a round closed, one tally for each question that was answered.

    Ratings of the same words on another revision count; those of links do not.
    """
    same_words = session.exec(
        select(Revision.id).where(
            Revision.entry_id == revision.entry_id, Revision.words_digest == revision.words_digest
        )
    )
    revisions = sorted(same_words)
    key = (str(session.get_bind().engine.url), revision.digest, *revisions, revision.id, as_at)
    if key not in _KNOWN:
        found = _counted(session, revision, revisions, framework, as_at)
        if clock.now() < as_at + SETTLED:
            return found
        if len(_KNOWN) >= KNOWN_AT_MOST:
            _KNOWN.clear()
        _KNOWN[key] = found
    return _KNOWN[key]


def forget() -> None:
    """Forget what was counted, for a process that goes on with another database."""
    _KNOWN.clear()


def _counted(
    session: Session, revision: Revision, revisions: Sequence[int], framework: Framework, as_at: datetime
) -> tuple[Tally, ...]:
    given = session.exec(
        select(RatingEvent)
        .where(col(RatingEvent.revision_id).in_(revisions), col(RatingEvent.at) < as_at)
        .order_by(col(RatingEvent.id))
    ).all()
    ends = [each.signing_ends_at for each in release_queries.rounds(session, framework)]
    closings = sorted(end for end in ends if end <= as_at)
    found = []
    for criterion in framework.criteria:
        about_it = [
            event
            for event in given
            if event.criterion_id == criterion.id and (criterion.about == WORDS or event.revision_id == revision.id)
        ]
        told_at = last_told(about_it, closings)
        last = {event.voice: (event.constituency, event.score) for event in about_it if told_at and event.at < told_at}
        counted = [(constituency, score) for constituency, score in last.values() if constituency]
        if counted:
            groups = tuple(combine(_groups(counted)))
            words = (criterion.code, criterion.label, criterion.prompt, dict(criterion.welsh))
            found.append(Tally(*words, criterion.scale, groups))
    return tuple(found)


def last_told(answers: Sequence[RatingEvent], closings: Sequence[datetime]) -> datetime | None:
    """At which closing the tally of one question was last told anew; None while nobody has answered it.

    It is told when the first round with answers to it closes, and again only when five or more voices of each group
    that moved have: else the difference of two tallies would be the answers of a few. Whoever speaks privately now, or
    in another group, has moved the group that they leave as well.
    """
    told: datetime | None = None
    for closing in closings:
        before = _standing(event for event in answers if told and event.at < told)
        after = _standing(event for event in answers if event.at < closing)
        moved = {
            (constituency, key[0])
            for key, answer in after.items()
            if answer != before.get(key)
            for constituency in (answer[0], before.get(key, (None, None))[0])
            if constituency
        }
        numbers = Counter(constituency for constituency, _ in moved)
        if moved and (told is None or min(numbers.values()) >= ENOUGH):
            told = closing
    return told


def _standing(answers: Iterable[RatingEvent]) -> dict[tuple[str, int], tuple[Constituency | None, int | None]]:
    """How each voice answers about each text after these events, and in which group it counts."""
    return {(event.voice, event.revision_id): (event.constituency, event.score) for event in answers}


def _groups(answers: Iterable[tuple[Constituency, int | None]]) -> list[Group]:
    counts: dict[Constituency, Counter[int | None]] = {constituency: Counter() for constituency in Constituency}
    for constituency, score in answers:
        counts[constituency][score] += 1
    return [
        Group((constituency,), {score: n for score, n in sorted(_numbers(count))}, count[None])
        for constituency, count in counts.items()
    ]


def _numbers(count: Counter[int | None]) -> list[tuple[int, int]]:
    return [(score, number) for score, number in count.items() if score is not None]


def _joined(groups: Sequence[Group]) -> Group:
    names = {constituency for group in groups for constituency in group.constituencies}
    scores: Counter[int] = Counter()
    for group in groups:
        scores.update(group.scores)
    order = [constituency for constituency in Constituency if constituency in names]
    return Group(tuple(order), dict(sorted(scores.items())), sum(group.cannot_say for group in groups))
