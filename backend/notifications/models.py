"""Mail that waits to be sent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field

from backend.core import clock
from backend.core.bilingual import Bilingual
from backend.core.db import Table, choice
from backend.core.i18n import mark

FOLLOWING = ":following"
"""In the key of a mail that follows changes while it waits; whoever takes it puts its number there."""

IN_HAND = text("owner IS NOT NULL")
"""A worker is just sending it."""

PARKED = text("parked_because IS NOT NULL AND dropped_because IS NULL")
"""Given up, and still to be looked at."""


WORDED = text("text <> ''")
"""What it said has not been forgotten yet."""


class Stoppable(StrEnum):
    """Mails that people may stop: all that tell of releases or rounds, and all that remind. The rest they need."""

    RELEASES = "releases"
    REMINDERS = "reminders"


STOPPED_WITH = {"digest": Stoppable.RELEASES, "round": Stoppable.RELEASES, "reminder": Stoppable.REMINDERS}
"""For each kind of mail that can be stopped: what is stopped with it."""


class Scope(StrEnum):
    """Who an announcement is for."""

    EVERYBODY = "everybody"
    PARTICIPANTS = "participants"
    STAFF = "staff"

    @property
    def label(self) -> str:
        """The choice as offered on screen."""
        return {
            "everybody": mark("Everybody, signed in or not"),
            "participants": mark("People who take part, signed in"),
            "staff": mark("Staff"),
        }[self.value]


class Announcement(Bilingual, Table, table=True):
    """A short word to people, at the top of every page that they see, from one moment to another."""

    id: int = Field(default=None, primary_key=True)
    words: str
    scope: Scope = Field(sa_type=choice(Scope))
    starts_at: datetime
    ends_at: datetime = Field(index=True)
    written_by_id: int = Field(foreign_key="person.id")
    written_at: datetime = Field(default_factory=clock.now)

    @property
    def is_shown(self) -> bool:
        """Whether it stands on pages now."""
        return self.starts_at <= clock.now() < self.ends_at


class DroppedBecause(StrEnum):
    """Why a mail that was given up is never sent. Chosen, not written: the record of what happened quotes nobody."""

    WRONG_ADDRESS = "wrong address"
    TOLD_OTHERWISE = "told otherwise"
    NO_LONGER_TRUE = "no longer true"

    @property
    def label(self) -> str:
        """The reason on screen."""
        return {
            "wrong address": mark("The address does not exist any more"),
            "told otherwise": mark("The person has been told in another way"),
            "no longer true": mark("What it says no longer holds or no longer matters"),
        }[self.value]


class OutboxMessage(Table, table=True):
    """One mail, written in the same transaction as what it tells of, and sent by the worker."""

    __table_args__ = (
        Index("ix_outbox_message_parked", "id", sqlite_where=PARKED, postgresql_where=PARKED),
        Index("ix_outbox_message_worded", "created_at", sqlite_where=WORDED, postgresql_where=WORDED),
        Index("ix_outbox_message_in_hand", "owner", sqlite_where=IN_HAND, postgresql_where=IN_HAND),
    )

    id: int = Field(default=None, primary_key=True)
    to: str
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    kind: str = Field(index=True)
    language: str = "en"
    """In which it is written, and all that is put around its words as it leaves."""
    subject: str
    text: str
    dedupe: str = Field(unique=True)
    """One mail for one occasion: a second with the same key is not written. The occasion is kept as a digest, because
    it may be told by a secret."""
    about: str = Field(default="", index=True)
    """What somebody without an account can take back, so that the mail is called off with it."""
    stop_at: str = ""
    """Where they can: mailboxes offer it, and may post to it."""
    created_at: datetime = Field(default_factory=clock.now)
    due_at: datetime | None = Field(default_factory=clock.now, index=True)
    """When to try next; None once it is sent or parked."""
    owner: str | None = None
    tries: int = 0
    sent_at: datetime | None = None
    parked_because: str | None = None
    """The kind of error, where it was given up."""
    dropped_because: DroppedBecause | None = Field(default=None, sa_type=choice(DroppedBecause))
