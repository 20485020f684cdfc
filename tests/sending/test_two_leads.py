"""Two leads press the button at once, on a live server: one signs, the other is told, nothing is sent twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from sqlmodel import Session, func, select

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
from tests.bench.servers import listening
from tests.sending.team import make_team

POINTS, RATED = 20, 3


class Leads:
    """The sessions of the lead and the deputy at a server, and what waits for them to sign off."""

    def __init__(self, database: Database, port: int) -> None:
        self.database, self.port = database, port
        with database.transaction() as session:
            team = make_team(session)
            for number in range(POINTS):
                team.draft(session, f"Point {number}.", entry=number % 3)
            for number in range(RATED):
                team.rate(session, entry=number)
            self.keys = team.keys(session)
            self.cookies = [sessions.open_session(session, person) for person in (team.lead, team.deputy)]
            self.member_id = team.member.id

    def sign(self, who: int, keys: list[str]) -> tuple[int, str]:
        """Post the form as one of the two: the status, and where it leads or what it says."""
        body = urlencode({"items": keys, "authorised": "yes"}, doseq=True).encode()
        request = Request(f"http://127.0.0.1:{self.port}/organisation/feedback/check", body)  # noqa: S310
        request.add_header("Cookie", f"__Host-session={self.cookies[who]}")
        request.add_header("Sec-Fetch-Site", "same-origin")
        with build_opener(Staying()).open(request, timeout=60) as answer:
            return answer.status, answer.headers.get("Location") or answer.read().decode()


class Staying(HTTPRedirectHandler):
    """Follows nothing and takes every answer for one."""

    def redirect_request(self, *_: object) -> None:
        """Stay."""

    def http_error_303(self, _request: object, answer: object, *_: object) -> object:
        """The answer itself."""
        return answer

    http_error_409 = http_error_422 = http_error_403 = http_error_303


@pytest.fixture
def leads(live: Database) -> Iterator[Leads]:
    """The two, with a server that listens."""
    with listening(live) as port:
        yield Leads(live, port)


def number(session: Session, model: type[object]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


def test_of_two_leads_at_once_one_signs_and_the_other_is_told(leads: Leads) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda who: (who, *leads.sign(who, leads.keys)), [0, 1] * 4))
    [winner] = {who for who, status, _ in answers if status == 303}
    assert {where for who, status, where in answers if who == winner} == {
        next(where for _, status, where in answers if status == 303)
    }, "however often the winner pressed, it is the same part"
    for who, status, page in answers:
        if who != winner:
            assert status == 409
            assert f"was signed off by {('Lea Lead', 'Dee Deputy')[winner]}" in page
    with leads.database.session() as session:
        assert number(session, SignOff) == 1 and number(session, CommentText) == POINTS
        assert number(session, RatingEvent) == RATED * 2 and number(session, Draft) == 0
        assert number(session, OutboxMessage) == 1
        assert log.first_break(session) is None


def test_parts_that_have_nothing_in_common_both_go(leads: Leads) -> None:
    halves = [leads.keys[:10], leads.keys[10:]]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: leads.sign(who, halves[who]), [0, 1]))
    assert [status for status, _ in answers] == [303, 303]
    assert sorted(where[-7:] for _, where in answers) == ["parts/1", "parts/2"]
    with leads.database.session() as session:
        assert number(session, CommentText) == POINTS and number(session, OutboxMessage) == 2


def test_what_a_colleague_saves_at_that_moment_is_neither_lost_nor_sent_unread(leads: Leads) -> None:
    with leads.database.session() as session:
        submission = session.exec(select(Submission)).one()
        read = [(item.comment.id, item.draft.number) for item in queries.waiting(session, submission)
                if item.comment and item.draft]  # fmt: skip
    saved: list[int] = []

    def save() -> None:
        for comment_id, seen in read:
            with leads.database.session(writes=True) as session:
                viewer = viewer_for(session.get_one(Person, leads.member_id))
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
        status, _ = leads.sign(0, leads.keys)
        saving.result()
    with leads.database.session() as session:
        is_signed = status == 303
        assert number(session, CommentText) == (POINTS if is_signed else 0)
        assert len(saved) == (0 if is_signed else POINTS)
        kept = [draft.body for draft in session.exec(select(Draft))]
        assert kept == ["Saved in time."] * len(saved)
