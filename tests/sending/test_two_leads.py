"""Two leads press the button at once, on a live server: one signs, the other is told, nothing is sent twice."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
import uvicorn
from sqlmodel import Session, func, select

from backend import main
from backend.accounts import sessions
from backend.audit import log
from backend.comments import drafting
from backend.comments.models import Comment, CommentText, Draft
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people.access import viewer_for
from backend.people.models import Person
from backend.ratings.models import RatingEvent
from backend.sending import queries
from backend.submissions.models import PublishAs, SignOff, Submission
from tests.conftest import ENGINES, migrate
from tests.sending.team import make_team

POINTS, RATED = 20, 3


class Live:
    """A server on a database of its own, and the sessions of the lead and the deputy."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            team = make_team(session)
            for number in range(POINTS):
                team.draft(session, f"Point {number}.", entry=number % 3)
            for number in range(RATED):
                team.rate(session, entry=number)
            self.keys = team.keys(session)
            self.cookies = [sessions.open_session(session, person) for person in (team.lead, team.deputy)]
            self.member_id = team.member.id
        app = main.behind_middleware(main.create_api(database), cache_megabytes=0)
        self.server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            self.thread.join(0.02)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def sign(self, who: int, keys: list[str]) -> tuple[int, str]:
        """Post the form as one of the two: the status, and where it leads or what it says."""
        body = urlencode({"items": keys, "authorised": "yes"}, doseq=True).encode()
        request = Request(f"http://127.0.0.1:{self.port}/organisation/feedback/check", body)  # noqa: S310
        request.add_header("Cookie", f"__Host-session={self.cookies[who]}")
        request.add_header("Sec-Fetch-Site", "same-origin")
        with build_opener(Staying()).open(request, timeout=60) as answer:
            return answer.status, answer.headers.get("Location") or answer.read().decode()

    def stop(self) -> None:
        """End the server."""
        self.server.should_exit = True
        self.thread.join(10)


class Staying(HTTPRedirectHandler):
    """Follows nothing and takes every answer for one."""

    def redirect_request(self, *_: object) -> None:
        """Stay."""

    def http_error_303(self, _request: object, answer: object, *_: object) -> object:
        """The answer itself."""
        return answer

    http_error_409 = http_error_422 = http_error_403 = http_error_303


@pytest.fixture(params=ENGINES)
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    """The server, on each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/own.db"
    else:
        server = request.getfixturevalue("postgresql")
        server.psql('CREATE DATABASE "two_leads";')
        url = server.get_uri("two_leads")
    database = Database(url)
    migrate(database.engine)
    live = Live(database)
    yield live
    live.stop()
    database.engine.dispose()
    if request.param == "postgresql":
        request.getfixturevalue("postgresql").psql('DROP DATABASE "two_leads" WITH (FORCE);')


def number(session: Session, model: type[object]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


def test_of_two_leads_at_once_one_signs_and_the_other_is_told(live: Live) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda who: (who, *live.sign(who, live.keys)), [0, 1] * 4))
    [winner] = {who for who, status, _ in answers if status == 303}
    assert {where for who, status, where in answers if who == winner} == {
        next(where for _, status, where in answers if status == 303)
    }, "however often the winner pressed, it is the same part"
    for who, status, page in answers:
        if who != winner:
            assert status == 409
            assert f"was signed off by {('Lea Lead', 'Dee Deputy')[winner]}" in page
    with live.database.session() as session:
        assert number(session, SignOff) == 1 and number(session, CommentText) == POINTS
        assert number(session, RatingEvent) == RATED * 2 and number(session, Draft) == 0
        assert number(session, OutboxMessage) == 1
        assert log.first_break(session) is None


def test_parts_that_have_nothing_in_common_both_go(live: Live) -> None:
    halves = [live.keys[:10], live.keys[10:]]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: live.sign(who, halves[who]), [0, 1]))
    assert [status for status, _ in answers] == [303, 303]
    assert sorted(where[-7:] for _, where in answers) == ["parts/1", "parts/2"]
    with live.database.session() as session:
        assert number(session, CommentText) == POINTS and number(session, OutboxMessage) == 2


def test_what_a_colleague_saves_at_that_moment_is_neither_lost_nor_sent_unread(live: Live) -> None:
    with live.database.session() as session:
        submission = session.exec(select(Submission)).one()
        read = [(item.comment.id, item.draft.number) for item in queries.waiting(session, submission)
                if item.comment and item.draft]  # fmt: skip
    saved: list[int] = []

    def save() -> None:
        for comment_id, seen in read:
            with live.database.session(writes=True) as session:
                viewer = viewer_for(session.get_one(Person, live.member_id))
                try:
                    drafting.save(
                        session, session.get_one(Comment, comment_id), by=viewer, seen=seen, body="Saved in time.",
                        publish_as=PublishAs.NAMED,
                    )  # fmt: skip
                    session.commit()
                except drafting.AlreadySent:
                    continue
                saved.append(comment_id)

    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(save)
        status, _ = live.sign(0, live.keys)
        saving.result()
    with live.database.session() as session:
        is_signed = status == 303
        assert number(session, CommentText) == (POINTS if is_signed else 0)
        assert len(saved) == (0 if is_signed else POINTS)
        kept = [draft.body for draft in session.exec(select(Draft))]
        assert kept == ["Saved in time."] * len(saved)
