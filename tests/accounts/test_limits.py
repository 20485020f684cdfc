"""How often something may be done: counted together by all processes, refused in words with the time to wait."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import httpx2
import pytest
import time_machine
from fastapi import Request
from fastapi.routing import APIRoute
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from sqlmodel import Session, select

from backend import cli, main, worker
from backend.accounts import limits
from backend.accounts.counting import CountsInDatabase
from backend.accounts.models import LimitCount
from backend.core import clock
from backend.core.config import Settings, settings
from backend.core.db import Database
from backend.people.access import Guard
from tests import factories
from tests.bench.servers import serving
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_person

SMALL = RateLimitItemPerMinute(3, namespace="test")


def used_up(session: Session, limit: RateLimitItem, who: str) -> None:
    """Somebody has done this as often as they may."""
    use(session, limit, who, limits.allowed_to(who, limit).amount)


def use(session: Session, limit: RateLimitItem, who: str, times: int) -> None:
    """Somebody has done this so many times."""
    assert FixedWindowRateLimiter(CountsInDatabase(session)).hit(limits.allowed_to(who, limit), who, cost=times)
    session.commit()


def client(host: str) -> str:
    """Whoever asks from there without having signed in."""
    return limits.CLIENT + limits.client_of(Request({"type": "http", "client": (host, 1), "headers": []}))


CLIENT = client("testclient")


def test_the_next_after_the_last_is_refused_until_the_time_is_over(session: Session) -> None:
    person, other = make_person(session), make_person(session)
    with time_machine.travel("2026-11-23 10:00:00+00:00", tick=False) as traveller:
        for _ in range(3):
            limits.count(session, SMALL, person)
        traveller.shift(15)
        with pytest.raises(limits.TooMany) as refused:
            limits.count(session, SMALL, person)
        assert "Try again in 1 minute." in refused.value.message
        assert refused.value.headers == {"Retry-After": "45"}
        limits.count(session, SMALL, other)
        traveller.shift(44)
        with pytest.raises(limits.TooMany):
            limits.count(session, SMALL, person)
        traveller.shift(1)
        limits.count(session, SMALL, person)


def test_limits_are_counted_apart(session: Session) -> None:
    person = make_person(session)
    for _ in range(3):
        limits.count(session, SMALL, person)
    limits.count(session, RateLimitItemPerMinute(3, namespace="another"), person)


def test_the_wait_is_told_in_whole_minutes_or_hours() -> None:
    told = {seconds: limits.in_words(timedelta(seconds=seconds)) for seconds in (1, 60, 61, 240, 5400, 86_000)}
    assert told == {
        1: "1 minute",
        60: "1 minute",
        61: "2 minutes",
        240: "4 minutes",
        5400: "2 hours",
        86_000: "24 hours",
    }


def test_a_count_that_is_over_is_forgotten_by_the_worker(session: Session, database: Database) -> None:
    limits.count(session, SMALL, make_person(session))
    limits.count(session, limits.SENDING, make_person(session))
    session.commit()
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        worker.work_once(database)
    session.expire_all()
    assert [row.key.split("/")[0] for row in session.exec(select(LimitCount))] == ["sending"]


def test_the_storage_does_what_the_library_asks_of_one(session: Session) -> None:
    counts = CountsInDatabase(session)
    assert counts.check()
    assert counts.get("a") == 0
    assert counts.incr("a", 60) == 1
    assert counts.incr("a", 60, amount=2) == 3
    assert counts.get("a") == 3
    assert 58 < counts.get_expiry("a") - clock.now().timestamp() <= 60
    counts.clear("a")
    assert counts.get("a") == 0
    counts.incr("b", 60)
    counts.reset()
    assert counts.get("b") == 0


def test_a_setting_multiplies_every_limit(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "settings", lambda: settings().model_copy(update={"limits_times": 2}))
    person = make_person(session)
    for _ in range(6):
        limits.count(session, SMALL, person)
    with pytest.raises(limits.TooMany):
        limits.count(session, SMALL, person)


def test_no_limit_is_refused() -> None:
    for times in (0, -1):
        with pytest.raises(ValueError, match="LIMITS_TIMES"):
            Settings(limits_times=times)


def test_asking_for_links_too_often_is_refused_in_words(visitor: Visitor, session: Session) -> None:
    used_up(session, limits.SIGN_IN, CLIENT)
    visitor.get("/sign-in").press("Send me a link", email="someone@example.org")
    assert visitor.status == 429
    assert "Wait before you try again" in visitor.text
    assert "Try again in 60 minutes." in visitor.text
    assert 3590 < int(visitor.response.headers["retry-after"]) <= 3600
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        visitor.get("/sign-in").press("Send me a link", email="someone@example.org")
        assert visitor.status == 200


def test_a_refused_try_counts_nothing_else(visitor: Visitor, session: Session) -> None:
    """The five wrong codes of a link are not used up by tries that are refused."""
    used_up(session, limits.CODES, CLIENT)
    visitor.post("/sign-in/code", {"code": "ABCDEFGH"})
    assert visitor.status == 429


def test_searching_too_often_is_refused_and_reading_is_not(visitor: Visitor, session: Session) -> None:
    make_framework(session)
    used_up(session, limits.SEARCH, CLIENT)
    assert visitor.get("/frameworks/harms?q=harm").status == 429
    assert "Try again in 1 minute." in visitor.text
    assert visitor.get("/frameworks/harms?q=+").status == 200
    assert visitor.get("/frameworks/harms?term=code-standards:7").status == 200


def test_a_workshop_behind_one_address_can_search_and_download_at_once(visitor: Visitor, session: Session) -> None:
    make_framework(session)
    use(session, limits.SEARCH, CLIENT, 10 * limits.SEARCH.amount)
    use(session, limits.DOWNLOADS, CLIENT, 10 * limits.DOWNLOADS.amount)
    assert visitor.get("/frameworks/harms?q=harm").status == 200
    assert visitor.get("/frameworks/harms/releases/0.1.csv").status == 200


def test_searching_among_what_is_to_be_decided_is_limited_too(visitor: Visitor, session: Session) -> None:
    factories.make_draft(session, make_framework(session), number="0.2")
    releaser = factories.make_staff(session)
    used_up(session, limits.SEARCH, f"person:{releaser.id}")
    visitor.sign_in(session, releaser)
    assert visitor.get("/staff/decide?q=harm").status == 429
    assert visitor.get("/staff/decide").status == 200


def test_htmx_is_told_within_the_page(visitor: Visitor, session: Session) -> None:
    make_framework(session)
    used_up(session, limits.SEARCH, CLIENT)
    visitor.get("/frameworks/harms?q=harm", **{"HX-Request": "true"})
    assert visitor.status == 429
    assert visitor.page.xpath("//*[@role='alert']")
    assert visitor.response.headers["retry-after"]


def test_downloading_too_often_is_refused(visitor: Visitor, session: Session) -> None:
    make_framework(session)
    used_up(session, limits.DOWNLOADS, CLIENT)
    for ending in ("csv", "json", "csv-metadata.json"):
        assert visitor.get(f"/frameworks/harms/releases/0.1.{ending}").status == 429


def test_what_was_written_is_kept_when_too_much_is_sent(visitor: Visitor, session: Session) -> None:
    framework = make_framework(session)
    factories.make_round(session, framework)
    specialist = factories.make_specialist(session)
    used_up(session, limits.SENDING, f"person:{specialist.id}")
    visitor.sign_in(session, specialist).get("/frameworks/harms/comment").press(
        "Preview", kind="evidence", body="My <b>careful</b> words.", speaking_for="specialist",
        publish_as="publish-named",
    )  # fmt: skip
    visitor.press("Send")
    assert visitor.status == 429
    assert "Try again in 60 minutes." in visitor.text
    assert visitor.page.xpath("//textarea")[0].text_content().strip() == "My <b>careful</b> words."
    assert visitor.response.headers["retry-after"]


def test_people_are_counted_for_themselves_wherever_they_are(visitor: Visitor, session: Session) -> None:
    make_framework(session)
    person, other = make_member(session), make_member(session)
    used_up(session, limits.SEARCH, f"person:{person.id}")
    used_up(session, limits.SEARCH, CLIENT)
    assert visitor.sign_in(session, other).get("/frameworks/harms?q=harm").status == 200
    assert visitor.sign_in(session, person).get("/frameworks/harms?q=harm").status == 429
    assert "My panel" in visitor.page.text_content(), "the page that refuses does not sign anybody out"
    visitor.client.cookies.clear()
    assert visitor.get("/frameworks/harms?q=harm").status == 429


def test_a_made_up_session_is_no_way_round(visitor: Visitor, session: Session) -> None:
    make_framework(session)
    used_up(session, limits.SEARCH, CLIENT)
    visitor.client.cookies.set("__Host-session", "made-up", domain="testserver.local")
    assert visitor.get("/frameworks/harms?q=harm").status == 429


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_a_household_is_one_client(one: str, other: str, same: bool) -> None:
    codes = [limits.client_of(Request({"type": "http", "client": (host, 1), "headers": []})) for host in (one, other)]
    assert (codes[0] == codes[1]) is same
    assert one not in codes[0]


def test_no_address_of_the_network_is_kept(visitor: Visitor, session: Session) -> None:
    make_framework(session)
    visitor.get("/frameworks/harms?q=harm")
    session.expire_all()
    (row,) = session.exec(select(LimitCount)).all()
    assert "testclient" not in row.key


def test_every_limit_is_counted_before_the_request_begins() -> None:
    """Counted later, in a transaction within that of a post, it would lock itself on SQLite."""
    for route in (route for router in main.ROUTERS for route in router.routes if isinstance(route, APIRoute)):
        calls = [each.call for each in route.dependant.dependencies]
        for place, call in enumerate(calls):
            if isinstance(call, limits.Limited):
                assert not [before for before in calls[:place] if isinstance(before, Guard)], route.path


def test_twenty_at_once_are_all_counted(live: Database) -> None:
    limit = RateLimitItemPerMinute(12, namespace="test")

    def hit(_: int) -> bool:
        with live.transaction() as session:
            return limits._hit(session, limit, "client:x") is None

    with ThreadPoolExecutor(20) as pool:
        allowed = list(pool.map(hit, range(20)))
    assert allowed.count(True) == 12
    with live.session() as session:
        assert session.exec(select(LimitCount.used)).one() == 20


def searched(browser: httpx2.Client, port: int, for_: int, client: str) -> int:
    """Search for something that nobody has searched for; the status of the answer."""
    address = f"http://127.0.0.1:{port}/frameworks/harms?q=harm{for_}"
    return browser.get(address, headers={"X-Forwarded-For": client}).status_code


def test_two_processes_count_together_and_a_burst_is_not_let_through(live: Database) -> None:
    with live.transaction() as session:
        factories.make_framework(session)
        here = client("127.0.0.1")
        use(session, limits.SEARCH, here, limits.allowed_to(here, limits.SEARCH).amount - 15)
    url = live.url.render_as_string(hide_password=False)
    settled = {"DATABASE_URL": url, "FORWARDED_ALLOW_IPS": "192.0.2.9"}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(20))
        servers = [serving("backend.main:create_app", factory=True, **settled) for _ in range(2)]
        ports = list(pool.map(stack.enter_context, servers))
        browser = stack.enter_context(httpx2.Client(timeout=30))
        statuses = list(
            pool.map(lambda number: searched(browser, ports[number % 2], number, f"203.0.113.{number}"), range(40))
        )
    assert statuses.count(200) == 15
    assert statuses.count(429) == 25, "whoever is not our proxy does not say who is asking"


def test_a_proxy_that_we_trust_says_who_is_asking(live: Database) -> None:
    with live.transaction() as session:
        factories.make_framework(session)
    url = live.url.render_as_string(hide_password=False)
    trusting = serving("backend.main:create_app", factory=True, DATABASE_URL=url, FORWARDED_ALLOW_IPS="127.0.0.1")
    with trusting as port, httpx2.Client(timeout=30) as browser:
        assert [searched(browser, port, number, f"203.0.113.{max(number, 2)}") for number in (1, 2, 3)] == [200] * 3
    with live.session() as session:
        assert sorted(session.exec(select(LimitCount.used))) == [1, 2]


def test_the_command_hands_the_setting_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(cli.uvicorn, "run", lambda app, **options: given.update(options))
    cli._listen("127.0.0.1", 8100, processes=1)
    assert given["forwarded_allow_ips"] == settings().forwarded_allow_ips == "127.0.0.1"
