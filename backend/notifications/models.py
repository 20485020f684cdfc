"""Mail that waits to be sent."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from backend.core import clock
from backend.core.db import Table

FOLLOWING = ":following"
"""In the key of a mail that follows changes while it waits; whoever takes it puts its number there."""


class Stoppable(StrEnum):
    """Mails that people may stop: all that tell of releases, and all that remind them. The rest they need."""

    RELEASES = "releases"
    REMINDERS = "reminders"


STOPPED_WITH = {"digest": Stoppable.RELEASES, "reminder": Stoppable.REMINDERS}
"""For each kind of mail that can be stopped: what is stopped with it."""


class OutboxMessage(Table, table=True):
    """One mail, written in the same transaction as what it tells of, and sent by the worker."""

    id: int = Field(default=None, primary_key=True)
    to: str
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    kind: str = Field(index=True)
    subject: str
    text: str
    dedupe: str = Field(unique=True)
    """One mail for one occasion: a second with the same key is not written."""
    created_at: datetime = Field(default_factory=clock.now)
    due_at: datetime | None = Field(default_factory=clock.now, index=True)
    """When to try next; None once it is sent or parked."""
    owner: str | None = None
    tries: int = 0
    sent_at: datetime | None = None
    parked_because: str | None = None
