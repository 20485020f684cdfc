"""Workshops: what they are, and the sessions they are made of."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock, text
from backend.core.db import Table
from backend.workshops import durations


class Workshop(Table, table=True):
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
    place: str = ""
    is_online: bool = False
    hosts: list[str] = Field(default_factory=list, sa_type=JSON)
    """Each as it is shown, such as `5Rights Foundation (partner)`."""
    audience: str = ""
    organisations_attended: int | None = None
    created_at: datetime = Field(default_factory=clock.now)
    changed_at: datetime = Field(default_factory=clock.now)

    sessions: list["WorkshopSession"] = Relationship(
        back_populates="workshop", sa_relationship_kwargs={"order_by": "WorkshopSession.number"}
    )

    @property
    def is_over(self) -> bool:
        """Whether it lies in the past."""
        return self.ends_at <= clock.now()


class WorkshopSession(Table, table=True):
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

    workshop: Workshop = Relationship(back_populates="sessions")

    @property
    def lasts(self) -> str:
        """How long it takes, in words."""
        return durations.in_words(self.duration)

    @property
    def transcript_parts(self) -> list[str]:
        """The transcript in parts that are short enough to be rendered, cut between paragraphs."""
        parts = [""]
        for paragraph in self.transcript.split("\n\n"):
            if parts[-1] and len(parts[-1]) + len(paragraph) > text.LONGEST - 2:
                parts.append("")
            parts[-1] += f"{paragraph}\n\n"
        return [part for part in parts if part.strip()]
