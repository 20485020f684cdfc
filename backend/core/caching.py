"""Public pages are rendered once. Until something they show changes, they are answered from memory, before routing.

A route says what its page depends on with `depends`. The key of a page holds the value of each of those counters, read
from the database at every request, so any number of processes stay right. The page's CSP nonce is made from the key and
its ETag from its bytes: a browser that gets a 304 keeps a page whose scripts carry the same nonce, and it gets none for
a page that has changed by itself because its time was up.
"""

import gzip
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy.engine import URL
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core import clock, tokens
from backend.core.cookies import NOTICE, SESSION, SIGN_IN
from backend.core.i18n import language

PERSONAL_COOKIES = tuple(f"{cookie.name}=".encode() for cookie in (SESSION, SIGN_IN, NOTICE))
KEPT_HEADERS = (b"content-type", b"content-disposition", b"vary", b"link")
PATHS_KNOWN = 20_000
LONGEST_QUERY = 400
EVERY_PAGE = "page:every"
"""Moves when something changes that every page shows."""


def depends(request: Request, *counters: str, until: datetime | None = None) -> None:
    """Say that this page is the same for everyone who is not signed in, until one of these counters moves.

    `until` is a moment at which the page would change by itself, such as the closing of a round; midnight in the UK is
    always one, because pages name days.
    """
    midnight = clock.next_midnight()
    request.scope["depends"] = (
        tuple(sorted({EVERY_PAGE, *counters})),
        min(until, midnight) if until and until > clock.now() else midnight,
    )


def changes_at(request: Request, moment: datetime) -> None:
    """Say that a page that is the same for everyone changes by itself at this moment, if not before."""
    if "depends" in request.scope:
        names, until = request.scope["depends"]
        request.scope["depends"] = (names, min(until, moment))


@dataclass(frozen=True)
class Page:
    """A rendered page, ready to be sent."""

    headers: list[tuple[bytes, bytes]]
    plain: bytes
    packed: bytes
    until: datetime
    etag: bytes


class PageCache:
    """ASGI middleware that answers public pages from memory, at most so many megabytes of them."""

    def __init__(self, app: ASGIApp, counters: "CounterReader", megabytes: int, build: str) -> None:
        self.app = app
        self.counters = counters
        self.room = megabytes * 1_000_000
        self.build = build
        self.used = 0
        self.pages: OrderedDict[str, Page] = OrderedDict()
        self.paths: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or let the app answer and remember what it says."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            await self.counters.close()
            return
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not self.room:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        cookies = headers.get(b"cookie", b"")
        if any(name in cookies for name in PERSONAL_COOKIES) or len(scope["query_string"]) > LONGEST_QUERY:
            await self.app(scope, receive, send)
            return
        names = self.paths.get(scope["path"])
        values = await self._values(names) if names else None
        if names is None or values is None:
            await self.app(scope, receive, send)
            self._learn(scope)
            return
        key = self._key(scope, headers, values)
        scope["nonce"] = tokens.signature("nonce", key)[:32]
        page = self.pages.get(key)
        if page is None or page.until <= clock.now():
            page = await self._render(scope, receive, send, key, names)
            if page is None:
                return
        if key in self.pages:
            self.pages.move_to_end(key)
        await _answer(page, scope["method"], headers, send)

    async def _values(self, names: tuple[str, ...]) -> str | None:
        """The values of the counters, or None while they cannot be read: then the app answers by itself."""
        try:
            return await self.counters.read(names)
        except (sqlite3.Error, psycopg.Error):
            await self.counters.close()
            return None

    def _learn(self, scope: Scope) -> None:
        if "depends" in scope:
            self.paths[scope["path"]] = scope["depends"][0]
            if len(self.paths) > PATHS_KNOWN:
                self.paths.popitem(last=False)

    def _key(self, scope: Scope, headers: dict[bytes, bytes], counters: str) -> str:
        fragment = headers.get(b"hx-request", b"") + b"/" + headers.get(b"hx-history-restore-request", b"")
        return tokens.digest(
            "\0".join((
                self.build, language.get(), scope["path"], scope["query_string"].decode("latin-1"),
                fragment.decode("latin-1"), counters,
            ))
        )  # fmt: skip

    async def _render(
        self, scope: Scope, receive: Receive, send: Send, key: str, names: tuple[str, ...]
    ) -> Page | None:
        """Let the app answer. A page to remember is returned; anything else has been sent on as it was."""
        inner = {**scope, "method": "GET"}
        start: Message = {}
        body = bytearray()
        passing = False

        async def collect(message: Message) -> None:
            nonlocal start, passing
            if message["type"] == "http.response.start":
                start = message
                passing = message["status"] != 200 or "depends" not in inner
                passing = passing or any(name == b"set-cookie" for name, _ in message["headers"])
            if passing:
                await send(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self.app(inner, receive, collect)
        if passing or not start:
            return None
        self._learn(inner)
        kept = [(name, value) for name, value in start["headers"] if name.lower() in KEPT_HEADERS]
        etag = b'"' + tokens.digest(bytes(body))[:32].encode() + b'"'
        page = Page(kept, bytes(body), gzip.compress(bytes(body), 6), inner["depends"][1], etag)
        if inner["depends"][0] == names:
            self._keep(key, page)
        return page

    def _keep(self, key: str, page: Page) -> None:
        old = self.pages.pop(key, None)
        self.used += _size(page) - (_size(old) if old else 0)
        self.pages[key] = page
        while self.used > self.room and len(self.pages) > 1:
            self.used -= _size(self.pages.popitem(last=False)[1])


def _size(page: Page) -> int:
    return len(page.plain) + len(page.packed) + 1000


async def _answer(page: Page, method: str, headers: dict[bytes, bytes], send: Send) -> None:
    every_time = [(b"cache-control", b"no-cache"), (b"vary", b"Accept-Encoding, Cookie")]
    common = [*page.headers, (b"etag", page.etag), *every_time]
    if page.etag in headers.get(b"if-none-match", b""):
        await send({"type": "http.response.start", "status": 304, "headers": common})
        await send({"type": "http.response.body", "body": b""})
        return
    packed = b"gzip" in headers.get(b"accept-encoding", b"")
    body = page.packed if packed else page.plain
    encoding = [(b"content-encoding", b"gzip")] if packed else []
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*common, *encoding, length]})
    await send({"type": "http.response.body", "body": body if method == "GET" else b""})


def counter_reader(url: URL) -> "CounterReader":
    """Reads counters on a connection of its own, in one indexed look-up."""
    return SqliteCounters(url) if url.get_backend_name() == "sqlite" else PostgresqlCounters(url)


def _statement(names: Iterable[str], mark: str) -> str:
    marks = ",".join(mark for _ in names)
    return f"SELECT name, value FROM counter WHERE name IN ({marks}) ORDER BY name"  # noqa: S608  # only marks


class SqliteCounters:
    """The counters of an SQLite file; a look-up takes microseconds, less than handing it to a thread."""

    def __init__(self, url: URL) -> None:
        self.file = url.database or ""
        self.connection: sqlite3.Connection | None = None

    async def read(self, names: tuple[str, ...]) -> str:
        """The values of these counters, as a part of a key. Raises sqlite3.Error."""
        if self.connection is None:
            self.connection = sqlite3.connect(self.file, check_same_thread=False, isolation_level=None)
            self.connection.execute("PRAGMA query_only = ON")
        return repr(self.connection.execute(_statement(names, "?"), names).fetchall())

    async def close(self) -> None:
        """Let go of the file."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class PostgresqlCounters:
    """The counters of a PostgreSQL database, read without holding up other requests."""

    def __init__(self, url: URL) -> None:
        self.address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.connection: psycopg.AsyncConnection[Any] | None = None

    async def read(self, names: tuple[str, ...]) -> str:
        """The values of these counters, as a part of a key. Raises psycopg.Error."""
        if self.connection is None or self.connection.closed:
            self.connection = await psycopg.AsyncConnection.connect(self.address, autocommit=True)
        rows = await self.connection.execute(_statement(names, "%s"), names)
        return repr(await rows.fetchall())

    async def close(self) -> None:
        """Hang up."""
        if self.connection is not None:
            await self.connection.close()
            self.connection = None


CounterReader = SqliteCounters | PostgresqlCounters
