"""What an organisation has not sent is known to nobody else: not by a page, a count, a search, a file or an error."""

import re
from collections.abc import Callable

import pytest
import time_machine
from sqlmodel import Session, select

from backend.comments import drafting
from backend.comments.models import Comment, Kind, State
from backend.core import clock
from backend.core.counters import Counter
from backend.people.models import Person, StaffRole, Standing
from backend.ratings import rating
from backend.releases import queries
from backend.sending.models import Note
from backend.submissions import speaking
from backend.submissions.models import PublishAs, SpeakingFor
from tests import factories
from tests.browsing import Visitor
from tests.taking_part import viewer_of
from tests.test_every_route import READING, World, become, make_world

SECRET = "Quokkas"
OF_ITSELF = re.compile(
    r'nonce="[^"]*"|nonce-[\w-]+|name="form_token" value="[^"]*"|<time[^>]*>[^<]*</time>|data-hx-nonce="[^"]*"'
)
"""What differs between two views of the same page."""

ELSEWHERE = [
    "/frameworks/harms?q=quokkas",
    "/frameworks/harms/entries/CCHF-01/points",
    "/frameworks/harms/points",
    "/releases.atom",
    "/answers.atom",
    "/my-feedback?state=draft",
    "/staff/decide?q=quokkas",
]


def draft_much(session: Session, world: World) -> list[Comment]:
    """Another organisation, the fifth of its kind in the round, drafts points, ratings and a note."""
    person = session.exec(select(Person).where(Person.name == "Quinn Quokka")).one()
    framework = queries.consulted_framework(session)
    round_ = queries.find_round(session, framework)
    assert round_
    viewer = viewer_of(session, person)
    line = queries.manifest(session, round_.release)[0]
    point = drafting.begin(
        session, viewer, round_, kind=Kind.EVIDENCE, body=f"{SECRET} say so.", entry=line.entry,
        speaking_for=SpeakingFor.ORGANISATION, publish_as=PublishAs.BY_TYPE,
    )  # fmt: skip
    drafting.offer(session, point, by=viewer)
    general = drafting.begin(
        session, viewer, round_, kind=Kind.QUESTION, body=f"{SECRET}?",
        speaking_for=SpeakingFor.MEMBERS, publish_as=PublishAs.NAMED, on_behalf_of="Quokkas United",
    )  # fmt: skip
    submission = speaking.speak(
        session, round_, viewer, speaking_for=SpeakingFor.ORGANISATION, publish_as=PublishAs.BY_TYPE
    )
    rating.rate(session, submission, line.revision, {"clarity": 1}, by=person)
    session.add(Note(submission_id=submission.id, comment_id=point.id, author_id=person.id, body=f"{SECRET} first"))
    session.commit()
    return [point, general]


def prepared(session: Session) -> World:
    """A world in which four of a kind take part, so that a fifth would change what stands under their points."""
    world = make_world(session)
    framework = queries.consulted_framework(session)
    round_ = queries.find_round(session, framework)
    assert round_
    entry = queries.entry(session, world.values["code"])
    factories.make_scheme(session, "organisation-types", ["online-games"])
    for _ in range(3):
        organisation = factories.make_organisation(session)
        submission = factories.make_submission(session, round_, organisation=organisation, publish_as=PublishAs.BY_TYPE)
        author = factories.make_member(session, organisation)
        factories.make_comment(session, submission, author, entry=entry, state=State.PUBLISHED)
    other = factories.make_organisation(session, name="Marsupial Games")
    factories.make_member(session, other, standing=Standing.LEAD, name="Quinn Quokka")
    session.commit()
    return world


def pages(visitor: Visitor, session: Session, world: World, person: Person | None) -> dict[str, tuple[int, str]]:
    """Every page that there is, as this person sees it."""
    become(visitor, session, person)
    seen = {}
    for address in sorted({*map(world.address, READING), *ELSEWHERE}):
        visitor.get(address)
        seen[address] = (visitor.status, OF_ITSELF.sub("", visitor.response.text))
    return seen


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ["nobody", "lead", "specialist", "staff with every role"])
def test_no_page_changes_for_anybody_else(who: str, visitor: Visitor, session: Session) -> None:
    """What a page shows does not depend on the database, and a crawl takes long: one of the two is enough."""
    world = prepared(session)
    person = world.people[who] if who in world.people else factories.make_staff(session, *StaffRole)
    session.commit()
    with time_machine.travel(clock.now(), tick=False):  # some pages name the minute
        before = pages(visitor, session, world, person)
        again = pages(visitor, session, world, person)
        steady = {address for address in before if before[address] == again[address]}
        draft_much(session, world)
        after = pages(visitor, session, world, person)
    assert steady >= {"/", "/frameworks/harms", "/you-said-we-did", "/releases.atom"}
    changed = [address for address in sorted(steady) if after[address] != before[address]]
    assert not changed
    leaks = [address for address, (_, text) in after.items() if SECRET in text]
    assert not leaks


@pytest.mark.parametrize("role", ["nobody", "member", "lead", "specialist", "moderator"])
def test_a_draft_of_others_is_answered_as_one_that_does_not_exist(
    role: str, visitor: Visitor, session: Session
) -> None:
    world = prepared(session)
    for point in draft_much(session, world):
        become(visitor, session, world.people[role])
        unknown = "BCDF" + "2" * 4

        def answer(reference: str, ask: Callable[[str], Visitor], path: str) -> tuple[int, str]:
            ask(path.format(reference))
            return visitor.status, OF_ITSELF.sub("", visitor.response.text).replace(reference, "…")

        for path in ("/comments/{}", "/comments/{}/sent", "/comments/{}/edit", "/comments/{}/withdraw"):
            for ask in (visitor.get, visitor.post):
                assert answer(point.reference, ask, path) == answer(unknown, ask, path)


def test_no_counter_that_others_can_notice_moves(visitor: Visitor, session: Session) -> None:
    world = prepared(session)

    def counted() -> dict[str, int]:
        session.commit()
        rows = session.exec(select(Counter))
        return {row.name: row.value for row in rows if not row.name.endswith(":draft")}

    before = counted()
    draft_much(session, world)
    assert counted() == before
