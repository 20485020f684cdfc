"""Links that sign people in, invitations, second factors, and changes of address."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock
from backend.core.db import Table, choice
from backend.core.i18n import mark
from backend.people.models import Constituency, Organisation, Person


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


class InvitedAs(StrEnum):
    """What somebody is invited to be."""

    LEAD = "lead"
    DEPUTY = "deputy"
    MEMBER = "member"
    SPECIALIST = "specialist"

    @property
    def label(self) -> str:
        """The part on screen."""
        return {
            "lead": mark("Lead"),
            "deputy": mark("Deputy"),
            "member": mark("Member"),
            "specialist": mark("Independent specialist"),
        }[self.value]


class Invitation(Table, table=True):
    """One person, by their address, is invited to an organisation or as a specialist. Only a digest is kept."""

    id: int = Field(default=None, primary_key=True)
    token_digest: str = Field(unique=True)
    email: str = Field(index=True)
    invited_as: InvitedAs = Field(sa_type=choice(InvitedAs))
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    expertise: str | None = None
    """A specialist's field, as staff have verified it."""
    type_code: str | None = None
    constituency: Constituency | None = Field(default=None, sa_type=choice(Constituency))
    invited_by_id: int = Field(foreign_key="person.id")
    created_at: datetime = Field(default_factory=clock.now)
    expires_at: datetime
    accepted_at: datetime | None = None
    accepted_by_id: int | None = Field(default=None, foreign_key="person.id")
    revoked_at: datetime | None = None
    replaced_by_id: int | None = Field(default=None, foreign_key="invitation.id")
    """The invitation that was sent again in its place, by another link."""

    organisation: Organisation = Relationship()
    invited_by: Person = Relationship(sa_relationship_kwargs={"foreign_keys": "Invitation.invited_by_id"})


class TermsAcceptance(Table, table=True):
    """A person accepted this version of the terms of participation, in an organisation or for themselves."""

    __table_args__ = (
        UniqueConstraint("person_id", "organisation_id", "version"),
        Index(
            "once_for_themselves", "person_id", "version", unique=True,
            sqlite_where=text("organisation_id IS NULL"), postgresql_where=text("organisation_id IS NULL"),
        ),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    version: str
    at: datetime = Field(default_factory=clock.now)


class AuthenticatorApp(Table, table=True):
    """An app that shows a code which changes every half minute, kept once it has shown a first one."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    sealed_secret: str
    last_step: int = 0
    """The half minute of the last code used, so that no code is used twice."""
    created_at: datetime = Field(default_factory=clock.now)


class Passkey(Table, table=True):
    """A key kept by a person's device."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    credential_id: str = Field(unique=True)
    public_key: str
    sign_count: int = 0
    name: str
    created_at: datetime = Field(default_factory=clock.now)
    last_used_at: datetime | None = None


class RecoveryCode(Table, table=True):
    """A code for the day when app and passkey are lost; works once. Only a digest is kept."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    digest: str = Field(unique=True)
    used_at: datetime | None = None


class StaffIdentity(Table, table=True):
    """A member of staff as the authority's own provider knows them: by issuer and subject, never by address."""

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    created_at: datetime = Field(default_factory=clock.now)


class LimitCount(Table, table=True):
    """How often somebody has done something since their first time in a while; forgotten when the while is over."""

    key: str = Field(primary_key=True)
    """The limit and who: a person, or a client by a code that is not their address."""
    used: int
    until: datetime = Field(index=True)


class EmailChange(Table, table=True):
    """A change of address, made once both mailboxes have confirmed it. Only digests of the links are kept."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    new_email: str
    old_digest: str = Field(unique=True)
    new_digest: str = Field(unique=True)
    old_confirmed_at: datetime | None = None
    new_confirmed_at: datetime | None = None
    created_at: datetime = Field(default_factory=clock.now)
    expires_at: datetime
    done_at: datetime | None = None
    stopped_at: datetime | None = None
    """When the old mailbox refused it, or another change was asked for in its place."""
