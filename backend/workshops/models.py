"""Workshops: what they are, the sessions they are made of, who has a place, and what is discussed at the table."""

from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import JSON, Index
from sqlalchemy import text as sql
from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock, text
from backend.core.bilingual import Bilingual, said
from backend.core.db import Table, choice
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases.models import Criterion, Entry, Revision, Round
from backend.workshops import durations


class Workshop(Bilingual, Table, table=True):
    """An event about the framework, past or coming."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    title: str
    summary: str = ""
    is_illustrative: bool = False
    """Whether the summaries were drafted for this site, and are not words of the hosts or the speakers."""
    starts_at: datetime = Field(index=True)
    ends_at: datetime
    times_known: bool = True
    """False where only the day is known: then the two moments are its first and its last."""
    venue: str = ""
    is_online: bool = False
    hosts: list[str] = Field(default_factory=list, sa_type=JSON)
    """Each as it is shown, such as `5Rights Foundation (partner)`."""
    audience: str = ""
    organisations_attended: int | None = None
    capacity: int | None = None
    """How many places there are; None where nobody books."""
    joining_details: str = ""
    """For those who have a place, and nobody else."""
    source: str = ""
    """The address of the page on which its hosts published it, where there is one."""
    form_key: str | None = Field(default=None, unique=True)
    """Of the form that announced it, so that a form sent twice makes one workshop."""
    sequence: int = 0
    """Grows when time or venue change, so that calendars take the change over."""
    cancelled_at: datetime | None = None
    cancelled_because: str = ""
    created_at: datetime = Field(default_factory=clock.now)
    changed_at: datetime = Field(default_factory=clock.now)

    sessions: list["WorkshopSession"] = Relationship(
        back_populates="workshop", sa_relationship_kwargs={"order_by": "WorkshopSession.number"}
    )

    @property
    def programme(self) -> list[tuple["WorkshopSession", datetime | None]]:
        """The sessions and when each begins, as far as that follows from the lengths of those before it."""
        told: list[tuple[WorkshopSession, datetime | None]] = []
        begins: datetime | None = self.starts_at if self.times_known else None
        for part in self.sessions:
            told.append((part, begins))
            begins = begins + durations.parsed(part.duration) if begins and part.duration else None
        return told

    @property
    def is_over(self) -> bool:
        """Whether it lies in the past."""
        return self.ends_at <= clock.now()

    @property
    def was_held(self) -> bool:
        """Whether it took place, and is over."""
        return self.is_over and self.cancelled_at is None

    @property
    def source_host(self) -> str:
        """Whose page it was published on, as a link says it."""
        return urlsplit(self.source).hostname or ""

    @property
    def has_begun(self) -> bool:
        """Whether people have met."""
        return self.cancelled_at is None and self.starts_at <= clock.now()

    @property
    def takes_bookings(self) -> bool:
        """Whether anybody can book now."""
        return bool(self.capacity) and self.cancelled_at is None and clock.now() < self.starts_at


class WorkshopSession(Bilingual, Table, table=True):
    """A talk or an exercise in a workshop."""

    __table_args__ = (UniqueConstraint("workshop_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    workshop_id: int = Field(foreign_key="workshop.id")
    number: int
    """Its place in the programme, from 1."""
    title: str
    title_as_published: str = ""
    """Where the title was published with a slip: how it stood."""
    speaker: str = ""
    speaker_role: str = ""
    affiliation: str = ""
    duration: str = ""
    """ISO 8601, such as `PT8M45S`; empty where it is not known."""
    summary: str = ""
    transcript: str = ""
    captions: str = ""
    """What is said about captions and audio description of the recording."""
    video_id: str | None = None
    """The recording's id at the video host; never an address."""
    form_key: str | None = Field(default=None, unique=True)
    """Of the form that added it, so that a form sent twice adds one session."""

    workshop: Workshop = Relationship(back_populates="sessions")

    @property
    def lasts(self) -> str:
        """How long it takes, in words."""
        return durations.in_words(self.duration)

    @property
    def transcript_parts(self) -> list[str]:
        """The transcript for this reader in parts that are short enough to be rendered, cut between paragraphs."""
        parts = [""]
        for paragraph in said(self, "transcript").words.split("\n\n"):
            if parts[-1] and len(parts[-1]) + len(paragraph) > text.LONGEST - 2:
                parts.append("")
            parts[-1] += f"{paragraph}\n\n"
        return [part for part in parts if part.strip()]


class PlaceState(StrEnum):
    """Where a booking is in its life."""

    ASKED = "asked"
    BOOKED = "booked"
    WAITING = "waiting"
    GIVEN_UP = "given up"
    FORGOTTEN = "forgotten"
    """The workshop is long over: that somebody had the place stays, and not who."""

    @property
    def label(self) -> str:
        """The state on screen."""
        return {
            "asked": mark("Not confirmed yet"),
            "booked": mark("Has a place"),
            "waiting": mark("On the waiting list"),
            "given up": mark("Given up"),
            "forgotten": mark("Forgotten after the workshop"),
        }[self.value]


class Place(Table, table=True):
    """Somebody's place at a workshop, or on its waiting list. Who gives it up is forgotten at once."""

    __table_args__ = (
        Index(
            "one_place_each", "workshop_id", "email", unique=True,
            sqlite_where=sql("state IN ('booked', 'waiting')"),
            postgresql_where=sql("state IN ('booked', 'waiting')"),
        ),
        Index("ix_place_workshop_state", "workshop_id", "state", "number"),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    workshop_id: int = Field(foreign_key="workshop.id")
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    """Whose account the mailbox belongs to, if it does."""
    name: str = ""
    """Empty until the mailbox has said yes: nothing that a stranger could type is kept about it."""
    email: str
    state: PlaceState = Field(sa_type=choice(PlaceState))
    number: int | None = None
    """In which order people came, from 1; None until the mailbox has said yes."""
    link_seed: str
    """What the link to the place is made of, together with this deployment's secret."""
    link_digest: str = Field(unique=True)
    confirm_digest: str | None = Field(default=None, unique=True)
    """Of the link by which the mailbox says yes, once; None for people who had signed in."""
    confirm_until: datetime | None = Field(default=None, index=True)
    confirmed_at: datetime | None = None
    wording: str = ""
    """The version of the words that the person agreed to, among them that they are 18 or over."""
    language: str = "en"
    agreed_at: datetime = Field(default_factory=clock.now)
    told_again_at: datetime | None = None
    """When its mailbox was last told that it has booked already."""
    may_take_notes: bool = False
    """Whether staff have asked the person to take notes at the table."""

    workshop: Workshop = Relationship()
    person: Person = Relationship()


class AccessNeed(Table, table=True):
    """What somebody needs in order to take part, for the organisers alone, and only until the workshop is over."""

    place_id: int = Field(foreign_key="place.id", primary_key=True)
    words: str
    wording: str
    """The version of the words by which the person let the organisers see it."""
    agreed_at: datetime = Field(default_factory=clock.now)


class TableEntry(Table, table=True):
    """An entry that the table of a workshop is to discuss."""

    workshop_id: int = Field(foreign_key="workshop.id", primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", primary_key=True)
    position: int

    entry: Entry = Relationship()


class HandCount(Table, table=True):
    """How many hands went up for one score, of nobody in particular: never part of any rating or tally."""

    workshop_id: int = Field(foreign_key="workshop.id", primary_key=True)
    revision_id: int = Field(foreign_key="revision.id", primary_key=True, index=True)
    criterion_id: int = Field(foreign_key="criterion.id", primary_key=True)
    score: int = Field(primary_key=True)
    """From 1 to the top of the criterion's scale; 0 for `cannot say`."""
    round_id: int = Field(foreign_key="round.id")
    hands: int

    revision: Revision = Relationship()
    criterion: Criterion = Relationship()
    round: Round = Relationship()
