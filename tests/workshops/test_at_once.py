"""A hundred people want the last ten places in the same moment: ten get one, the others wait in order."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest
from sqlmodel import col, func, select

from backend.accounts import sessions
from backend.audit import log
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.workshops import booking, queries
from backend.workshops.models import Place, PlaceState, Workshop
from tests import factories
from tests.bench.servers import listening
from tests.test_at_once import Client

PEOPLE, PLACES = 100, 10
FORM = "is_adult=yes&agrees=yes&access_needs="


def with_accounts(live: Database) -> tuple[list[str], list[str]]:
    """The sign-in of everybody, and where everybody posts."""
    with live.transaction() as session:
        slug = factories.make_workshop(session, capacity=PLACES).slug
        tokens = [sessions.open_session(session, factories.make_person(session)) for _ in range(PEOPLE)]
    return tokens, [f"/workshops/{slug}/book"] * PEOPLE


def by_mailbox(live: Database) -> tuple[list[str], list[str]]:
    """No sign-in, and the link that everybody was sent."""
    with live.transaction() as session:
        workshop = factories.make_workshop(session, capacity=PLACES)
        emails = [f"mailbox{number}@example.org" for number in range(PEOPLE)]
        tokens = [booking.ask(session, workshop, email=email, client=email) for email in emails]
    return [""] * PEOPLE, [f"/workshop-bookings/{token}" for token in tokens]


@pytest.mark.parametrize(("prepare", "form"), [(with_accounts, FORM), (by_mailbox, f"{FORM}&name=Guest")])
def test_a_hundred_people_at_once_get_ten_places_and_wait_in_order(
    live: Database, prepare: Callable[[Database], tuple[list[str], list[str]]], form: str
) -> None:
    tokens, addresses = prepare(live)
    url = live.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        servers = 1 if live.is_sqlite else 2
        ports = [stack.enter_context(listening(Database(url))) for _ in range(servers)]
        pool = stack.enter_context(ThreadPoolExecutor(PEOPLE))
        gate = Barrier(PEOPLE)

        def book(number: int) -> Counter[int]:
            client = Client(ports[number % servers], tokens[number])
            gate.wait()
            client.ask("POST", addresses[number], form)
            client.connection.close()
            return client.statuses

        statuses = sum(pool.map(book, range(PEOPLE)), Counter[int]())
    assert statuses == {303: PEOPLE}
    with live.session() as session:
        places = session.exec(select(Place).order_by(col(Place.number))).all()
        assert [place.number for place in places] == list(range(1, PEOPLE + 1))
        assert [place.state for place in places] == [PlaceState.BOOKED] * PLACES + [PlaceState.WAITING] * 90
        mails = select(func.count(func.distinct(OutboxMessage.to))).where(OutboxMessage.kind == "workshop-place")
        assert session.exec(mails).one() == PEOPLE
        assert log.first_break(session) is None


def test_places_that_are_given_up_at_once_pass_to_as_many_who_wait(live: Database) -> None:
    with live.transaction() as session:
        workshop = factories.make_workshop(session, capacity=4)
        given = [booking.book(session, workshop, factories.make_person(session)).id for _ in range(10)][:4]
    gate = Barrier(len(given))

    def give_up(place_id: int) -> None:
        gate.wait()
        with live.transaction() as own:
            booking.give_up(own, own.get_one(Place, place_id))

    with ThreadPoolExecutor(len(given)) as pool:
        list(pool.map(give_up, given))
    with live.session() as session:
        found = session.exec(select(Workshop)).one()
        assert [place.number for place in queries.live(session, found)] == [5, 6, 7, 8, 9, 10]
        assert queries.number_of(session, found, PlaceState.BOOKED) == 4
