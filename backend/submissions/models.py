"""Who speaks, for whom, and what may be published of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock
from backend.core.db import Table, choice
from backend.core.i18n import mark
from backend.people.models import Organisation, Person
from backend.releases.models import Entry, Round


class SpeakingFor(StrEnum):
    """Whose view a point is."""

    ORGANISATION = "organisation"
    MEMBERS = "members"
    SPECIALIST = "specialist"
    PRIVATE = "private"
    EVENT = "event"
    """A table at an event; offered to nobody, because staff take its notes."""

    @property
    def label(self) -> str:
        """The choice as offered on screen."""
        return {
            "organisation": mark("My organisation"),
            "members": mark("My organisation’s members, or a named client"),
            "specialist": mark("Myself, as a specialist"),
            "private": mark("Myself, privately"),
            "event": mark("A table at an event"),
        }[self.value]

    @property
    def told(self) -> str:
        """The choice as told to somebody else, after the speaker's name."""
        return {
            "organisation": mark("for the organisation"),
            "members": mark("for its members, or a named client"),
            "specialist": mark("as a specialist"),
            "private": mark("privately"),
            "event": mark("by a table at this event, in no constituency"),
        }[self.value]


class PublishAs(StrEnum):
    """What may be published of a point."""

    NAMED = "publish-named"
    BY_TYPE = "publish-by-type"
    SUMMARY_ONLY = "summary-only"

    @property
    def label(self) -> str:
        """The choice as offered on screen."""
        return {
            "publish-named": mark("Publish it with the name"),
            "publish-by-type": mark("Publish it, but show only the type of organisation"),
            "summary-only": mark("Do not publish it; use it in the summary"),
        }[self.value]


@dataclass(frozen=True)
class Event:
    """An event whose table speaks: it is of no kind and in no constituency, so it is in no tally."""

    name: str
    type_code: None = None
    constituency: None = None


class Submission(Table, table=True):
    """The feedback of one voice in one round: of an organisation, of one independent person, or of an event."""

    __table_args__ = (UniqueConstraint("round_id", "voice"),)

    id: int = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    round_id: int = Field(foreign_key="round.id")
    voice: str = Field(index=True)
    """`organisation:<id>`, `person:<id>` or `workshop:<id>`: counted once, whoever typed."""
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    event: str = ""
    """The title of the event whose table speaks; empty for everybody else."""
    speaking_for: SpeakingFor = Field(sa_type=choice(SpeakingFor))
    on_behalf_of: str = ""
    """The members or the client, where it speaks for them."""
    publish_as: PublishAs = Field(sa_type=choice(PublishAs))
    created_at: datetime = Field(default_factory=clock.now)
    first_sent_at: datetime | None = None
    """When something of it was first sent; until then nobody else may notice that it exists."""

    round: Round = Relationship()
    organisation: Organisation = Relationship()
    person: Person = Relationship()

    @property
    def speaker(self) -> Organisation | Person | Event:
        """Whose feedback it is."""
        return self.organisation or self.person or Event(self.event)


class SignOff(Table, table=True):
    """A lead or deputy sent a part of the organisation's feedback; what it held carries its id."""

    __table_args__ = (UniqueConstraint("submission_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submission.id")
    number: int
    """The part, from 1."""
    signed_by_id: int = Field(foreign_key="person.id")
    digest: str
    """The SHA-256 of the list of everything that was sent, with its own digests."""
    at: datetime = Field(default_factory=clock.now)

    submission: Submission = Relationship()
    signed_by: Person = Relationship()


class Speaker(Table, table=True):
    """Through which submission a person last chose to speak in a round, so that forms ask only once."""

    round_id: int = Field(foreign_key="round.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    submission_id: int = Field(foreign_key="submission.id")

    submission: Submission = Relationship()


class PanelEntry(Table, table=True):
    """An entry that a voice has been asked, or has chosen, to look at in a round."""

    submission_id: int = Field(foreign_key="submission.id", primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", primary_key=True)
    looked_at: datetime | None = None
    """When someone said that the voice is done with the entry."""

    entry: Entry = Relationship()
