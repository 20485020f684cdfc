"""Who wants to know."""

from datetime import datetime

from sqlmodel import Field, Relationship, UniqueConstraint

from backend.comments.models import Comment
from backend.core import clock
from backend.core.db import Table
from backend.people.models import Person
from backend.releases.models import Entry, Framework


class Subscription(Table, table=True):
    """A person follows a framework, an entry or a point: exactly one of them. Nobody else sees that they do."""

    __table_args__ = (UniqueConstraint("person_id", "target"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    target: str
    """What is followed, in one word, so that it is followed once: `framework:1`, `entry:7` or `comment:20`."""
    framework_id: int | None = Field(default=None, foreign_key="framework.id", index=True)
    entry_id: int | None = Field(default=None, foreign_key="entry.id", index=True)
    comment_id: int | None = Field(default=None, foreign_key="comment.id", index=True)
    since: datetime = Field(default_factory=clock.now)

    person: Person = Relationship()
    framework: Framework = Relationship()
    entry: Entry = Relationship()
    comment: Comment = Relationship()


class RoundNews(Table, table=True):
    """Everybody concerned has been told that a round is open until then, or closed then: whoever writes this did it."""

    round_id: int = Field(foreign_key="round.id", primary_key=True)
    closes_at: datetime = Field(primary_key=True)
    at: datetime = Field(default_factory=clock.now)


class RoundReminder(Table, table=True):
    """Everybody concerned has been reminded that a round closes then, so many days before: whoever writes this did it.

    A round that is extended closes at another time, and is reminded of again.
    """

    round_id: int = Field(foreign_key="round.id", primary_key=True)
    closes_at: datetime = Field(primary_key=True)
    days: int = Field(primary_key=True)
    at: datetime = Field(default_factory=clock.now)
