"""Pages rendered once are right: fresh as soon as a counter moves, and never somebody else's."""

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from starlette.responses import HTMLResponse, Response

from backend.core import caching, clock, counters, middleware
from backend.core.db import Database

NAME = "page:caching-test"


class Site:
    """A site with one page, which counts how often it was rendered."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.rendered = 0
        self.until = clock.now() + timedelta(minutes=5)
        api = FastAPI(openapi_url=None)
        api.add_api_route("/page", self.page)
        api.add_api_route("/bare", self.bare)
        api.add_api_route("/cookie", self.cookie)
        api.add_api_route("/missing", self.missing)
        cache = caching.PageCache(api, caching.counter_reader(database.url), megabytes=1, build="build")
        self.client = TestClient(middleware.SecurityHeaders(cache), base_url="https://testserver")

    def page(self, request: Request) -> Response:
        """The same for everybody until the counter moves."""
        self.rendered += 1
        caching.depends(request, NAME, until=self.until)
        return HTMLResponse(f'<p>{self.rendered}</p><script nonce="{request.scope["nonce"]}"></script>')

    def bare(self) -> Response:
        """Says nothing about what it depends on."""
        self.rendered += 1
        return HTMLResponse("not said to be the same for all")

    def cookie(self, request: Request) -> Response:
        """Sets a cookie."""
        self.rendered += 1
        caching.depends(request, NAME)
        response = HTMLResponse("personal")
        response.set_cookie("x", "y")
        return response

    def missing(self, request: Request) -> Response:
        """Is not there."""
        self.rendered += 1
        caching.depends(request, NAME)
        return HTMLResponse("not here", 404)

    def move_counter(self) -> None:
        """Something that the page shows has changed."""
        with self.database.transaction() as session:
            counters.add(session, NAME)

    def get(self, path: str = "/page", **headers: str) -> Response:
        """Visit an address."""
        return self.client.get(path, headers=headers)  # type: ignore[return-value]


@pytest.fixture
def site(migrated: Engine) -> Iterator[Site]:
    """The site, on a database whose counters are really committed."""
    database = Database(migrated.url.render_as_string(hide_password=False))
    site = Site(database)
    with site.client:
        yield site
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM counter WHERE name = :name"), {"name": NAME})
    database.engine.dispose()


def warm(site: Site) -> None:
    """The first visit learns what the page depends on, the second keeps it."""
    site.get()
    site.get()


def test_a_page_is_rendered_once_until_its_counter_moves(site: Site) -> None:
    warm(site)
    before = site.rendered
    assert {site.get().text for _ in range(5)} == {site.get().text}
    assert site.rendered == before
    site.move_counter()
    assert f"<p>{before + 1}</p>" in site.get().text
    assert site.rendered == before + 1


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site) -> None:
    warm(site)
    full = site.get()
    again = site.get(**{"If-None-Match": full.headers["etag"]})
    assert again.status_code == 304
    assert again.text == ""
    nonce = re.findall(r"nonce-([^']+)", full.headers["content-security-policy"])
    assert f'nonce="{nonce[0]}"' in full.text
    assert nonce == re.findall(r"nonce-([^']+)", again.headers["content-security-policy"])
    site.move_counter()
    changed = site.get(**{"If-None-Match": full.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != full.headers["etag"]


def test_a_page_is_rendered_anew_when_its_time_is_up(site: Site) -> None:
    warm(site)
    before = site.rendered
    with time_machine.travel(site.until + timedelta(seconds=1), tick=False):
        site.until += timedelta(hours=1)
        site.get()
    assert site.rendered == before + 1


def test_a_browser_gets_the_new_page_when_its_time_is_up(site: Site) -> None:
    warm(site)
    full = site.get()
    with time_machine.travel(site.until + timedelta(seconds=1), tick=False):
        site.until += timedelta(hours=1)
        anew = site.get(**{"If-None-Match": full.headers["etag"]})
        assert anew.status_code == 200
        assert anew.text != full.text
        assert site.get(**{"If-None-Match": anew.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("cookie", ["__Host-session=x", "__Host-notice=x", "a=b; __Host-sign-in=x"])
def test_nothing_is_kept_for_people_with_cookies_of_ours(site: Site, cookie: str) -> None:
    warm(site)
    before = site.rendered
    answer = site.get(Cookie=cookie)
    assert site.rendered == before + 1
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert f"<p>{before}</p>" in site.get().text


@pytest.mark.parametrize("path", ["/bare", "/cookie", "/missing"])
def test_only_pages_that_are_the_same_for_all_are_kept(site: Site, path: str) -> None:
    for count in range(1, 5):
        site.get(path)
        assert site.rendered == count


def test_queries_and_fragments_are_pages_of_their_own(site: Site) -> None:
    warm(site)
    texts = {
        site.get("/page?q=1").text, site.get("/page?q=2").text, site.get(**{"HX-Request": "true"}).text,
        site.get(**{"HX-Request": "true", "HX-History-Restore-Request": "true"}).text, site.get().text,
    }  # fmt: skip
    assert len(texts) == 5


def test_long_queries_are_answered_but_not_kept(site: Site) -> None:
    warm(site)
    before = site.rendered
    for _ in range(2):
        site.get("/page?q=" + "x" * 500)
    assert site.rendered == before + 2


def test_packed_and_plain_are_the_same_page(site: Site) -> None:
    warm(site)
    plain = site.get(**{"Accept-Encoding": "identity"})
    packed = site.get(**{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 6))
    assert "Accept-Encoding" in packed.headers["vary"]


def test_head_has_the_headers_and_no_body(site: Site) -> None:
    warm(site)
    answer = site.client.head("/page")
    assert answer.status_code == 200
    assert answer.text == ""
    assert answer.headers["etag"] == site.get().headers["etag"]


def test_a_post_goes_through(site: Site) -> None:
    warm(site)
    assert site.client.post("/page").status_code == 405


def test_the_cache_keeps_to_its_room(site: Site) -> None:
    cache = caching.PageCache(site.client.app, caching.counter_reader(site.database.url), 1, "build")
    cache.room = 10_000
    for number in range(100):
        cache._keep(f"key {number}", caching.Page([], b"x" * 1000, b"x" * 100, clock.now(), b"x"))
    assert cache.used <= cache.room
    assert cache.used == sum(caching._size(page) for page in cache.pages.values())
    assert "key 99" in cache.pages
