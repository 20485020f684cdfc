"""Signed-in browsers: how long they last, what they are called, and how they end."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session

from backend.accounts import devices, sessions
from backend.core import clock, tokens
from backend.people.access import SESSION_COOKIE
from backend.people.models import SecondFactor, WebSession
from tests import factories
from tests.accounts.showing import by_mail
from tests.browsing import Visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def is_still_in(visitor: Visitor) -> bool:
    """Whether a form that is sent finds the person signed in. It is a form, because a test keeps what forms note."""
    return visitor.post("/sign-in/show-app-code").status == 422


@pytest.mark.parametrize(("is_staff", "minutes"), [(True, 30), (False, 12 * 60)])
def test_a_browser_that_is_not_used_is_signed_out(
    visitor: Visitor, session: Session, is_staff: bool, minutes: int
) -> None:
    person = factories.make_staff(session) if is_staff else factories.make_member(session)
    with time_machine.travel(clock.now(), tick=False) as time:
        visitor.sign_in(session, person)
        for _ in range(3):
            time.shift(timedelta(minutes=minutes - 1))
            assert is_still_in(visitor)
        time.shift(timedelta(minutes=minutes))
        assert not is_still_in(visitor)


@pytest.mark.parametrize(("is_staff", "hours"), [(True, 12), (False, 7 * 24)])
def test_nobody_stays_signed_in_for_ever(visitor: Visitor, session: Session, is_staff: bool, hours: int) -> None:
    person = factories.make_staff(session) if is_staff else factories.make_member(session)
    started = clock.now()
    with time_machine.travel(started, tick=False) as time:
        visitor.sign_in(session, person)
        last: datetime = started
        while last < started + timedelta(hours=hours):
            assert is_still_in(visitor)
            last = min(last + timedelta(minutes=29 if is_staff else 700), started + timedelta(hours=hours))
            time.move_to(last)
        assert not is_still_in(visitor)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
         "Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile "
         "Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
         "Safari/605.1.15", "Safari on Mac"),
        ("curl/8.0", ""), ("", ""), ("<script>Firefox/1</script>", "Firefox"),
    ],
)  # fmt: skip
def test_a_device_is_named_as_people_call_it(written: str, said: str) -> None:
    assert devices.device_of(written) == said


def test_a_session_remembers_its_device(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session, email="robin@example.org")
    session.commit()
    visitor.client.headers["User-Agent"] = FIREFOX
    try:
        by_mail(visitor, session, person)
    finally:
        del visitor.client.headers["User-Agent"]
    session.commit()
    (opened,) = sessions.open_sessions(session, person)
    assert opened.device == "Firefox on Linux"


def test_ending_all_sessions_spares_the_one_that_is_named(visitor: Visitor, session: Session) -> None:
    person = factories.make_staff(session)
    here = sessions.find(session, sessions.open_session(session, person, second_factor=SecondFactor.APP))
    elsewhere = sessions.find(session, sessions.open_session(session, person, second_factor=SecondFactor.APP))
    stranger = sessions.find(session, sessions.open_session(session, factories.make_person(session)))
    sessions.close_all(session, person, but=here)
    session.expire_all()
    assert [each.revoked_at is None for each in (here, elsewhere, stranger) if each] == [True, False, True]


def test_a_session_that_has_ended_is_not_listed(session: Session) -> None:
    person = factories.make_staff(session)
    sessions.open_session(session, person)
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        assert sessions.open_sessions(session, person) == []


def test_only_a_digest_of_the_token_is_kept(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_member(session))
    token = str(visitor.client.cookies.get(SESSION_COOKIE))
    assert token not in repr(session.get_one(WebSession, tokens.digest(token)).model_dump())
