"""Showing anew that it is you, before what matters most."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session

from backend.accounts import sign_in
from backend.core import clock, tokens
from backend.core.config import settings
from backend.people import live_sessions
from backend.people.access import SESSION_COOKIE
from backend.people.models import Person, SecondFactor, Standing, WebSession
from tests import factories
from tests.accounts.showing import by_mail, code_of, give_app, mails, wrong_code
from tests.browsing import Visitor

PREVIEW = "/staff/release/publish"
LATER = timedelta(minutes=11)


@pytest.fixture
def releaser(session: Session) -> Person:
    factories.make_draft(session, factories.make_framework(session), number="0.2")
    person = factories.make_staff(session)
    session.commit()
    return person


def test_publishing_asks_again_after_ten_minutes_and_leads_back(
    visitor: Visitor, session: Session, releaser: Person
) -> None:
    app = give_app(session, releaser)
    visitor.sign_in(session, releaser).get(PREVIEW)
    assert visitor.path == PREVIEW
    before = str(visitor.client.cookies.get(SESSION_COOKIE))
    until = session.get_one(WebSession, tokens.digest(before)).expires_at
    with time_machine.travel(clock.now() + LATER, tick=False):
        visitor.get("/staff/desk")
        assert visitor.path == "/staff/desk", "the rest stays open"
        visitor.get(PREVIEW)
        assert visitor.path == "/confirm-it-is-you?next=%2Fstaff%2Frelease%2Fpublish"
        visitor.press("Continue", code=wrong_code(app))
        assert visitor.status == 422
        visitor.press("Continue", code=code_of(app))
        assert visitor.path == PREVIEW
        after = str(visitor.client.cookies.get(SESSION_COOKIE))
    session.commit()
    session.expire_all()
    assert after != before
    assert session.get_one(WebSession, tokens.digest(before)).revoked_at is not None
    assert session.get_one(WebSession, tokens.digest(after)).expires_at == until, "confirming makes nothing last longer"


@pytest.mark.parametrize("act", [PREVIEW, "/staff/decide/make-final"])
def test_an_open_tab_cannot_publish_and_is_told_the_way(
    visitor: Visitor, session: Session, releaser: Person, act: str
) -> None:
    visitor.sign_in(session, releaser)
    with time_machine.travel(clock.now() + LATER, tick=False):
        visitor.post(act, Referer="https://testserver/staff/release/publish")
        assert visitor.status == 403
        assert "fresh confirmation" in visitor.text
        visitor.follow("Confirm that it is you")
        assert visitor.path == "/confirm-it-is-you?next=%2Fstaff%2Frelease%2Fpublish"


@pytest.mark.parametrize("elsewhere", ["https://evil.test//evil.test", "http://[", "nonsense", "https://x/\\evil.test"])
def test_the_way_back_is_always_one_of_our_pages(
    visitor: Visitor, session: Session, releaser: Person, elsewhere: str
) -> None:
    visitor.sign_in(session, releaser)
    with time_machine.travel(clock.now() + LATER, tick=False):
        visitor.post(PREVIEW, Referer=elsewhere)
        assert visitor.status == 403
        (way_on,) = [link.get("href") for link in visitor.page.iter("a") if "/confirm-it-is-you" in link.get("href")]
        assert way_on == "/confirm-it-is-you?next=%2F"


def test_five_wrong_codes_while_confirming_sign_out(visitor: Visitor, session: Session, releaser: Person) -> None:
    app = give_app(session, releaser)
    visitor.sign_in(session, releaser).get(f"/confirm-it-is-you?next={PREVIEW}")
    for _ in range(5):
        visitor.press("Continue", code=wrong_code(app)) if visitor.page.forms else None
    assert "You have been signed out" in visitor.text
    assert visitor.get(PREVIEW).path.startswith("/sign-in?")


def test_inviting_who_is_to_sign_off_asks_again_and_inviting_a_member_does_not(
    visitor: Visitor, session: Session
) -> None:
    lead = factories.make_member(session, standing=Standing.LEAD)
    visitor.sign_in(session, lead)
    with time_machine.travel(clock.now() + LATER):
        visitor.get("/organisation/invite").press("Send the invitation", email="dee@x.example", invited_as="deputy")
        assert visitor.status == 403 and "Confirm that it is you" in visitor.text
        visitor.get("/organisation/invite").press("Send the invitation", email="mo@x.example", invited_as="member")
        assert "We have sent an invitation to mo@x.example" in visitor.text
    assert [mail.to for mail in mails(session, "invitation")] == ["mo@x.example"]


@pytest.mark.parametrize("form", ["/staff/organisations/new", "/staff/organisations/brightplay/invite-lead"])
def test_staff_who_invite_a_lead_are_asked_again(visitor: Visitor, session: Session, form: str) -> None:
    organisation = factories.make_organisation(session)
    organisation.slug = "brightplay"
    session.add(organisation)
    moderator = factories.make_staff(session)
    give_app(session, moderator)
    visitor.sign_in(session, moderator)
    with time_machine.travel(clock.now() + LATER):
        assert visitor.get(form).path.startswith("/confirm-it-is-you")
        visitor.post(form, {"email": "lead@x.example"})
        assert visitor.status == 403


def test_a_participant_confirms_by_a_code_to_their_mailbox(visitor: Visitor, session: Session) -> None:
    member = factories.make_member(session)
    visitor.sign_in(session, member)
    with time_machine.travel(clock.now() + LATER):
        visitor.get("/account/second-step/set-up")
        assert visitor.path.startswith("/confirm-it-is-you")
        visitor.press("Send me a code")
        assert visitor.path == "/sign-in/check-your-email"
        code = re.search(r"^[A-Z0-9]{8}$", mails(session, "sign-in")[-1].text, re.MULTILINE)
        assert code
        before = str(visitor.client.cookies.get(SESSION_COOKIE))
        visitor.press("Sign in", code=code[0])
        assert visitor.path == "/account/second-step/set-up"
        assert str(visitor.client.cookies.get(SESSION_COOKIE)) != before
    session.commit()
    session.expire_all()
    assert session.get_one(WebSession, tokens.digest(before)).revoked_at is not None


def test_whoever_has_a_second_factor_cannot_do_with_the_mailbox_alone(
    visitor: Visitor, session: Session, releaser: Person
) -> None:
    member = factories.make_member(session)
    give_app(session, member)
    for person in (member, releaser):
        visitor.sign_in(session, person)
        with time_machine.travel(clock.now() + LATER, tick=False):
            visitor.post("/confirm-it-is-you/send-code", {"next": "/"})
            assert visitor.status == 401
    assert mails(session, "sign-in") == []


def test_signing_in_counts_as_confirming(visitor: Visitor, session: Session) -> None:
    member = factories.make_member(session)
    session.commit()
    by_mail(visitor, session, member).get("/account/second-step/set-up")
    assert visitor.path == "/account/second-step/set-up"


@pytest.mark.parametrize("out", ["https://evil.test", "//evil.test", "/%5Cevil.test"])
def test_confirming_leads_nowhere_else(visitor: Visitor, session: Session, releaser: Person, out: str) -> None:
    app = give_app(session, releaser)
    visitor.sign_in(session, releaser).get(f"/confirm-it-is-you?next={out}")
    visitor.press("Continue", code=code_of(app))
    assert visitor.path == "/"


def demonstration(monkeypatch: pytest.MonkeyPatch, *, demo: bool) -> None:
    chosen = settings().model_copy(update={"demo": demo})
    for module in (sign_in, live_sessions):
        monkeypatch.setattr(module, "settings", lambda: chosen)


def test_demonstration_accounts_skip_both_steps_only_in_the_demonstration(
    visitor: Visitor, session: Session, releaser: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    demonstration(monkeypatch, demo=True)
    address = sign_in.link_from_command_line(session, releaser).removeprefix(settings().base_url)
    session.commit()
    visitor.get(address).press("Sign in").get(PREVIEW)
    assert visitor.path == PREVIEW
    token = tokens.digest(str(visitor.client.cookies.get(SESSION_COOKIE)))
    assert session.get_one(WebSession, token).second_factor is SecondFactor.DEMONSTRATION
    with time_machine.travel(clock.now() + LATER, tick=False):
        assert visitor.get(PREVIEW).path == PREVIEW
        assert visitor.get(f"/confirm-it-is-you?next={PREVIEW}").path == PREVIEW
    demonstration(monkeypatch, demo=False)
    assert visitor.get(PREVIEW).path.startswith("/account/second-step/set-up")


def test_a_link_from_the_command_line_needs_the_second_step(
    visitor: Visitor, session: Session, releaser: Person
) -> None:
    address = sign_in.link_from_command_line(session, releaser).removeprefix(settings().base_url)
    session.commit()
    visitor.get(address).press("Sign in")
    assert visitor.path.startswith("/account/second-step/set-up")


def test_a_demonstration_link_by_mail_is_like_any_other(
    visitor: Visitor, session: Session, releaser: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    demonstration(monkeypatch, demo=True)
    by_mail(visitor, session, releaser)
    assert visitor.path.startswith("/account/second-step/set-up")
