"""You said, we did."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Relationship

from backend.comments.models import Comment
from backend.core import clock
from backend.core.bilingual import Bilingual
from backend.core.db import Table, choice
from backend.core.i18n import mark
from backend.releases.models import Entry, Release


class Outcome(StrEnum):
    """What was decided on a point."""

    CHANGED = "changed"
    CHANGED_IN_PART = "changed in part"
    ALREADY_THERE = "already there"
    NOT_CHANGED = "not changed"
    OUT_OF_SCOPE = "out of scope"
    NEEDS_EVIDENCE = "needs evidence"
    QUESTION_ANSWERED = "question answered"
    SUPPORT_NOTED = "support noted"
    CARRIED = "carried"

    @property
    def label(self) -> str:
        """The outcome on screen."""
        return {
            "changed": mark("Changed"),
            "changed in part": mark("Changed in part"),
            "already there": mark("Already there"),
            "not changed": mark("Not changed"),
            "out of scope": mark("Out of scope"),
            "needs evidence": mark("Needs evidence"),
            "question answered": mark("Question answered"),
            "support noted": mark("Support noted"),
            "carried": mark("Carried to a later release"),
        }[self.value]

    @property
    def is_change(self) -> bool:
        """Whether words were changed."""
        return self in (Outcome.CHANGED, Outcome.CHANGED_IN_PART)


class Answer(Bilingual, Table, table=True):
    """A theme: what people said, what was done about it, and so the decision on one or many points."""

    id: int = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    """The draft release with which it will be published."""
    title: str
    you_said: str
    we_did: str
    outcome: Outcome = Field(sa_type=choice(Outcome))
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    """Where the changed words are, for points that are not about a changed entry themselves."""
    field: str | None = None
    written_by_id: int = Field(foreign_key="person.id")
    created_at: datetime = Field(default_factory=clock.now)

    release: Release = Relationship()
    entry: Entry = Relationship()

    @property
    def address(self) -> str | None:
        """The address of the words that it links to."""
        return _address(self)


class Decision(Table, table=True):
    """What was decided on a point: the newest row counts. Never changed, never deleted."""

    __table_args__ = (
        Index("ix_decision_comment", "comment_id", "id"),
        Index("ix_decision_release", "release_id", "comment_id"),
    )

    id: int = Field(default=None, primary_key=True)
    comment_id: int = Field(foreign_key="comment.id")
    release_id: int = Field(foreign_key="release.id")
    """The release with which it is published."""
    answer_id: int | None = Field(default=None, foreign_key="answer.id", index=True)
    outcome: Outcome = Field(sa_type=choice(Outcome))
    reason: str
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    """Where the words are that were changed, or that say it already."""
    field: str | None = None
    """The field of that entry: `title`, `section:<key>` or `terms:<scheme>`."""
    is_final: bool = False
    taken_back: bool = False
    """This row undoes the one before it: the point is undecided again."""
    decided_by_id: int = Field(foreign_key="person.id")
    at: datetime = Field(default_factory=clock.now)

    comment: Comment = Relationship()
    release: Release = Relationship()
    answer: Answer = Relationship()
    entry: Entry = Relationship()

    @property
    def address(self) -> str | None:
        """The address of the words that it links to."""
        return _address(self)


def _address(decided: Answer | Decision) -> str | None:
    """The address of what changed, or of what says it already; None for any other outcome.

    A change is shown beside the words before it, so that a retired entry has an address too.
    """
    entry, release = decided.entry, decided.release
    if entry is None or not (decided.outcome.is_change or decided.outcome is Outcome.ALREADY_THERE):
        return None
    pages = f"/frameworks/{release.framework.slug}"
    if decided.outcome.is_change and release.previous:
        return f"{pages}/compare/{release.previous.number}...{release.number}#{entry.code}"
    section = (decided.field or "").partition("section:")[2]
    return f"{pages}/releases/{release.number}/entries/{entry.code}" + (f"#section-{section}" if section else "")
