"""Who may do what: one table, and the guard that every route declares."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import Session

from backend.core import clock, tokens
from backend.core.db import SAFE_METHODS, SessionDep
from backend.core.errors import NotAllowed, NotSignedIn
from backend.core.i18n import mark
from backend.people import queries
from backend.people.models import Organisation, Person, StaffRole, Standing, WebSession

SESSION_COOKIE = "__Host-session"
SIGN_IN_COOKIE = "__Host-sign-in"
"""Tells the browser that asked for a link from all others."""

IDLE_FOR = timedelta(hours=12)
IDLE_FOR_STAFF = timedelta(minutes=30)
NOTED_EVERY = timedelta(minutes=1)
"""How often a visit is written down as the last one."""


class Permission(StrEnum):
    """Something that some people may do."""

    ACCOUNT = "account"
    TAKE_PART = "take part"
    WORKSPACE = "workspace"
    SIGN_OFF = "sign off"
    INVITE_COLLEAGUES = "invite colleagues"
    LEAD = "lead"
    DESK = "desk"
    CHECK = "check"
    DECIDE = "decide"
    EDIT_DRAFT = "edit the draft"
    RUN_ROUNDS = "run rounds"
    PUBLISH = "publish"
    INVITE = "invite"
    SAFEGUARD = "safeguard"
    ADMINISTER = "administer"

    @property
    def label(self) -> str:
        """What the permission lets a person do."""
        return {
            "account": mark("Use an account of their own"),
            "take part": mark("Comment, rate and suggest in an open round"),
            "workspace": mark("Work with colleagues on an organisation’s feedback"),
            "sign off": mark("Sign off an organisation’s feedback"),
            "invite colleagues": mark("Invite and remove colleagues"),
            "lead": mark("Name deputies, keep the profile right and hand the lead over"),
            "desk": mark("See what is left to do"),
            "check": mark("Check what comes in; publish or withhold it"),
            "decide": mark("Draft answers and decisions"),
            "edit the draft": mark("Edit the draft release and merge suggestions"),
            "run rounds": mark("Open, extend and close rounds"),
            "publish": mark("Make decisions final and publish a release"),
            "invite": mark("Invite organisations and specialists, and suspend them"),
            "safeguard": mark("Read and return escalated comments"),
            "administer": mark("Appoint staff and see the whole record of what happened"),
        }[self.value]


PERMISSIONS: dict[str, frozenset[Permission]] = {
    "anyone signed in": frozenset({Permission.ACCOUNT}),
    Standing.MEMBER: frozenset({Permission.TAKE_PART, Permission.WORKSPACE}),
    Standing.DEPUTY: frozenset({
        Permission.TAKE_PART, Permission.WORKSPACE, Permission.SIGN_OFF, Permission.INVITE_COLLEAGUES,
    }),
    Standing.LEAD: frozenset({
        Permission.TAKE_PART, Permission.WORKSPACE, Permission.SIGN_OFF, Permission.INVITE_COLLEAGUES, Permission.LEAD,
    }),
    "specialist": frozenset({Permission.TAKE_PART}),
    StaffRole.MODERATOR: frozenset({Permission.DESK, Permission.CHECK, Permission.DECIDE, Permission.INVITE}),
    StaffRole.RELEASER: frozenset({
        Permission.DESK, Permission.DECIDE, Permission.EDIT_DRAFT, Permission.RUN_ROUNDS, Permission.PUBLISH,
    }),
    StaffRole.SAFEGUARDING_LEAD: frozenset({Permission.DESK, Permission.SAFEGUARD}),
    StaffRole.ADMINISTRATOR: frozenset({Permission.DESK, Permission.INVITE, Permission.ADMINISTER}),
}  # fmt: skip
"""The whole table. A person may do what any of their roles allows."""


@dataclass(frozen=True)
class Viewer:
    """The person at the other end of a request, or nobody in particular."""

    person: Person | None = None
    organisation: Organisation | None = None
    standing: Standing | None = None
    staff_roles: frozenset[StaffRole] = frozenset()
    permissions: frozenset[Permission] = field(default_factory=frozenset)

    @property
    def is_signed_in(self) -> bool:
        """Whether the person is known."""
        return self.person is not None

    @property
    def is_staff(self) -> bool:
        """Whether the person works for the authority."""
        return bool(self.staff_roles)

    def may(self, permission: Permission | str) -> bool:
        """Whether one of the person's roles allows it."""
        return permission in self.permissions

    @property
    def known(self) -> Person:
        """The person, on routes that only known people reach. Raises NotSignedIn."""
        if self.person is None:
            raise NotSignedIn()
        return self.person


NOBODY = Viewer()


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Everything that the roles allow together."""
    return frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))


def viewer_for(person: Person) -> Viewer:
    """The viewer that a person is: their organisation, if it takes part, and their roles."""
    membership = queries.find_membership(person)
    staff_roles = frozenset(appointment.role for appointment in person.appointments)
    roles: list[str] = ["anyone signed in", *staff_roles]
    if membership:
        roles.append(membership.standing)
    if person.expertise:
        roles.append("specialist")
    return Viewer(
        person=person,
        organisation=membership.organisation if membership else None,
        standing=membership.standing if membership else None,
        staff_roles=staff_roles,
        permissions=permissions_of(roles),
    )


@dataclass(frozen=True)
class Guard:
    """The dependency that lets a request through, or refuses it, and tells the route who is asking."""

    permission: Permission | None

    def __call__(self, request: Request, session: SessionDep) -> Viewer:
        """The viewer. Raises NotSignedIn or NotAllowed."""
        viewer = _who_is_asking(request, session)
        request.state.viewer = viewer
        if self.permission and not viewer.is_signed_in:
            raise NotSignedIn()
        if self.permission and not viewer.may(self.permission):
            raise NotAllowed()
        return viewer


def allow(permission: Permission) -> Any:
    """A route for people with this permission: `viewer: Annotated[Viewer, allow(Permission.CHECK)]`."""
    return Depends(Guard(permission))


def anyone() -> Any:
    """A route for everybody."""
    return Depends(Guard(None))


Anyone = Annotated[Viewer, anyone()]


def _who_is_asking(request: Request, session: Session) -> Viewer:
    token = request.cookies.get(SESSION_COOKIE)
    web_session = queries.find_session(session, tokens.digest(token)) if token else None
    if web_session is None or not is_alive(web_session):
        return NOBODY
    _note_visit(request, session, web_session)
    return viewer_for(web_session.person)


def is_alive(web_session: WebSession) -> bool:
    """Whether the session still counts: not signed out, not too old, not idle for too long, and the account open."""
    person = web_session.person
    idle = IDLE_FOR_STAFF if person.appointments else IDLE_FOR
    now = clock.now()
    return (
        web_session.revoked_at is None
        and now < web_session.expires_at
        and now < web_session.last_seen_at + idle
        and person.closed_at is None
    )


def _note_visit(request: Request, session: Session, web_session: WebSession) -> None:
    """Remember the visit, at most once a minute; a request that only reads does so in a transaction of its own."""
    if clock.now() < web_session.last_seen_at + NOTED_EVERY:
        return
    if request.method in SAFE_METHODS:
        with request.app.state.database.transaction() as own:
            queries.note_visit(own, web_session.id, at=clock.now())
    else:
        queries.note_visit(session, web_session.id, at=clock.now())
