"""What colleagues say to each other about feedback that is not sent."""

from datetime import datetime

from sqlmodel import Field, Relationship

from backend.comments.models import Comment
from backend.core import clock
from backend.core.db import Table
from backend.people.models import Person
from backend.releases.models import Entry


class Note(Table, table=True):
    """A note that only the organisation's own people see."""

    id: int = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submission.id", index=True)
    comment_id: int | None = Field(default=None, foreign_key="comment.id", index=True)
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    """With no comment, what it is about; neither, for the whole submission."""
    author_id: int = Field(foreign_key="person.id")
    body: str
    sends_back: bool = False
    """Whether it says why an item was sent back."""
    at: datetime = Field(default_factory=clock.now)

    author: Person = Relationship()
    comment: Comment = Relationship()
    entry: Entry = Relationship()

    def still_stands(self, saved_at: datetime) -> bool:
        """Whether nothing was saved since it sent the item back: once something is, the item is being written again."""
        return self.at >= saved_at
