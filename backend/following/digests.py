"""What a release changes for each of those who follow something of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from backend.answers.models import Decision
from backend.comments.models import State
from backend.core import web
from backend.core.config import settings
from backend.core.i18n import language
from backend.following import queries
from backend.people.models import Person
from backend.releases import comparing
from backend.releases.comparing import EntryChange
from backend.releases.models import Release
from backend.suggestions import prompting
from backend.suggestions.prompting import Prompt


@dataclass
class Followed:
    """What of a release concerns one follower: the entries that changed, and the points that were decided."""

    person: Person
    entries: set[int] = field(default_factory=set)
    points: list[Decision] = field(default_factory=list)
    whole: bool = False
    """They follow the framework: that the release is there is news even where no entry changed."""


@dataclass
class Changes:
    """Every change of a release, and the words that tell of some of them, made once however many are told."""

    release: Release
    changes: Sequence[EntryChange]
    causes: Mapping[int, list[Prompt]]
    written: dict[tuple[str, frozenset[int]], str] = field(default_factory=dict)
    """By language and entries."""

    def words(self, entries: Iterable[int]) -> str:
        """What changed in these entries, why, and which public points led to it."""
        wanted = frozenset(entries)
        key = (language.get(), wanted)
        if key not in self.written:
            self.written[key] = self._write(wanted)
        return self.written[key]

    def _write(self, wanted: frozenset[int]) -> str:
        release = self.release
        pages = f"{settings().base_url}/frameworks/{release.framework.slug}"
        at = f"compare/{release.previous.number}...{release.number}#" if release.previous else "entries/"
        template = web.templates().env.get_template("email/_changes.txt")
        words = template.render(
            changes=[change for change in self.changes if change.entry.id in wanted], causes=self.causes,
            at=f"{pages}/{at}",
        )  # fmt: skip
        return words.strip()


def of_release(session: Session, release: Release) -> Changes:
    """Every entry that the release changes, with what led to it."""
    changes = comparing.between(session, release.previous, release)
    revisions = [revision for change in changes for revision in change.revisions]
    return Changes(release, changes, prompting.prompted_by(session, revisions))


def followed(session: Session, changes: Changes, decisions: Sequence[Decision]) -> list[Followed]:
    """Everybody who follows something of this release, once, with what concerns them.

    Of a followed point only what everybody may read is told: one that is not public any more is left out.
    """
    changed = [change.entry.id for change in changes.changes]
    public = {decision.comment_id: decision for decision in decisions if decision.comment.state is State.PUBLISHED}
    found: dict[int, Followed] = {}
    for each in queries.concerned(session, changes.release.framework, entries=changed, comments=list(public)):
        theirs = found.setdefault(each.person_id, Followed(each.person))
        if each.framework_id is not None:
            theirs.whole = True
            theirs.entries.update(changed)
        elif each.entry_id is not None:
            theirs.entries.add(each.entry_id)
        elif each.comment_id is not None:
            theirs.points.append(public[each.comment_id])
    return list(found.values())
