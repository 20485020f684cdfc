"""Reading who has been invited, who takes part, and what the pilot's mix is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, case, exists, func, or_
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Session, col, select

from backend.accounts.models import Invitation, InvitedAs
from backend.core.i18n import mark
from backend.people.models import Appointment, Constituency, Membership, Organisation, Person

PAGE = 50


class Stage(StrEnum):
    """How far an organisation has come."""

    INVITED = "invited"
    TAKING_PART = "taking-part"
    SUSPENDED = "suspended"
    LEFT = "left"

    @property
    def label(self) -> str:
        """The stage on screen."""
        return {
            "invited": mark("Invited"),
            "taking-part": mark("Taking part"),
            "suspended": mark("Suspended"),
            "left": mark("Everybody has left"),
        }[self.value]


@dataclass(frozen=True)
class Filters:
    """Which organisations to list; empty means all."""

    constituency: str = ""
    stage: str = ""
    type: str = ""
    size: str = ""
    nation: str = ""
    children: str = ""


@dataclass(frozen=True)
class Listed:
    """An organisation in a list, with how far it has come and how many belong to it."""

    organisation: Organisation
    stage: Stage
    people: int


def _people() -> Any:
    """How many belong to an organisation, beside its row."""
    return (
        select(func.count())
        .select_from(Membership)
        .where(Membership.organisation_id == Organisation.id, col(Membership.left_at).is_(None))
        .scalar_subquery()
    )


def _stage() -> Any:
    """How far an organisation has come, worked out by the database."""
    belonged = exists().where(col(Membership.organisation_id) == col(Organisation.id))
    return case(
        (col(Organisation.suspended_at).is_not(None), Stage.SUSPENDED.value),
        (belonged.where(col(Membership.left_at).is_(None)), Stage.TAKING_PART.value),
        (belonged, Stage.LEFT.value),
        else_=Stage.INVITED.value,
    )


def stage_of(session: Session, organisation: Organisation) -> Stage:
    """How far the organisation has come."""
    return Stage(session.exec(select(_stage()).where(Organisation.id == organisation.id)).one())


def _wanted(filters: Filters) -> list[Any]:
    columns: dict[str, Any] = {
        "constituency": col(Organisation.constituency),
        "stage": _stage(),
        "type": col(Organisation.type_code),
        "size": col(Organisation.size_band),
        "nation": col(Organisation.nation),
        "children": col(Organisation.likely_used_by_children),
    }
    return [column == getattr(filters, name) for name, column in columns.items() if getattr(filters, name)]


def listed(session: Session, filters: Filters, *, after: int = 0) -> tuple[list[Listed], int | None]:
    """A page of organisations by constituency and address, from the one after `after`, and where the next begins."""
    place = case({each.value: number for number, each in enumerate(Constituency)}, value=col(Organisation.constituency))
    statement = select(Organisation, _stage(), _people()).where(*_wanted(filters))
    if after and (last := session.get(Organisation, after)):
        here = list(Constituency).index(last.constituency)
        statement = statement.where(or_(place > here, and_(place == here, col(Organisation.slug) > last.slug)))
    rows = session.exec(statement.order_by(place, col(Organisation.slug)).limit(PAGE + 1)).all()
    found = [Listed(organisation, Stage(stage), people) for organisation, stage, people in rows[:PAGE]]
    return found, found[-1].organisation.id if len(rows) > PAGE else None


def number_of(session: Session, filters: Filters) -> int:
    """How many organisations fit the filters."""
    return session.exec(select(func.count()).select_from(Organisation).where(*_wanted(filters))).one()


@dataclass(frozen=True)
class Mix:
    """How many organisations of each sort there are, and how many specialists."""

    types: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By constituency, type and stage; specialists have the stage `specialist`."""
    sizes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By size band and constituency, of those that are invited or take part; and so the others."""
    nations: Counter[tuple[str, str]] = field(default_factory=Counter)
    children: Counter[tuple[str, str]] = field(default_factory=Counter)


def mix(session: Session) -> Mix:
    """The pilot's mix, in two reads."""
    found = Mix()
    sort = (
        col(Organisation.constituency), col(Organisation.type_code), col(Organisation.size_band),
        col(Organisation.nation), col(Organisation.likely_used_by_children),
    )  # fmt: skip
    stage = _stage().label("stage")
    rows = session.execute(select(*sort, stage, func.count()).group_by(*sort, stage))  # type: ignore[call-overload]
    for constituency, type_code, size, nation, children, so_far, number in rows:
        found.types[constituency, type_code, so_far] += number
        if so_far in (Stage.INVITED, Stage.TAKING_PART):
            found.sizes[size, constituency] += number
            found.nations[nation, constituency] += number
            found.children[children, constituency] += number
    kinds = (col(Person.constituency), col(Person.type_code))
    people = session.execute(select(*kinds, func.count()).where(*_specialists()).group_by(*kinds))
    for constituency, type_code, number in people:
        found.types[constituency or "", type_code or "", "specialist"] += number
    return found


def _specialists() -> tuple[Any, ...]:
    return (
        col(Person.expertise).is_not(None), col(Person.specialist_until).is_(None), col(Person.closed_at).is_(None),
    )  # fmt: skip


def specialists(session: Session) -> list[Person]:
    """Everybody who takes part as a specialist, by name, with their organisation if they have one."""
    return list(
        session.exec(
            select(Person)
            .where(*_specialists())
            .order_by(func.lower(Person.name), col(Person.id))
            .options(selectinload(Person.memberships).joinedload(Membership.organisation))  # type: ignore[arg-type]
        )
    )


def staff(session: Session) -> list[Person]:
    """Everybody with a staff role, by name, with their roles."""
    return list(
        session.exec(
            select(Person)
            .where(exists().where(col(Appointment.person_id) == col(Person.id)), col(Person.closed_at).is_(None))
            .order_by(func.lower(Person.name), col(Person.id))
            .options(selectinload(Person.appointments))  # type: ignore[arg-type]
        )
    )


def pending(session: Session, organisation: Organisation | None) -> Sequence[Invitation]:
    """Invitations to the organisation, or of specialists, that nobody has accepted or taken back; the newest first."""
    place = (
        [Invitation.organisation_id == organisation.id]
        if organisation
        else [Invitation.invited_as == InvitedAs.SPECIALIST]
    )
    return session.exec(
        select(Invitation)
        .where(*place, col(Invitation.accepted_at).is_(None), col(Invitation.revoked_at).is_(None))
        .order_by(col(Invitation.id).desc())
        .options(joinedload(Invitation.invited_by))  # type: ignore[arg-type]
    ).all()
