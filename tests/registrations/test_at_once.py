"""What happens in the same moment, on real servers and a database of its own with real commits."""

import http.client
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.registrations import offering, opt_in, queries, selecting
from backend.registrations.kinds import Selected
from backend.registrations.models import Offer, Registration
from tests import factories
from tests.bench.servers import listening
from tests.registrations.scene import ADA, EMAIL, confirm_link, link, mails, make_closed_call, make_schemes

TABS = 12


@pytest.fixture(autouse=True)
def schemes(live: Database) -> None:
    """The words to choose from in forms."""
    with live.transaction() as session:
        make_schemes(session)


def post(port: int, path: str, fields: dict[str, object]) -> tuple[int, str]:
    """Send one form on a connection of its own; the status and where it leads."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", path, urlencode(fields, doseq=True), kind)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers.get("Location", "")


@pytest.fixture
def ports(live: Database) -> Iterator[list[int]]:
    """Two servers on that database."""
    url = live.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        yield [stack.enter_context(listening(Database(url))) for _ in range(2)]


def at_once(ports: list[int], act: Callable[[int, int], tuple[int, str]]) -> Counter[tuple[int, str]]:
    """Do it in every tab in the same moment, against both servers: the number of each answer."""
    gate = Barrier(TABS)

    def run(tab: int) -> tuple[int, str]:
        gate.wait()
        return act(ports[tab % 2], tab)

    with ThreadPoolExecutor(TABS) as pool:
        return Counter(pool.map(run, range(TABS)))


def test_one_address_in_many_tabs_is_one_registration_and_one_mail(live: Database, ports: list[int]) -> None:
    answers = at_once(ports, lambda port, tab: post(port, "/register-interest", {**ADA, "role": f"Role {tab}"}))
    assert answers == {(303, "/register-interest/check-your-email"): TABS}
    with live.session() as session:
        (waiting,) = session.exec(select(Registration)).all()
        assert waiting.email == EMAIL
        (message,) = session.exec(select(OutboxMessage)).all()
        address = confirm_link(message)
    _confirm_everywhere(live, ports, address)


def _confirm_everywhere(live: Database, ports: list[int], address: str) -> None:
    """The one link works, and pressed in every tab it confirms once."""
    with live.session() as session:
        shown = _seal(session)
    answers = at_once(ports, lambda port, _: post(port, address, {"shown": shown}))
    assert answers == {(303, "/register-interest/confirmed"): TABS}
    with live.session() as session:
        (kept,) = session.exec(select(Registration)).all()
        assert kept.confirmed_at is not None
        confirmed = session.execute(text("SELECT count(*) FROM consent_record WHERE act = 'confirmed'")).scalar()
        assert confirmed == 2
        assert len(mails(session)) == 1


def _seal(session: Session) -> str:
    return opt_in.seal(session, session.exec(select(Registration)).one())


def offered_to(session: Session, people: int, *, places: int) -> list[str]:
    """A call with so many places, and a link for each of the people who are offered one."""
    call = make_closed_call(session, places=places)
    staff = factories.make_staff(session)
    for _ in range(people):
        application = factories.make_application(session, call)
        selecting.choose(session, application, Selected.CHOSEN, because="x", by=staff)
    offering.offer_places(session, call, reply_days=7, by=staff)
    return [link(message, "/offers") for message in mails(session, "place-offered")]


def test_of_all_who_accept_the_last_place_at_once_one_gets_it(live: Database, ports: list[int]) -> None:
    with live.session() as session:
        links = offered_to(session, TABS, places=1)
    answers = at_once(ports, lambda port, tab: post(port, links[tab], {"answer": "accept"}))
    assert sorted(status for status, _ in answers.elements()) == [303] + [409] * (TABS - 1)
    with live.session() as session:
        accepted = session.exec(select(Offer).where(col(Offer.accepted_at).is_not(None))).all()
        assert len(accepted) == 1
        assert len(mails(session, "place-accepted")) == 1


def test_a_place_that_is_given_back_in_many_tabs_is_passed_on_once(live: Database, ports: list[int]) -> None:
    with live.session() as session:
        (address,) = offered_to(session, 1, places=1)
        (call,) = queries.calls(session)
        for _ in range(2):
            selecting.choose(
                session, factories.make_application(session, call), Selected.RESERVE, because="x",
                by=factories.make_staff(session),
            )  # fmt: skip
        session.commit()
    answers = at_once(ports, lambda port, _: post(port, address, {"answer": "turn-down"}))
    assert answers == {(303, address): TABS}
    with live.session() as session:
        assert len(mails(session, "place-offered")) == 2
