"""People, the organisations they belong to, and their signed-in sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock
from backend.core.db import Table, choice
from backend.core.i18n import mark


class Constituency(StrEnum):
    """The four groups of participants whose views are told apart."""

    ONLINE_SERVICES = "online-services"
    CIVIL_SOCIETY = "civil-society"
    SPECIALISTS = "childrens-rights-specialists"
    PUBLIC_AND_PROFESSIONAL = "public-and-professional"

    @property
    def label(self) -> str:
        """The name shown on screen."""
        return {
            "online-services": mark("Online services"),
            "civil-society": mark("Civil society"),
            "childrens-rights-specialists": mark("Children’s rights specialists"),
            "public-and-professional": mark("Public, professional and trade bodies"),
        }[self.value]


class StaffRole(StrEnum):
    """What a member of staff has been appointed to do."""

    MODERATOR = "moderator"
    RELEASER = "releaser"
    SAFEGUARDING_LEAD = "safeguarding lead"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The role on screen."""
        return {
            "moderator": mark("Moderator"),
            "releaser": mark("Releaser"),
            "safeguarding lead": mark("Safeguarding lead"),
            "administrator": mark("Administrator"),
        }[self.value]


class Standing(StrEnum):
    """A person's part in an organisation."""

    MEMBER = "member"
    DEPUTY = "deputy"
    LEAD = "lead"

    @property
    def label(self) -> str:
        """The standing on screen."""
        return {"member": mark("Member"), "deputy": mark("Deputy"), "lead": mark("Lead")}[self.value]


class Digest(StrEnum):
    """How often a person wants to be told what became of what they said."""

    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"
    NONE = "none"

    @property
    def label(self) -> str:
        """The choice as offered on screen."""
        return {
            "now": mark("As soon as it happens"),
            "daily": mark("Once a day"),
            "weekly": mark("Once a week"),
            "none": mark("Not by email"),
        }[self.value]


class SecondFactor(StrEnum):
    """What showed, beside the mailbox, that it is the person."""

    PROVIDER = "provider"
    PASSKEY = "passkey"
    APP = "app"
    RECOVERY_CODE = "recovery code"
    DEMONSTRATION = "demonstration"

    @property
    def label(self) -> str:
        """The factor on screen."""
        return {
            "provider": mark("Your work account"),
            "passkey": mark("Passkey"),
            "app": mark("Authenticator app"),
            "recovery code": mark("Recovery code"),
            "demonstration": mark("None: this is a demonstration account"),
        }[self.value]


def _folded(context: Any) -> str:
    return str(context.get_current_parameters()["name"]).casefold()


class Organisation(Table, table=True):
    """A body invited to the pilot."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    name_key: str = Field(default=None, unique=True, sa_column_kwargs={"default": _folded})
    """The name without regard to case, by which no two are the same; whoever changes the name changes it too."""
    type_code: str = Field(index=True)
    """A term of the scheme organisation-types."""
    constituency: Constituency = Field(sa_type=choice(Constituency), index=True)
    size_band: str = ""
    nation: str = ""
    likely_used_by_children: str = ""
    about: str = ""
    """What it does, in its own words."""
    profile_confirmed_at: datetime | None = None
    """When its lead last said that the profile is right."""
    suspended_at: datetime | None = None
    suspended_because: str = ""
    created_at: datetime = Field(default_factory=clock.now)

    memberships: list["Membership"] = Relationship(back_populates="organisation")


class Person(Table, table=True):
    """Someone with an account. The e-mail address is kept in lower case."""

    id: int = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    name: str
    expertise: str | None = None
    """A specialist's field, as verified by staff; None for everyone else."""
    specialist_until: datetime | None = None
    """When staff ended a specialist's part; field and kind stay, because what was sent is credited by them."""
    type_code: str | None = None
    """A specialist's kind, a term of the scheme organisation-types."""
    constituency: Constituency | None = Field(default=None, sa_type=choice(Constituency))
    digest: Digest = Field(default=Digest.NOW, sa_type=choice(Digest))
    language: str = "en"
    """In which we write to them: the one that they last chose."""
    reminders: bool = True
    """Whether the person wants to be reminded of what is unfinished before a round closes."""
    closed_at: datetime | None = None
    created_at: datetime = Field(default_factory=clock.now)

    memberships: list["Membership"] = Relationship(back_populates="person")
    appointments: list["Appointment"] = Relationship(back_populates="person")

    @property
    def is_specialist(self) -> bool:
        """Whether the person takes part as a specialist now."""
        return bool(self.expertise) and self.specialist_until is None


class Appointment(Table, table=True):
    """A staff role that a person holds."""

    __table_args__ = (UniqueConstraint("person_id", "role"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    role: StaffRole = Field(sa_type=choice(StaffRole))

    person: Person = Relationship(back_populates="appointments")


class Membership(Table, table=True):
    """A person's place in an organisation, kept after they have left."""

    __table_args__ = (
        UniqueConstraint("person_id", "organisation_id"),
        Index(
            "one_place", "person_id", unique=True,
            sqlite_where=text("left_at IS NULL"), postgresql_where=text("left_at IS NULL"),
        ),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    standing: Standing = Field(default=Standing.MEMBER, sa_type=choice(Standing))
    joined_at: datetime = Field(default_factory=clock.now)
    left_at: datetime | None = None

    organisation: Organisation = Relationship(back_populates="memberships")
    person: Person = Relationship(back_populates="memberships")


class WebSession(Table, table=True):
    """A signed-in browser. The cookie holds the token, the database only its digest."""

    id: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    created_at: datetime = Field(default_factory=clock.now)
    last_seen_at: datetime = Field(default_factory=clock.now)
    expires_at: datetime
    revoked_at: datetime | None = None
    device: str = ""
    """The browser and the system, as the browser names them."""
    second_factor: SecondFactor | None = Field(default=None, sa_type=choice(SecondFactor))
    confirmed_at: datetime | None = None
    """When the person last showed that it is them, by the strongest way that they have."""
    awaits_second_step: bool = False
    """The mailbox alone was shown, and the person has a second factor: nothing is open to them yet."""
    wrong_codes: int = 0
    """How many codes have been tried here in vain."""
    challenge: str | None = None
    """What a passkey has to sign next, once."""
    challenge_until: datetime | None = None

    person: Person = Relationship()
