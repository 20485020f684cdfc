"""Who may do what: one table, and the guard that every route declares."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import Session

from backend.core import clock, cookies, tokens
from backend.core.db import SessionDep
from backend.core.errors import NotAllowed, NotSignedIn, SomethingFirst
from backend.core.i18n import mark
from backend.people import queries
from backend.people.live_sessions import is_alive, is_demonstration, is_half_signed_in, note_visit
from backend.people.models import Organisation, Person, StaffRole, Standing, WebSession

SESSION_COOKIE = cookies.SESSION.name
SIGN_IN_COOKIE = cookies.SIGN_IN.name
"""Tells the browser that asked for a link from all others."""

CONFIRMED_FOR = timedelta(minutes=10)
"""How long somebody counts as having just shown that it is them."""


class SecondStepNeeded(SomethingFirst):
    """The mailbox was shown, and the second factor not yet."""

    status = 401
    title = mark("There is one more step before you are signed in")
    words = mark("Show that it is you by your second step. Then do again what you wanted to do.")
    page = "/sign-in/second-step"
    button = mark("Go to the second step")


class ConfirmationNeeded(SomethingFirst):
    """What was asked for matters so much that the person shows anew that it is them."""

    status = 403
    title = mark("Confirm that it is you")
    words = mark("This needs a fresh confirmation, which lasts ten minutes. Confirm, then do it again.")
    page = "/confirm-it-is-you"
    button = mark("Confirm that it is you")


class OrganisationSuspended(NotAllowed):
    """The person's organisation does not take part for now, so its people cannot either."""

    title = mark("Your organisation is not taking part at the moment")
    words = mark(
        "%(organisation)s has been suspended. The reason given: “%(reason)s”. "
        "What you sent stays as it is, and your drafts are kept."
    )
    way_on = ("/account", mark("Go to your account"))


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
    ANNOUNCE = "announce"
    INVITE = "invite"
    RUN_WORKSHOPS = "run workshops"
    SELECT = "select"
    SAFEGUARD = "safeguard"
    ADMINISTER = "administer"
    WRITE_PAGES = "write pages"
    ANSWER_COMPLAINTS = "answer complaints"

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
            "announce": mark("Announce something at the top of pages"),
            "invite": mark("Invite organisations and specialists, and suspend them"),
            "run workshops": mark("Arrange workshops, see who comes, and take notes at the tables"),
            "select": mark("Open calls and choose among those who apply"),
            "safeguard": mark("Read and return escalated comments"),
            "administer": mark("Appoint staff and take roles away"),
            "answer complaints": mark("Acknowledge complaints and close them with an outcome"),
            "write pages": mark("Write the pages that are owed, such as the privacy notice"),
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
    StaffRole.MODERATOR: frozenset({
        Permission.DESK, Permission.CHECK, Permission.DECIDE, Permission.INVITE, Permission.SELECT,
        Permission.RUN_WORKSHOPS,
    }),
    StaffRole.RELEASER: frozenset({
        Permission.DESK, Permission.DECIDE, Permission.EDIT_DRAFT, Permission.RUN_ROUNDS, Permission.PUBLISH,
        Permission.ANNOUNCE,
    }),
    StaffRole.SAFEGUARDING_LEAD: frozenset({Permission.DESK, Permission.SAFEGUARD}),
    StaffRole.ADMINISTRATOR: frozenset({
        Permission.DESK, Permission.INVITE, Permission.SELECT, Permission.RUN_WORKSHOPS, Permission.ADMINISTER,
        Permission.ANNOUNCE, Permission.WRITE_PAGES, Permission.ANSWER_COMPLAINTS,
    }),
}  # fmt: skip
"""The whole table. A person may do what any of their roles allows."""


@dataclass(frozen=True)
class Viewer:
    """The person at the other end of a request, or nobody in particular."""

    person: Person | None = None
    organisation: Organisation | None = None
    suspended: Organisation | None = None
    """The person's organisation, where it does not take part for now."""
    standing: Standing | None = None
    staff_roles: frozenset[StaffRole] = frozenset()
    web_session: WebSession | None = None
    """The browser's session; of somebody who has still to take the second step, all that is known here."""
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


def viewer_for(person: Person, web_session: WebSession | None = None) -> Viewer:
    """The viewer that a person is: their organisation, if it takes part, and their roles."""
    membership = queries.find_membership(person)
    staff_roles = frozenset(appointment.role for appointment in person.appointments)
    roles: list[str] = ["anyone signed in", *staff_roles]
    if membership:
        roles.append(membership.standing)
    if person.is_specialist:
        roles.append("specialist")
    return Viewer(
        person=person,
        organisation=membership.organisation if membership else None,
        suspended=queries.find_suspended(person),
        standing=membership.standing if membership else None,
        staff_roles=staff_roles,
        web_session=web_session,
        permissions=permissions_of(roles),
    )


@dataclass(frozen=True)
class Guard:
    """The dependency that lets a request through, or refuses it, and tells the route who is asking."""

    permission: Permission | None
    confirmed: bool = False

    def __call__(self, request: Request, session: SessionDep) -> Viewer:
        """The viewer. Raises NotSignedIn, SecondStepNeeded, NotAllowed or ConfirmationNeeded."""
        viewer = _who_is_asking(request, session)
        request.state.viewer = viewer
        if self.permission and not viewer.is_signed_in:
            raise SecondStepNeeded() if viewer.web_session else NotSignedIn()
        if self.permission and not viewer.may(self.permission):
            raise _why_not(viewer, self.permission)
        if self.confirmed:
            must_be_confirmed(viewer)
        return viewer


def _why_not(viewer: Viewer, permission: Permission) -> NotAllowed:
    """The refusal that says most: somebody whose organisation is suspended is told so, and why."""
    if viewer.suspended and permission in PERMISSIONS[Standing.LEAD]:
        return OrganisationSuspended(
            organisation=viewer.suspended.name, reason=viewer.suspended.suspended_because.rstrip(".")
        )
    return NotAllowed()


def allow(permission: Permission, *, confirmed: bool = False) -> Any:
    """A route for people with this permission: `viewer: Annotated[Viewer, allow(Permission.CHECK)]`.

    With `confirmed`, they must have shown within the last ten minutes that it is them.
    """
    return Depends(Guard(permission, confirmed))


def anyone() -> Any:
    """A route for everybody."""
    return Depends(Guard(None))


Anyone = Annotated[Viewer, anyone()]


def _who_is_asking(request: Request, session: Session) -> Viewer:
    token = request.cookies.get(SESSION_COOKIE)
    web_session = queries.find_session(session, tokens.digest(token)) if token else None
    if web_session is None or not is_alive(web_session):
        return NOBODY
    note_visit(request, session, web_session)
    return viewer_of(web_session)


def viewer_of(web_session: WebSession) -> Viewer:
    """The viewer in this session: before the second step, nobody as far as pages are concerned."""
    if is_half_signed_in(web_session):
        return Viewer(web_session=web_session)
    return viewer_for(web_session.person, web_session)


def must_be_confirmed(viewer: Viewer) -> None:
    """Let those pass who have just shown that it is them. Raises NotSignedIn or ConfirmationNeeded."""
    web_session = viewer.web_session
    if web_session is None:
        raise NotSignedIn()
    shown_at = web_session.confirmed_at
    if not is_demonstration(web_session) and (shown_at is None or clock.now() >= shown_at + CONFIRMED_FOR):
        raise ConfirmationNeeded()
