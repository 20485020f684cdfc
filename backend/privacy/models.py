"""Complaints, and what was done about them."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Relationship

from backend.core import clock
from backend.core.db import Table, choice
from backend.core.i18n import mark
from backend.people.models import Person


class ComplaintOutcome(StrEnum):
    """How a complaint ended."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly upheld"
    NOT_UPHELD = "not upheld"
    NOT_FOR_US = "not for us"

    @property
    def label(self) -> str:
        """The outcome on screen."""
        return {
            "upheld": mark("Upheld"),
            "partly upheld": mark("Upheld in part"),
            "not upheld": mark("Not upheld"),
            "not for us": mark("Not about something that we are responsible for"),
        }[self.value]


class Stage(StrEnum):
    """How far a complaint has come: each stage is a list of its own for staff."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The list on screen."""
        return {
            "new": mark("To acknowledge"),
            "acknowledged": mark("Acknowledged"),
            "closed": mark("Closed"),
        }[self.value]


class Complaint(Table, table=True):
    """That somebody complained, and how it goes. Who, and in which words, stands in `complaint_words`."""

    id: int = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    form: str = Field(unique=True)
    """Made of the form and the words in it, so that a form sent twice makes one complaint."""
    language: str = "en"
    """The language in which it was made, and is answered."""
    received_at: datetime = Field(default_factory=clock.now)
    acknowledge_by: datetime
    acknowledged_at: datetime | None = None
    outcome: ComplaintOutcome | None = Field(default=None, sa_type=choice(ComplaintOutcome))
    closed_at: datetime | None = Field(default=None, index=True)

    words: "ComplaintWords" = Relationship(sa_relationship_kwargs={"uselist": False})
    steps: list["ComplaintStep"] = Relationship(sa_relationship_kwargs={"order_by": "ComplaintStep.id"})

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been acknowledged by now."""
        return self.acknowledged_at is None and clock.now() > self.acknowledge_by

    @property
    def days_left(self) -> int:
        """Whole days in which it can still be acknowledged in time; negative once it is overdue."""
        return (clock.in_london(self.acknowledge_by).date() - clock.today()).days


class ComplaintWords(Table, table=True):
    """Who complained and what they wrote: a row of its own, so that it can be emptied while the record stays."""

    complaint_id: int = Field(foreign_key="complaint.id", primary_key=True)
    name: str
    email: str
    went_wrong: str
    would_help: str
    point: str = ""
    """The reference of the point that it is about, as they typed it."""


class StepKind(StrEnum):
    """What staff did."""

    ACKNOWLEDGED = "acknowledged"
    NOTED = "noted"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The act on screen."""
        return {
            "acknowledged": mark("Acknowledged"),
            "noted": mark("Note for staff"),
            "closed": mark("Closed"),
        }[self.value]


class ComplaintStep(Table, table=True):
    """One thing that staff did about a complaint. Notes are for staff; all else is told to whoever complained."""

    id: int = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaint.id", index=True)
    kind: StepKind = Field(sa_type=choice(StepKind))
    words: str
    at: datetime = Field(default_factory=clock.now)
    by_id: int = Field(foreign_key="person.id", index=True)

    by: Person = Relationship()
