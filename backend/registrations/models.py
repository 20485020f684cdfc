"""People who want to take part: what they asked for, and the consent that they gave."""

from datetime import datetime

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock, tokens
from backend.core.bilingual import Bilingual
from backend.core.db import Table, choice
from backend.registrations.kinds import CallState, ConsentAct, Method, OfferState, Purpose, Selected


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
    """When they last did something, or we offered them a place."""
    reminded_at: datetime | None = None
    """When we last asked whether they still want to be registered."""
    invited_at: datetime | None = None
    """When they were invited to the pilot."""

    @property
    def purposes(self) -> list[Purpose]:
        """What they let us write to them about, or would if they confirm."""
        return [purpose for purpose in Purpose if getattr(self, purpose.value)]


class Mailbox(Table, table=True):
    """When we last wrote to a mailbox to have something confirmed, so that no stranger can have it written to again.

    It holds no address, only a digest that nobody else can work out.
    """

    mailbox: str = Field(primary_key=True)
    reference: str = Field(index=True)
    """What the mail called the registration: the withdrawal link in it says that its owner asks."""
    token_digest: str = Field(index=True)
    """Of the link in that mail."""
    quiet_until: datetime | None = Field(default=None, index=True)
    """Until when it gets no such mail; None while its owner has answered and not withdrawn."""


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


class Call(Bilingual, Table, table=True):
    """A call for expressions of interest: so many places in the pilot or a workshop, open between two moments."""

    id: int = Field(default=None, primary_key=True)
    title: str
    about: str
    is_for: Purpose = Field(sa_type=choice(Purpose))
    places: int
    """How many people there is room for."""
    opens_at: datetime = Field(index=True)
    closes_at: datetime = Field(index=True)
    how_chosen: str
    """How people are chosen among those who apply, as everybody may read it."""
    allows_pairs: bool = False
    targets: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """For each `kind:value`, such as `nation:wales`, how many people staff would like to see."""
    released: int = 0
    """The most places that staff have had out at one time: those that come back go to the reserve by themselves."""
    passes_until: datetime | None = None
    """Until when they do; from then on staff are asked."""
    reply_days: int = 7
    """How many days people have had to answer the newest offers."""
    created_by_id: int = Field(foreign_key="person.id")
    created_at: datetime = Field(default_factory=clock.now)

    questions: list["CallQuestion"] = Relationship(sa_relationship_kwargs={"order_by": "CallQuestion.position"})

    @property
    def state(self) -> CallState:
        """Whether it can be answered now, to the second."""
        if clock.now() < self.opens_at:
            return CallState.PLANNED
        return CallState.OPEN if clock.now() < self.closes_at else CallState.CLOSED


class CallQuestion(Bilingual, Table, table=True):
    """A short question of a call, answered in words or by one of some options."""

    __table_args__ = (UniqueConstraint("call_id", "position"),)

    id: int = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    position: int
    prompt: str
    options: list[str] = Field(default_factory=list, sa_type=JSON)
    """What there is to choose from; none where the answer is in words. An answer is kept in these words."""
    longest: int | None = None
    """The most words that an answer may have."""


class Application(Table, table=True):
    """A registered person's answer to a call; it counts when their mailbox has confirmed the registration."""

    __table_args__ = (UniqueConstraint("call_id", "registration_id"),)

    id: int = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    registration_id: int = Field(foreign_key="registration.id", index=True)
    answers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """By the number of the question."""
    size_band: str = ""
    nation: str = ""
    discipline: str = ""
    partner_name: str = ""
    """The colleague whom they would like to come with, who is asked by themselves."""
    partner_email: str = ""
    second_to_id: int | None = Field(default=None, foreign_key="application.id", unique=True)
    """The application of the colleague who named this person as the second of a pair."""
    is_own: bool = True
    """Whether the person has answered the call themselves; else a colleague has named them, and that is all."""
    created_at: datetime = Field(default_factory=clock.now)
    changed_at: datetime | None = None
    """When what it says, or who comes along, last changed: what was decided before may rest on something else."""

    call: Call = Relationship()
    registration: Registration = Relationship()


class Selection(Table, table=True):
    """What was decided about an applicant, and why; the newest counts, and the older ones stay to be read."""

    id: int = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="application.id", index=True)
    selected: Selected = Field(sa_type=choice(Selected))
    place: int | None = None
    """The place on the reserve list."""
    because: str
    by_id: int | None = Field(default=None, foreign_key="person.id")
    """Who decided it; nobody, where it followed from an answer or from none."""
    at: datetime = Field(default_factory=clock.now)
    told_at: datetime | None = None
    """When the applicant was told; a place is told by its offer."""


class Offer(Table, table=True):
    """A place that is offered to an applicant, and to the colleague who comes with them, until a moment."""

    __table_args__ = (
        Index(
            "one_offer", "application_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="application.id", index=True)
    people: int = 1
    token_digest: str = Field(unique=True)
    made_at: datetime = Field(default_factory=clock.now)
    reply_by: datetime = Field(index=True)
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    """When it was turned down or lapsed."""
    has_lapsed: bool = False

    application: Application = Relationship()

    @property
    def state(self) -> OfferState:
        """What has become of it."""
        if self.ended_at is not None:
            return OfferState.LAPSED if self.has_lapsed else OfferState.DECLINED
        if self.accepted_at is not None:
            return OfferState.ACCEPTED
        return OfferState.LAPSED if self.reply_by <= clock.now() else OfferState.OPEN


class InterestTold(Table, table=True):
    """Whoever is interested has been told of this: whoever writes this did it."""

    what: str = Field(primary_key=True)
    """Such as `call 3` or `release 5`."""
    at: datetime = Field(default_factory=clock.now)
