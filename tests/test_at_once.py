"""Fifty people at once: nothing fails, nothing is lost, nothing is written twice."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

from lxml import html
from sqlmodel import Session, col, func, select

from backend.accounts import sessions
from backend.audit import log
from backend.comments.models import Comment, CommentText, Draft
from backend.core import counters
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people.access import SESSION_COOKIE
from backend.ratings.models import Rating, RatingEvent
from backend.releases import queries
from tests import factories
from tests.bench.servers import serving

PEOPLE = 50
"""Every other one is a specialist, who sends; the others draft for an organisation of their own."""
COMMENTS_EACH = 3
SCORES = (2, 5, 3)
"""What each person answers in turn; the last one counts."""


class Client:
    """One person with a connection of their own, who fills in the forms that they are given."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Cookie": f"{SESSION_COOKIE}={token}", "Sec-Fetch-Site": "same-origin"}
        self.statuses: Counter[int] = Counter()

    def ask(self, method: str, path: str, body: str | None = None) -> bytes:
        """Send one request; the answer is the page."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        self.connection.request(method, path, body, {**self.headers, **kind})
        answer = self.connection.getresponse()
        self.statuses[answer.status] += 1
        return answer.read()

    def fill_in(self, path: str, **fields: str) -> None:
        """Fill in the page's form and send it twice, as an impatient person does."""
        form = next(form for form in html.document_fromstring(self.ask("GET", path)).forms if form.get("id") == "form")
        known: dict[str, Any] = dict(form.form_values())
        body = urlencode({**known, **fields})
        self.ask("POST", path, body)
        self.ask("POST", path, body)


def take_part(port: int, token: str, number: int, entries: list[str]) -> Counter[int]:
    """Say three things about one entry, and rate it three times; the statuses of all answers."""
    client = Client(port, token)
    address = f"/frameworks/harms/entries/{entries[number % len(entries)]}"
    who = {"speaking_for": "specialist" if number % 2 else "organisation", "publish_as": "publish-named"}
    for place in range(COMMENTS_EACH):
        words = f"Point {place} of person {number}."
        client.fill_in(f"{address}/comment", kind="evidence", body=words, step="send", **who)
        client.fill_in(f"{address}/rate", score_clarity=str(SCORES[place]), step="send", **who)
    client.connection.close()
    return client.statuses


def prepare(session: Session) -> tuple[list[str], list[str]]:
    """A round with fifty people in it: their tokens, and the entries they speak about."""
    framework = factories.make_framework(session, entries=5)
    factories.make_round(session, framework)
    people = [
        factories.make_specialist(session) if number % 2 else factories.make_member(session) for number in range(PEOPLE)
    ]
    tokens = [sessions.open_session(session, person) for person in people]
    manifest = queries.manifest(session, queries.current_release(session, framework))
    return tokens, [line.entry.code for line in manifest]


def test_fifty_people_at_once_lose_nothing_and_write_nothing_twice(live: Database) -> None:
    with live.transaction() as session:
        tokens, entries = prepare(session)
    url = live.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        processes = 1 if live.is_sqlite else 2
        ports = [
            stack.enter_context(serving("backend.main:create_app", factory=True, DATABASE_URL=url))
            for _ in range(processes)
        ]
        pool = stack.enter_context(ThreadPoolExecutor(PEOPLE))
        runs = [
            pool.submit(take_part, ports[number % processes], token, number, entries)
            for number, token in enumerate(tokens)
        ]
        statuses = sum((run.result() for run in runs), Counter[int]())
    assert set(statuses) == {200, 303}, statuses
    with live.session() as session:
        check_what_was_written(session)


def check_what_was_written(session: Session) -> None:
    """Everything once, every count as a recount, and the chain whole."""
    expected = PEOPLE * COMMENTS_EACH
    assert session.exec(select(func.count()).select_from(Comment)).one() == expected
    assert session.exec(select(func.count(func.distinct(CommentText.body)))).one() == expected // 2
    assert session.exec(select(func.count(func.distinct(Draft.body)))).one() == expected // 2
    assert session.exec(select(func.count()).where(col(Draft.ready_at).is_not(None))).one() == expected // 2
    receipts = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.kind == "receipt")
    assert session.exec(receipts).one() == expected // 2
    assert [rating.score for rating in session.exec(select(Rating))] == [SCORES[-1]] * PEOPLE
    assert session.exec(select(func.count()).select_from(RatingEvent)).one() == PEOPLE // 2 * len(SCORES)
    assert session.exec(select(func.count()).where(col(Rating.sent_at).is_(None))).one() == PEOPLE // 2
    recount = Counter(
        f"{round_id}:{entry_id}:{state}"
        for round_id, entry_id, state in session.exec(select(Comment.round_id, Comment.entry_id, Comment.state))
    )
    assert counters.read(session, "points:") == dict(recount)
    assert log.first_break(session) is None
