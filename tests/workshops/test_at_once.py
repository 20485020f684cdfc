"""A hundred people want the last ten places in the same moment: ten get one, the others wait in order."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Barrier

import uvicorn
from sqlmodel import col, func, select

from backend import main
from backend.accounts import sessions
from backend.audit import log
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.workshops import booking, queries
from backend.workshops.models import Place, PlaceState, Workshop
from tests import factories
from tests.test_at_once import Client, busy

__all__ = ["busy"]

PEOPLE, PLACES = 100, 10
FORM = "is_adult=yes&agrees=yes&access_needs="


@contextmanager
def listening(url: str) -> Iterator[int]:
    """A real server of its own in this process, which has everything loaded already; its port."""
    app = main.behind_middleware(main.create_api(database := Database(url)), cache_megabytes=0)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)
    database.engine.dispose()


def test_a_hundred_people_at_once_get_ten_places_and_wait_in_order(busy: Database) -> None:  # noqa: F811
    with busy.transaction() as session:
        slug = factories.make_workshop(session, capacity=PLACES).slug
        tokens = [sessions.open_session(session, factories.make_person(session)) for _ in range(PEOPLE)]
    url = busy.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        servers = 1 if busy.is_sqlite else 2
        ports = [stack.enter_context(listening(url)) for _ in range(servers)]
        for port in ports:  # a first request prepares the routes, which two servers in one process cannot do at once
            first = Client(port, "nobody")
            first.ask("POST", f"/workshops/{slug}/book", "name=")
            first.connection.close()
        pool = stack.enter_context(ThreadPoolExecutor(PEOPLE))
        gate = Barrier(PEOPLE)

        def book(number: int) -> Counter[int]:
            client = Client(ports[number % servers], tokens[number])
            gate.wait()
            client.ask("POST", f"/workshops/{slug}/book", FORM)
            client.connection.close()
            return client.statuses

        statuses = sum(pool.map(book, range(PEOPLE)), Counter[int]())
    assert statuses == {303: PEOPLE}
    with busy.session() as session:
        places = session.exec(select(Place).order_by(col(Place.number))).all()
        assert [place.number for place in places] == list(range(1, PEOPLE + 1))
        assert [place.state for place in places] == [PlaceState.BOOKED] * PLACES + [PlaceState.WAITING] * 90
        assert session.exec(select(func.count(func.distinct(OutboxMessage.to)))).one() == PEOPLE
        assert log.first_break(session) is None


def test_places_that_are_given_up_at_once_pass_to_as_many_who_wait(busy: Database) -> None:  # noqa: F811
    with busy.transaction() as session:
        workshop = factories.make_workshop(session, capacity=4)
        given = [booking.book(session, workshop, factories.make_person(session)).id for _ in range(10)][:4]
    gate = Barrier(len(given))

    def give_up(place_id: int) -> None:
        gate.wait()
        with busy.transaction() as own:
            booking.give_up(own, own.get_one(Place, place_id))

    with ThreadPoolExecutor(len(given)) as pool:
        list(pool.map(give_up, given))
    with busy.session() as session:
        found = session.exec(select(Workshop)).one()
        assert [place.number for place in queries.live(session, found)] == [5, 6, 7, 8, 9, 10]
        assert queries.number_of(session, found, PlaceState.BOOKED) == 4
