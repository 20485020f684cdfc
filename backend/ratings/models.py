"""How entries are judged."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock
from backend.core.db import Table, choice
from backend.people.models import Constituency, Person
from backend.releases.models import Criterion, Revision


class Rating(Table, table=True):
    """One voice's current score on one criterion of one revision."""

    __table_args__ = (
        UniqueConstraint("voice", "criterion_id", "revision_id"),
        Index("ix_rating_revision", "revision_id"),
    )

    id: int = Field(default=None, primary_key=True)
    voice: str
    """`organisation:<id>` or `person:<id>`."""
    author_id: int = Field(foreign_key="person.id", index=True)
    revision_id: int = Field(foreign_key="revision.id")
    criterion_id: int = Field(foreign_key="criterion.id")
    constituency: Constituency | None = Field(sa_type=choice(Constituency))
    """None for a private individual, who is in no tally."""
    score: int | None = None
    """From 1 to the top of the criterion's scale; None for `cannot say`, which is never a number."""
    grounds: list[str] = Field(default_factory=list, sa_type=JSON)
    """What the score rests on, as codes of the framework's grounds."""
    rated_at: datetime = Field(default_factory=clock.now)
    ready: bool = True
    """False while a lead or deputy has sent it back."""
    sent_at: datetime | None = None
    """When this score was sent; None while an organisation has not signed it off."""

    criterion: Criterion = Relationship()
    revision: Revision = Relationship()
    author: Person = Relationship()


class RatingEvent(Table, table=True):
    """Every rating ever given, in order; the last one of a voice before a round closes is the one that counts in it."""

    __table_args__ = (Index("ix_rating_event_revision", "revision_id", "at"),)

    id: int = Field(default=None, primary_key=True)
    voice: str = Field(index=True)
    author_id: int = Field(foreign_key="person.id")
    revision_id: int = Field(foreign_key="revision.id")
    criterion_id: int = Field(foreign_key="criterion.id")
    round_id: int = Field(foreign_key="round.id", index=True)
    constituency: Constituency | None = Field(sa_type=choice(Constituency))
    score: int | None = None
    grounds: list[str] = Field(default_factory=list, sa_type=JSON)
    sign_off_id: int | None = Field(default=None, foreign_key="sign_off.id", index=True)
    at: datetime = Field(default_factory=clock.now)
