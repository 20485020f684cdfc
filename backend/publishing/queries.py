"""Reading what a release changed, why, and who prompted it."""

from dataclasses import dataclass

from sqlmodel import Session

from backend.comments.models import Comment
from backend.releases import comparing, queries
from backend.releases.comparing import EntryChange
from backend.releases.models import Release
from backend.suggestions import prompting


@dataclass(frozen=True)
class Credit:
    """A published point that led to a change, with the words that stand under it."""

    comment: Comment
    byline: str


@dataclass(frozen=True)
class Note:
    """What happened to one entry in a release, why, and who prompted it."""

    change: EntryChange
    credits: list[Credit]
    others: bool
    """Whether points that are not published led to it as well."""


def notes(session: Session, release: Release) -> list[Note]:
    """The notes of a release, drawn from the reasons and causes of its changes, in the order of its entries."""
    made = queries.revisions_between(session, release.previous, release)
    prompts = prompting.prompts(session, [revision for revisions in made.values() for revision in revisions])
    found = []
    for change in comparing.between(session, release.previous, release):
        if not change.fields:
            continue
        by_comment = {prompt.comment.id: prompt for prompt in prompts.get(change.entry.id, [])}
        credits = [Credit(prompt.comment, prompt.byline) for prompt in by_comment.values() if prompt.byline]
        found.append(Note(change, credits, others=len(credits) < len(by_comment)))
    return found
