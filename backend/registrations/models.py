"""People who want to take part: what they asked for, and the consent that they gave."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, text
from sqlmodel import Field

from backend.core import clock, tokens
from backend.core.db import Table, choice
from backend.core.i18n import mark


class Purpose(StrEnum):
    """What somebody lets us write to them about; each is chosen, and withdrawn, by itself."""

    PILOT = "pilot"
    WORKSHOP = "workshop"
    UPDATES = "updates"

    @property
    def label(self) -> str:
        """The purpose on screen."""
        return {
            "pilot": mark("Taking part in the pilot"),
            "workshop": mark("Coming to a workshop"),
            "updates": mark("Updates on the frameworks"),
        }[self.value]


class ConsentAct(StrEnum):
    """What somebody did with their consent."""

    GIVEN = "given"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Method(StrEnum):
    """How they did it."""

    FORM = "form"
    CONFIRMATION_LINK = "link in the confirmation mail"
    WITHDRAWAL_LINK = "withdrawal link"


class Registration(Table, table=True):
    """Somebody's interest: it waits until their mailbox has confirmed it, and is kept as long as they wish.

    An address has at most one that waits and one that is confirmed; both bear the same reference.
    """

    __table_args__ = (
        Index(
            "one_waiting", "email", unique=True,
            sqlite_where=text("confirmed_at IS NULL"), postgresql_where=text("confirmed_at IS NULL"),
        ),
        Index(
            "one_confirmed", "email", unique=True,
            sqlite_where=text("confirmed_at IS NOT NULL"), postgresql_where=text("confirmed_at IS NOT NULL"),
        ),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    reference: str = Field(default_factory=tokens.reference, index=True)
    """What its record of consents calls it, also when it has been erased."""
    email: str
    name: str
    organisation_name: str = ""
    type_code: str
    """A term of the scheme organisation-types."""
    role: str = ""
    topics: list[str] = Field(default_factory=list, sa_type=JSON)
    """Terms of the scheme harm-categories that interest them."""
    pilot: bool = False
    workshop: bool = False
    updates: bool = False
    language: str
    token_digest: str = Field(unique=True)
    """Of the link in the confirmation mail, which works once."""
    created_at: datetime = Field(default_factory=clock.now)
    expires_at: datetime = Field(index=True)
    """When it is forgotten unless it is confirmed."""
    confirmed_at: datetime | None = None
    last_contact_at: datetime = Field(default_factory=clock.now, index=True)
    """When they last did something, or we wrote to them."""

    @property
    def purposes(self) -> list[Purpose]:
        """What they let us write to them about, or would if they confirm."""
        return [purpose for purpose in Purpose if getattr(self, purpose.value)]


class ConsentRecord(Table, table=True):
    """One act of consent. It names nobody: only the registration, while it is there, says whose it is."""

    id: int = Field(default=None, primary_key=True)
    reference: str = Field(index=True)
    purpose: Purpose = Field(sa_type=choice(Purpose))
    act: ConsentAct = Field(sa_type=choice(ConsentAct))
    wording: str
    """The version of the words that were shown."""
    language: str
    method: Method = Field(sa_type=choice(Method))
    at: datetime = Field(default_factory=clock.now)
