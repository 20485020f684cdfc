"""Links that sign people in."""

from datetime import datetime

from sqlmodel import Field

from backend.core import clock
from backend.core.db import Table


class SignInLink(Table, table=True):
    """A link and a code that sign one person in, once. Only digests are kept."""

    id: int = Field(default=None, primary_key=True)
    email: str = Field(index=True)
    token_digest: str = Field(unique=True)
    code_digest: str
    browser_digest: str | None = Field(default=None, index=True)
    """The browser that asked; None for a link from the command line, which any browser may use."""
    next_address: str = "/"
    """Where the person was going when they had to sign in."""
    created_at: datetime = Field(default_factory=clock.now)
    expires_at: datetime
    used_at: datetime | None = None
    wrong_codes: int = 0
