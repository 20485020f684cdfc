"""What a person is asked to rate in an open round, and how their voice answers so far."""

from dataclasses import dataclass

from sqlmodel import Session

from backend.comments import commenting
from backend.ratings import queries
from backend.ratings.models import Rating
from backend.releases import queries as release_queries
from backend.releases import rounds
from backend.releases.models import Framework, ReleaseEntry, Round
from backend.submissions.models import SpeakingFor, Submission


@dataclass(frozen=True)
class ToRate:
    """The exact words that are rated, in the round that asks."""

    framework: Framework
    round_: Round
    line: ReleaseEntry

    @property
    def address(self) -> str:
        """Where the form is."""
        return f"/frameworks/{self.framework.slug}/entries/{self.line.entry.code}/rate"

    def is_unchanged(self, standing: list[Rating]) -> bool:
        """Whether the ratings were given before this round opened, on words that are still the same."""
        return bool(standing) and all(each.rated_at < self.round_.opens_at for each in standing)


def to_rate(session: Session, slug: str, code: str) -> ToRate:
    """The entry as it is asked about. Raises NotFound, RoundClosed or EntryNotInRelease."""
    framework = release_queries.framework(session, slug)
    entry = release_queries.entry_of(session, framework, code)
    round_ = release_queries.find_round(session, framework)
    if round_ is None:
        raise rounds.RoundClosed()
    rounds.must_be_open(round_)
    return ToRate(framework, round_, commenting.line_of(session, round_, entry))


def marks(session: Session, about: ToRate, voice: str) -> str:
    """The marks of the answers as they are now, as the form carries them."""
    answers = queries.answers(session, voice, about.line.revision)
    codes = {criterion.id: criterion.code for criterion in about.framework.criteria}
    return " ".join(f"{codes[criterion_id]}:{answer.mark}" for criterion_id, answer in sorted(answers.items()))


def spoken_for(chosen: Submission | None, standing: list[Rating]) -> SpeakingFor | None:
    """For whom this person speaks about this text, so that what they once chose for it is not undone unseen."""
    if chosen is None or chosen.organisation_id is not None or not standing:
        return chosen.speaking_for if chosen else None
    last = max(standing, key=lambda each: each.rated_at)
    return SpeakingFor.SPECIALIST if last.constituency else SpeakingFor.PRIVATE
