"""What holds of every route: who may use it, what its address looks like, and that it refuses in words."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlmodel import Session, func, select

from backend import main
from backend.accounts import inviting
from backend.audit.models import AuditEvent
from backend.comments.models import State
from backend.core import clock, middleware, tokens
from backend.core.db import Database
from backend.notifications.models import Announcement, OutboxMessage, Scope
from backend.people.access import Guard, Permission, permissions_of
from backend.people.models import Person, StaffRole, Standing, WebSession
from backend.registrations import calling
from backend.registrations.calling import Asked
from backend.registrations.kinds import Purpose
from backend.releases import queries
from tests import factories
from tests.browsing import Visitor


def all_routes() -> list[APIRoute]:
    """Every route of every feature."""
    return [route for router in main.ROUTERS for route in router.routes if isinstance(route, APIRoute)]


ROUTES = all_routes()
READING = [route for route in ROUTES if "GET" in (route.methods or ())]
CHANGING = [route for route in ROUTES if not {"GET", "HEAD"} & (route.methods or set())]


def named(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


def guards(dependant: Dependant) -> Iterator[Guard]:
    """Every guard that the route depends on."""
    if isinstance(dependant.call, Guard):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from guards(inner)


def permission_of(route: APIRoute) -> Permission | None:
    """What the route asks for; None where it is for everybody."""
    (guard,) = guards(route.dependant)
    return guard.permission


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_it_says_who_may_use_it(route: APIRoute) -> None:
    assert len(list(guards(route.dependant))) == 1, f"{named(route)}: declare `viewer: Annotated[Viewer, allow(…)]`"


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_its_address_is_in_kebab_case(route: APIRoute) -> None:
    plain = re.sub(PARAMETER, "x", route.path)
    assert re.fullmatch(r"(/[a-z0-9.@-]*)+", plain), route.path
    if route.path.startswith("/staff/"):
        assert permission_of(route) not in (None, Permission.ACCOUNT, Permission.TAKE_PART, Permission.SIGN_OFF)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_it_only_reads_or_only_changes(route: APIRoute) -> None:
    assert (route.methods or set()) <= {"GET", "HEAD"} or not (route.methods or set()) & {"GET", "HEAD"}


PARAMETER = re.compile(r"{([a-z_]+)(?::[a-z_]+)?}")


@dataclass
class World:
    """One example of everything that an address can name, and one person of every kind."""

    people: dict[str, Person | None] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)

    def address(self, route: APIRoute) -> str:
        """The route's address with examples in place of parameters."""

        def example(match: re.Match[str]) -> str:
            name = match[1]
            assert name in self.values, (
                f"{named(route)}: add an example of {name!r} to make_world in tests/test_every_route.py"
            )
            return self.values[name]

        return re.sub(PARAMETER, example, route.path)

    def allowed(self, permission: Permission | None) -> Person | None:
        """Somebody who may."""
        return next(
            person
            for role, person in self.people.items()
            if permission is None or permission in permissions_of(ROLES[role])
        )


ROLES: dict[str, list[str]] = {
    "nobody": [],
    "member": ["anyone signed in", Standing.MEMBER],
    "deputy": ["anyone signed in", Standing.DEPUTY],
    "lead": ["anyone signed in", Standing.LEAD],
    "specialist": ["anyone signed in", "specialist"],
    "moderator": ["anyone signed in", StaffRole.MODERATOR],
    "releaser": ["anyone signed in", StaffRole.RELEASER],
    "safeguarding lead": ["anyone signed in", StaffRole.SAFEGUARDING_LEAD],
    "administrator": ["anyone signed in", StaffRole.ADMINISTRATOR],
}


def make_world(session: Session) -> World:
    """A framework with a round, a draft and a point, and the people around them."""
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework)
    draft = factories.make_draft(session, framework, number="0.2")
    organisation = factories.make_organisation(session)
    member = factories.make_member(session, organisation)
    deputy = factories.make_member(session, organisation, standing=Standing.DEPUTY)
    lead = factories.make_member(session, organisation, standing=Standing.LEAD)
    specialist = factories.make_specialist(session)
    release = queries.current_release(session, framework)
    line = queries.manifest(session, release)[0]
    submission = factories.make_submission(session, round_, organisation=organisation)
    comment = factories.make_comment(session, submission, member, entry=line.entry, state=State.PUBLISHED)
    people: dict[str, Person | None] = {
        "nobody": None,
        "member": member,
        "deputy": deputy,
        "lead": lead,
        "specialist": specialist,
        **{role: factories.make_staff(session, StaffRole(role)) for role in map(str, StaffRole)},
    }
    invitation = inviting.invite_lead(session, organisation, email="invited@example.org", by=specialist)
    mail = OutboxMessage(
        to=member.email, person_id=member.id, kind="receipt", subject="x", text="x", dedupe="x",
        parked_because="SMTPRecipientsRefused 550",
    )  # fmt: skip
    session.add(mail)
    announcement = Announcement(
        words="x", scope=Scope.STAFF, starts_at=clock.now(), ends_at=clock.now() + timedelta(days=1),
        written_by_id=specialist.id,
    )  # fmt: skip
    session.add(announcement)
    session.flush()
    mail.due_at = None
    factories.make_page(session)
    complaint = factories.make_complaint(session)
    workshop = factories.make_workshop(session, in_days=-1, capacity=1, entries=[line.entry])
    place = factories.make_place(session, workshop)
    call = calling.open_call(
        session, title="Places in the pilot", about="Thirty entries.", is_for=Purpose.PILOT, places=2,
        opens_at=clock.now(), closes_at=clock.now() + timedelta(days=14), how_chosen="For a fair mix.",
        allows_pairs=True, questions=[Asked("Why?", longest=50)], by=specialist,
    )  # fmt: skip
    application = factories.make_application(session, call)
    session.commit()
    values = {
        "mail_id": str(mail.id),
        "announcement_id": str(announcement.id),
        "workshop_slug": workshop.slug,
        "session_number": "1",
        "place_id": str(place.id),
        "organisation_slug": organisation.slug,
        "membership_id": str(member.memberships[0].id),
        "invitation_id": str(invitation.id),
        "person_id": str(specialist.id),
        "call_id": str(call.id),
        "application_id": str(application.id),
        "registration_id": str(application.registration_id),
        "slug": framework.slug,
        "code": line.entry.code,
        "criterion": framework.criteria[0].code,
        "number": release.number,
        "numbers": f"{release.number}...{release.number}",
        "item": comment.reference,
        "submission": submission.reference,
        "part": "1",
        "note_id": "1",
        "question": round_.questions[0].code,
        "reference": comment.reference,
        "token": tokens.secret(),
        "round_id": str(round_.id),
        "release_id": str(draft.id),
        "draft_id": str(draft.id),
        "comment_id": str(comment.id),
        "entry_id": str(line.entry_id),
        "revision_id": str(line.revision_id),
        "answer_id": "1",
        "kind": "framework",
        "thing_id": str(framework.id),
        "section": "description",
        "field": "title",
        "factor": "app",
        "complaint_id": str(complaint.id),
        "page": "privacy",
        "version": "1",
    }
    return World(people, values)


@pytest.fixture
def world(session: Session) -> World:
    """One example of everything."""
    return make_world(session)


def become(visitor: Visitor, session: Session, person: Person | None) -> None:
    """Be this person, or nobody."""
    visitor.client.cookies.clear()
    if person is not None:
        visitor.sign_in(session, person)


def must_be_headed(visitor: Visitor) -> None:
    """Every answer carries the security headers."""
    for name in middleware.SECURITY_HEADERS:
        assert name in visitor.response.headers, f"{visitor.path}: no {name}"
    assert "nonce-" in visitor.response.headers["content-security-policy"]
    assert "server" not in visitor.response.headers


def walk(
    session: Session, visitor: Visitor, routes: list[APIRoute], person: Person | None, visit: Callable[[APIRoute], str]
) -> None:
    """Visit every route as this person; `visit` says what is wrong, and all of it is told at the end."""
    problems: list[str] = []
    for route in routes:
        become(visitor, session, person)
        try:
            problem = visit(route)
        except AssertionError as error:
            problem = str(error).splitlines()[0]
        if problem:
            problems.append(f"{named(route)}: {problem}")
    assert not problems, "\n".join(problems)


ON_ONE_DATABASE = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
"""Who may use a route does not depend on the database."""


@ON_ONE_DATABASE
@pytest.mark.parametrize("role", ROLES)
def test_pages_open_to_those_who_may_and_to_nobody_else(
    role: str, visitor: Visitor, session: Session, world: World
) -> None:
    def visit(route: APIRoute) -> str:
        visitor.get(world.address(route))
        must_be_headed(visitor)
        permission, status = permission_of(route), visitor.status
        if status >= 500:
            return f"falls over with {status}"
        if permission is None:
            return f"should be open, says {status}" if status in (401, 403) else ""
        if role == "nobody":
            return "" if visitor.path.startswith("/sign-in?") else f"should ask to sign in, says {status}"
        if permission not in permissions_of(ROLES[role]):
            return "" if status == 403 else f"should be refused, says {status}"
        return "should be allowed, is refused" if status == 403 else ""

    walk(session, visitor, READING, world.people[role], visit)


@ON_ONE_DATABASE
@pytest.mark.parametrize("role", ROLES)
def test_acts_are_for_those_who_may(role: str, visitor: Visitor, session: Session, world: World) -> None:
    def visit(route: APIRoute) -> str:
        if permission_of(route) in (None, *permissions_of(ROLES[role])):
            return ""
        visitor.post(world.address(route))
        must_be_headed(visitor)
        return (
            "" if visitor.status == (401 if role == "nobody" else 403) else f"should be refused, says {visitor.status}"
        )

    walk(session, visitor, CHANGING, world.people[role], visit)


STRANGE_TO_A_DATABASE = ["999999999999999999999", "%00", "%F0%9F%98%80"]
STRANGE = ["no-such-thing", "0", "999999999999999999999", "%3Cscript%3E", "%00", "...", "%F0%9F%98%80"]


@pytest.mark.parametrize(
    ("migrated", "strange"),
    [*(("sqlite", each) for each in STRANGE), *(("postgresql", each) for each in STRANGE_TO_A_DATABASE)],
    indirect=["migrated"],
)
def test_pages_about_something_unknown_say_so(strange: str, visitor: Visitor, session: Session, world: World) -> None:
    def visit(route: APIRoute) -> str:
        become(visitor, session, world.allowed(permission_of(route)))
        visitor.get(re.sub(PARAMETER, strange, route.path))
        return "" if visitor.status in (404, 410, 422) else f"says {visitor.status} to {visitor.path}"

    walk(session, visitor, [route for route in READING if "{" in route.path], None, visit)


@pytest.mark.parametrize("strange", ["%00", "%3Cscript%3E", "x" * 5000, "-1", "%FF"])
def test_strange_filters_are_ignored_or_explained(
    strange: str, visitor: Visitor, session: Session, world: World
) -> None:
    def visit(route: APIRoute) -> str:
        become(visitor, session, world.allowed(permission_of(route)))
        names = {parameter.alias for parameter in route.dependant.query_params} | {"after", "no-such-filter"}
        visitor.get(f"{world.address(route)}?{'&'.join(f'{name}={strange}' for name in sorted(names))}")
        return f"falls over with {visitor.status}" if visitor.status >= 500 else ""

    walk(session, visitor, READING, None, visit)


FROM_ELSEWHERE: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.test"},
    {"Origin": "null"},
    {},
]


def test_forms_from_elsewhere_are_refused(visitor: Visitor, session: Session, world: World) -> None:
    def visit(route: APIRoute) -> str:
        for headers in FROM_ELSEWHERE:
            response = visitor.client.post(world.address(route), headers=headers)
            if response.status_code != 403 or "sent from another website" not in response.text:
                return f"should be refused with {headers}, says {response.status_code}"
        return ""

    walk(session, visitor, CHANGING, world.people["releaser"], visit)


def test_nothing_is_done_where_only_another_language_is_asked_for(
    visitor: Visitor, session: Session, world: World
) -> None:
    def visit(route: APIRoute) -> str:
        become(visitor, session, world.allowed(permission_of(route)))
        before = recorded(session)
        visitor.post(world.address(route), {"other_language": "cy"})
        if visitor.status >= 500:
            return f"falls over with {visitor.status}"
        if "html" in visitor.response.headers.get("content-type", "") and visitor.page.get("lang") != "cy":
            return f"answers in {visitor.page.get('lang')}"
        return "does something" if recorded(session) != before else ""

    walk(session, visitor, [route for route in CHANGING if route.path != "/language"], None, visit)


def recorded(session: Session) -> list[int]:
    """How much has happened, and how much is told of it."""
    session.commit()
    return [
        session.exec(select(func.count()).select_from(table)).one() for table in (AuditEvent, OutboxMessage, WebSession)
    ]


HOSTILE: list[dict[str, str]] = [
    {},
    {"no_such_field": "x"},
    dict.fromkeys(("body", "email", "kind", "because", "words", "title", "form_token", "next"), "<script>\x00"),
    dict.fromkeys(("body", "words", "because", "title", "text"), "x" * 20_001),
]


@pytest.mark.parametrize("form", HOSTILE, ids=["empty", "unknown field", "control characters", "too long"])
def test_forms_with_anything_in_them_are_answered_in_words(
    form: dict[str, str], visitor: Visitor, session: Session, world: World, database: Database
) -> None:
    assert database.connection

    def visit(route: APIRoute) -> str:
        become(visitor, session, world.allowed(permission_of(route)))
        before = database.connection.begin_nested()  # type: ignore[union-attr]
        visitor.post(world.address(route), form)
        before.rollback()  # some acts need no words, such as closing one's account: the next route finds it open
        session.expire_all()
        must_be_headed(visitor)
        return f"falls over with {visitor.status}" if visitor.status >= 500 else ""

    walk(session, visitor, CHANGING, None, visit)


def test_errors_carry_the_headers_too(visitor: Visitor, api: FastAPI) -> None:
    def fall_over() -> None:
        raise RuntimeError("a secret detail")

    with_a_fault: Callable[[], None] = fall_over
    api.add_api_route("/fall-over", with_a_fault)
    visitor.get("/fall-over")
    api.router.routes.pop()
    assert visitor.status == 500
    assert "secret" not in visitor.response.text
    assert re.search(r"this reference: [0-9a-f]{8}", visitor.text)
    must_be_headed(visitor)
    visitor.get("/no-such-page")
    must_be_headed(visitor)


def test_headers_can_be_asked_for_alone(visitor: Visitor) -> None:
    for address, status in (("/sign-in", 200), ("/healthz", 200), ("/no-such-page", 404)):
        response = visitor.client.head(address)
        assert response.status_code == status
        assert response.text == ""
        assert int(response.headers["content-length"]) > 0


def test_machines_are_told_whether_we_answer_and_are_ready(visitor: Visitor) -> None:
    assert visitor.get("/healthz").response.text == "ok"
    assert visitor.get("/readyz").response.text == "ready"
