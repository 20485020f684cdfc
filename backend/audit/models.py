"""The record of what happened."""

from datetime import datetime

from sqlmodel import Field

from backend.core.db import Table


class AuditEvent(Table, table=True):
    """One thing that happened, chained to the one before by digests. Holds no personal data: people are numbers."""

    id: int = Field(default=None, primary_key=True)
    at: datetime
    action: str = Field(index=True)
    """What was done, as `comment published`."""
    actor_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    subject: str = Field(index=True)
    """What it was done to, as `comment BC4DF7GH`."""
    detail: str
    """Further facts, as canonical JSON."""
    previous: str
    digest: str
