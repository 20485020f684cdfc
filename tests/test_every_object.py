"""What is whose: every address that names something of an organisation, for its own people and for those of another.

Something of others is answered exactly as something that there is not, so that nobody learns that it is there.
"""

from dataclasses import dataclass
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from sqlmodel import Session

from backend.accounts import inviting
from backend.accounts.models import InvitedAs
from backend.comments import drafting
from backend.comments.models import Kind
from backend.core.db import Database
from backend.people.access import permissions_of
from backend.people.models import Person, StaffRole, Standing
from backend.releases import queries
from backend.releases.models import Round
from backend.sending import notes
from backend.submissions.models import PublishAs, SpeakingFor
from backend.submissions.queries import find_submission
from tests import factories
from tests.browsing import Visitor
from tests.taking_part import viewer_of
from tests.test_drafts_stay_inside import OF_ITSELF
from tests.test_every_route import (
    CHANGING,
    PARAMETER,
    ROLES,
    ROUTES,
    become,
    make_world,
    named,
    permission_of,
)

NOBODYS = {
    "item": "BCDF2222",
    "reference": "BCDF2222",
    "submission": "BCDF2222",
    "part": "1",
    "note_id": "999999",
    "membership_id": "999999",
    "invitation_id": "999999",
}
"""Names of nothing, for every kind of thing that belongs to an organisation."""

EVERYBODYS = {
    "slug", "code", "number", "numbers", "question", "page", "version", "workshop_slug", "session_number",
    "call_id", "criterion",
}  # fmt: skip
"""What the public reads."""

SECRETS = {"token", "factor"}
"""A secret from a mail belongs to whoever holds it; a factor is always one's own."""

PRIVATE = [
    route
    for route in ROUTES
    if not route.path.startswith("/staff/") and set(PARAMETER.findall(route.path)) & NOBODYS.keys()
]


@dataclass(frozen=True)
class Team:
    """An organisation's people, and the names of what is theirs."""

    people: dict[str, Person]
    values: dict[str, str]


def make_team(session: Session, round_: Round) -> Team:
    """An organisation in the middle of its work: a part signed off, a draft with a note, somebody invited."""
    organisation = factories.make_organisation(session)
    people = {str(standing): factories.make_member(session, organisation, standing=standing) for standing in Standing}
    colleague = factories.make_member(session, organisation)
    session.flush()
    writer, lead = viewer_of(session, people["member"]), people["lead"]
    entry = queries.manifest(session, round_.release)[0].entry

    def draft(words: str) -> str:
        comment = drafting.begin(
            session, writer, round_, kind=Kind.EVIDENCE, body=words, entry=entry,
            speaking_for=SpeakingFor.ORGANISATION, publish_as=PublishAs.SUMMARY_ONLY,
        )  # fmt: skip
        drafting.offer(session, comment, by=writer)
        return comment.reference

    draft("A first thing that we say.")
    submission = find_submission(session, round_, f"organisation:{organisation.id}")
    assert submission
    factories.sign_everything(session, submission, lead)
    reference = draft("A second thing that we may say.")
    note = notes.leave(session, submission, by=writer, words="Is this ready?")
    session.flush()
    invitation = inviting.invite_colleague(
        session, lead.memberships[0], email=f"colleague{organisation.id}@example.org", invited_as=InvitedAs.MEMBER,
        by=lead,
    )  # fmt: skip
    return Team(
        people,
        {
            "item": reference,
            "reference": reference,
            "submission": submission.reference,
            "part": "1",
            "note_id": str(note.id),
            "membership_id": str(colleague.memberships[0].id),
            "invitation_id": str(invitation.id),
        },
    )


@dataclass(frozen=True)
class Scene:
    """Two organisations in one round, and people who belong to neither."""

    ours: Team
    theirs: Team
    outsiders: dict[str, Person | None]


@pytest.fixture
def scene(session: Session) -> Scene:
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework)
    ours, theirs = make_team(session, round_), make_team(session, round_)
    outsiders: dict[str, Person | None] = {
        "nobody": None,
        "specialist": factories.make_specialist(session),
        "moderator": factories.make_staff(session, StaffRole.MODERATOR),
        "administrator": factories.make_staff(session, StaffRole.ADMINISTRATOR),
    }
    session.commit()
    return Scene(ours, theirs, outsiders)


def ask(visitor: Visitor, route: APIRoute, values: dict[str, str]) -> tuple[int, str]:
    """The answer to this address, without what tells only which object was named or when it was asked."""
    address = PARAMETER.sub(lambda match: values[match[1]], route.path)
    (visitor.get if "GET" in (route.methods or ()) else visitor.post)(address)
    text = OF_ITSELF.sub("", visitor.response.text)
    for named_so in (address, quote(address, safe="")):
        text = text.replace(named_so, "…")
    return visitor.status, text


@pytest.mark.parametrize("route", PRIVATE, ids=named)
def test_something_of_others_is_answered_as_something_that_is_not_there(
    route: APIRoute, visitor: Visitor, session: Session, scene: Scene
) -> None:
    for role, person in {**scene.ours.people, **scene.outsiders}.items():
        become(visitor, session, person)
        others, nobodys = ask(visitor, route, scene.theirs.values), ask(visitor, route, NOBODYS)
        assert others == nobodys, f"as {role}"
        may = permission_of(route) in (None, *permissions_of(ROLES[role]))
        assert others[0] == 404 if may and role in scene.ours.people else others[0] < 500, f"as {role}: {others[0]}"


@pytest.mark.parametrize(
    "route", [each for each in PRIVATE if not each.path.startswith(("/your-", "/table-notes/"))], ids=named
)
def test_something_of_ones_own_is_there_for_whoever_may(
    route: APIRoute, visitor: Visitor, session: Session, scene: Scene, database: Database
) -> None:
    """Invitations belong to whom they were sent, notes to the table of a workshop: both have tests of their own."""
    assert database.connection
    for role, person in scene.ours.people.items():
        become(visitor, session, person)
        before = database.connection.begin_nested()
        status, _ = ask(visitor, route, scene.ours.values)
        before.rollback()  # it may be gone now: the next finds it as it was
        session.expire_all()
        may = permission_of(route) in (None, *permissions_of(ROLES[role]))
        if "note_id" in route.path and role != "member":
            may = False  # a note is its author's
        if route.path.endswith("/send-back") and role == "member":
            may = False  # its lead and deputies do, as the refusal says
        if route.path.endswith(("/follow", "/stop-following")):
            may = False  # a point that is not public is followed by nobody, not even by its own people
        assert (status not in (403, 404)) if may else status in (403, 404), f"as {role}: {status}"


@pytest.mark.parametrize("route", [route for route in CHANGING if "{" in route.path], ids=named)
def test_nothing_can_be_done_to_something_that_is_not_there(
    route: APIRoute, visitor: Visitor, session: Session
) -> None:
    world = make_world(session)
    become(visitor, session, world.allowed(permission_of(route)))
    for name in ("BCDF2222", "999999"):
        visitor.post(PARAMETER.sub(name, route.path))
        assert visitor.status in (403, 404, 422), name


def test_it_is_known_of_every_name_in_an_address_whose_it_is() -> None:
    outside = [route.path for route in ROUTES if not route.path.startswith("/staff/")]
    found = {name for path in outside for name in PARAMETER.findall(path)}
    assert found == NOBODYS.keys() | EVERYBODYS | SECRETS
