"""Signing in with a work account: what the provider says is believed only if it fits in every way."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlmodel import Session, col, select

from backend.accounts import sign_in, staff_provider
from backend.accounts.models import StaffIdentity
from backend.audit.models import AuditEvent
from backend.core import clock, tokens
from backend.core.config import settings
from backend.people.access import SESSION_COOKIE
from backend.people.models import Person, SecondFactor, StaffRole, WebSession
from tests import factories
from tests.accounts.showing import mails
from tests.accounts.work_provider import CLIENT, START, WorkProvider
from tests.browsing import Visitor

DESK = "/staff/desk"
ADDRESS = "sam@authority.example"


@pytest.fixture(scope="module")
def the_provider() -> Iterator[WorkProvider]:
    provider = WorkProvider()
    yield provider
    provider.close()


@pytest.fixture
def provider(the_provider: WorkProvider, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkProvider]:
    """The provider, saying what a good one says, and the settings that name it."""
    the_provider.claims, the_provider.header, the_provider.about = {}, {}, {}
    the_provider.id_token, the_provider.fails_with = None, 0
    the_provider.asked.clear()
    for name, value in {
        "OIDC_ISSUER": the_provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": "a-secret",
        "OIDC_AMR": "otp hwk", "OIDC_ACR": "two-factors",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    staff_provider._provider_of.cache_clear()
    yield the_provider
    monkeypatch.undo()
    settings.cache_clear()
    staff_provider._provider_of.cache_clear()


@pytest.fixture
def sam(session: Session) -> Person:
    factories.make_framework(session)
    person = factories.make_staff(session, StaffRole.MODERATOR)
    person.email = ADDRESS
    session.add(person)
    session.commit()
    return person


def go(provider: WorkProvider, visitor: Visitor, going_to: str = DESK) -> Visitor:
    """There and back."""
    return provider.come_back(visitor, provider.begin(visitor, going_to))


def test_staff_sign_in_and_go_on(provider: WorkProvider, visitor: Visitor, session: Session, sam: Person) -> None:
    visitor.get("/sign-in?next=/staff/desk")
    assert "Sign in with your work account" in visitor.text
    planted = tokens.secret()
    visitor.client.cookies.set(SESSION_COOKIE, planted, domain="testserver.local")
    go(provider, visitor)
    assert visitor.path == DESK
    token = str(visitor.client.cookies.get(SESSION_COOKIE))
    session.commit()
    opened = session.get_one(WebSession, tokens.digest(token))
    assert token != planted
    assert opened.second_factor is SecondFactor.PROVIDER
    assert session.get_one(StaffIdentity, (provider.issuer, "subject-1")).person_id == sam.id
    assert "for the first time" in mails(session, "second-step")[-1].text
    actions = session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id))).all()
    assert [action for action in actions if action in ("work account bound", "signed in")] == [
        "work account bound", "signed in",
    ]  # fmt: skip


def test_what_is_sent_along_binds_the_answer_to_this_browser(
    provider: WorkProvider, visitor: Visitor, sam: Person
) -> None:
    sent = provider.begin(visitor, DESK)
    assert sent["response_type"] == "code"
    assert sent["code_challenge_method"] == "S256"
    assert sent["redirect_uri"].endswith("/sign-in/work-account/callback")
    assert set(sent["scope"].split()) == {"openid", "email"}
    provider.come_back(visitor, sent)
    (form,) = [form for path, form in provider.asked if path == "/token"]
    hashed = hashlib.sha256(form["code_verifier"][0].encode()).digest()
    assert base64.urlsafe_b64encode(hashed).decode().rstrip("=") == sent["code_challenge"]
    again = provider.begin(visitor, DESK)
    assert not {again[name] for name in ("state", "nonce", "code_challenge")} & set(sent.values())


def test_after_the_first_time_the_address_counts_for_nothing(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person
) -> None:
    go(provider, visitor)
    provider.claims = {"email": "changed@authority.example"}
    visitor.client.cookies.clear()
    assert go(provider, visitor).path == DESK
    provider.claims = {"sub": "subject-2"}
    visitor.client.cookies.clear()
    go(provider, visitor)
    assert visitor.status == 403
    assert "not known here" in visitor.text
    session.commit()
    assert len(session.exec(select(StaffIdentity)).all()) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False}, {"email_verified": ...}, {"email_verified": "true"}, {"email": ...},
        {"email": "nobody@authority.example"}, {"email": "member@example.org"}, {"email": ["sam@authority.example"]},
        {"email": "ſam@authority.example"}, {"email": "closed@authority.example"},
    ],
)  # fmt: skip
def test_only_an_appointed_person_at_a_verified_address_is_bound(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person, claims: dict[str, Any]
) -> None:
    factories.make_person(session, email="member@example.org")
    closed = factories.make_staff(session)
    closed.email, closed.closed_at = "closed@authority.example", clock.now()
    session.commit()
    provider.claims = claims
    go(provider, visitor)
    assert visitor.status == 403
    assert "not known here" in visitor.text
    assert not visitor.client.cookies.get(SESSION_COOKIE)
    session.commit()
    assert session.exec(select(StaffIdentity)).all() == []


def test_whoever_is_no_longer_appointed_does_not_get_in(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person
) -> None:
    go(provider, visitor)
    visitor.client.cookies.clear()
    for appointment in list(sam.appointments):
        session.delete(appointment)
    session.commit()
    assert go(provider, visitor).status == 403


def by_hand(header: dict[str, Any], claims: dict[str, Any], key: bytes | None) -> str:
    """A token as only an attacker makes it: no library agrees to."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    made = hmac.digest(key, b".".join(parts), "sha256") if key else b""
    return b".".join([*parts, base64.urlsafe_b64encode(made).rstrip(b"=")]).decode()


def hmac_with_the_public_key(provider: WorkProvider, claims: dict[str, Any]) -> str:
    return by_hand({"alg": "HS256", "kid": "first"}, claims, provider.key.as_pem(private=False))


def hmac_with_our_secret(provider: WorkProvider, claims: dict[str, Any]) -> str:
    return by_hand({"alg": "HS256"}, claims, b"a-secret")


def unsigned(provider: WorkProvider, claims: dict[str, Any]) -> str:
    return by_hand({"alg": "none", "kid": "first"}, claims, None)


def by_another_key(provider: WorkProvider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048))


def by_an_unknown_key(provider: WorkProvider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "other"}, claims, RSAKey.generate_key(2048, {"kid": "other"}))


def changed_afterwards(provider: WorkProvider, claims: dict[str, Any]) -> str:
    header, _, signature = jwt.encode({"alg": "RS256", "kid": "first"}, {**claims, "sub": "x"}, provider.key).split(".")
    _, body, _ = jwt.encode({"alg": "RS256", "kid": "first"}, claims, provider.key).split(".")
    return ".".join((header, body, signature))


def nonsense(provider: WorkProvider, claims: dict[str, Any]) -> str:
    return "not.a.token"


@pytest.mark.parametrize(
    "forged",
    [
        hmac_with_the_public_key,
        hmac_with_our_secret,
        unsigned,
        by_another_key,
        by_an_unknown_key,
        changed_afterwards,
        nonsense,
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person, forged: Callable[..., str]
) -> None:
    sent = provider.begin(visitor)
    claims = jwt.decode(provider.token(sent["nonce"]), provider.key).claims
    provider.id_token = forged(provider, claims)
    refused(provider.come_back(visitor, sent), session)


def refused(visitor: Visitor, session: Session) -> None:
    assert visitor.status == 422, visitor.text
    assert "We could not sign you in with your work account" in visitor.text
    assert not visitor.client.cookies.get(SESSION_COOKIE)
    session.commit()
    assert session.exec(select(WebSession)).all() == []


HOUR = 3600


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"}, {"nonce": ...}, {"aud": "another-client"}, {"aud": ...}, {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"}, {"azp": "another"}, {"iss": "https://evil.test"}, {"iss": ...},
        {"exp": -HOUR}, {"exp": ...}, {"exp": "soon"}, {"iat": HOUR}, {"iat": ...}, {"nbf": HOUR}, {"sub": ...},
        {"sub": ""}, {"sub": 7}, {"auth_time": "x"}, {"auth_time": 10**30}, {"amr": "otp"},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_that_is_not_for_us_or_not_of_now_is_refused(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person, claims: dict[str, Any]
) -> None:
    now = int(clock.now().timestamp())
    moved = {name: now + value for name, value in claims.items() if value in (HOUR, -HOUR)}
    provider.claims = {**claims, **moved}
    refused(go(provider, visitor), session)


def test_a_token_may_name_several_audiences_if_it_was_made_for_us(
    provider: WorkProvider, visitor: Visitor, sam: Person
) -> None:
    provider.claims = {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert go(provider, visitor).path == DESK


@pytest.mark.parametrize("claims", [{"acr": "password"}, {"acr": ...}, {"amr": ["pwd"]}, {"amr": []}, {"amr": ...}])
def test_one_factor_alone_is_not_enough(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    go(provider, visitor)
    assert visitor.status == 403
    assert "needs a stronger sign-in" in visitor.text
    session.commit()
    assert session.exec(select(WebSession)).all() == []
    assert session.exec(select(StaffIdentity)).all() == []


@pytest.mark.parametrize("forged", [{"state": "forged"}, {"state": ""}, {"code": ""}, {"iss": "https://evil.test"}])
def test_an_answer_that_we_did_not_ask_for_is_refused(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person, forged: dict[str, str]
) -> None:
    refused(provider.come_back(visitor, provider.begin(visitor), **forged), session)
    assert not [path for path, _ in provider.asked if path == "/token"]


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person
) -> None:
    sent = provider.begin(visitor)
    kept = str(visitor.client.cookies.get("__Host-work-account"))
    visitor.client.cookies.clear()
    refused(provider.come_back(visitor, sent), session)
    visitor.client.cookies.set("__Host-work-account", kept[:-6] + "AAAA==", domain="testserver.local")
    refused(provider.come_back(visitor, sent), session)
    sent = provider.begin(visitor)
    assert provider.come_back(visitor, sent).status == 200
    assert not visitor.client.cookies.get("__Host-work-account")
    provider.come_back(visitor, sent)
    assert visitor.status == 422


def test_a_refused_answer_is_used_up_too(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person
) -> None:
    sent = provider.begin(visitor)
    refused(provider.come_back(visitor, sent, state="forged"), session)
    refused(provider.come_back(visitor, sent), session)


def test_there_are_ten_minutes_for_it(provider: WorkProvider, visitor: Visitor, session: Session, sam: Person) -> None:
    sent = provider.begin(visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        refused(provider.come_back(visitor, sent), session)


@pytest.mark.parametrize(
    "out", ["https://evil.test", "//evil.test", "/%5Cevil.test", "javascript:alert(1)", "http://["]
)
def test_the_way_on_is_always_one_of_our_pages(provider: WorkProvider, visitor: Visitor, sam: Person, out: str) -> None:
    go(provider, visitor, out)
    assert visitor.path == "/"


def test_turning_back_is_said_calmly(provider: WorkProvider, visitor: Visitor, session: Session, sam: Person) -> None:
    sent = provider.begin(visitor)
    provider.come_back(visitor, sent, error="access_denied", code="")
    assert visitor.status == 422
    assert "You did not sign in with your work account" in visitor.text


def test_a_provider_that_fails_gets_a_calm_page_and_is_left_alone_for_a_moment(
    provider: WorkProvider, visitor: Visitor, sam: Person
) -> None:
    provider.fails_with = 500
    for _ in range(3):
        visitor.get(START)
        assert visitor.status == 503
        assert "cannot be reached at the moment" in visitor.text
    assert len(provider.asked) == 1
    provider.fails_with = 0
    with time_machine.travel(clock.now() + timedelta(seconds=11), tick=False):
        sent = provider.begin(visitor, DESK)
        provider.fails_with = 502
        provider.come_back(visitor, sent)
        assert visitor.status == 503


def test_a_provider_that_is_not_there_gets_a_calm_page(
    provider: WorkProvider, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OIDC_ISSUER", "http://127.0.0.1:9")
    settings.cache_clear()
    visitor.get(START)
    assert visitor.status == 503


def test_a_slow_provider_does_not_hold_everybody_up(provider: WorkProvider, visitor: Visitor) -> None:
    taken = [staff_provider.PLACES.acquire(blocking=False) for _ in range(staff_provider.AT_ONCE)]
    try:
        assert all(taken)
        assert visitor.get(START).status == 503
    finally:
        for _ in taken:
            staff_provider.PLACES.release()


@pytest.mark.parametrize("about", [{"issuer": "https://evil.test"}, {"authorization_endpoint": 7}])
def test_a_provider_that_says_it_is_another_is_not_asked(
    provider: WorkProvider, visitor: Visitor, about: dict[str, Any]
) -> None:
    provider.about = about
    assert visitor.get(START).status == 503


def test_new_keys_are_found(provider: WorkProvider, visitor: Visitor, sam: Person) -> None:
    assert go(provider, visitor).path == DESK
    old = provider.key
    try:
        provider.key = RSAKey.generate_key(2048, {"kid": "second"})
        provider.header = {"kid": "second"}
        visitor.client.cookies.clear()
        with time_machine.travel(clock.now() + timedelta(seconds=11), tick=False):
            assert go(provider, visitor).path == DESK
    finally:
        provider.key = old


def test_without_a_provider_there_is_no_such_page(visitor: Visitor) -> None:
    assert visitor.get(START).status == 404
    assert visitor.get(f"{START}/callback?code=x&state=y").status == 404
    assert "work account" not in visitor.get("/sign-in").text


def test_staff_get_no_link_by_mail_and_the_answer_is_the_same(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person
) -> None:
    visitor.get("/sign-in").press("Send me a link", email=ADDRESS)
    assert visitor.path == "/sign-in/check-your-email"
    assert mails(session, "sign-in") == []
    (told,) = mails(session, "sign-in-at-work")
    assert "work account" in told.text
    assert "/sign-in/link/" not in told.text
    member = factories.make_member(session)
    session.commit()
    visitor.get("/sign-in").press("Send me a link", email=member.email)
    assert len(mails(session, "sign-in")) == 1


def test_a_link_from_before_the_appointment_is_worth_nothing(
    provider: WorkProvider, visitor: Visitor, session: Session
) -> None:
    person = factories.make_person(session)
    session.commit()
    visitor.get("/sign-in").press("Send me a link", email=person.email)
    link = mails(session, "sign-in")[-1].text.partition("/sign-in/link/")[2].split()[0]
    session.add(factories.Appointment(person_id=person.id, role=StaffRole.ADMINISTRATOR))
    session.commit()
    visitor.post(f"/sign-in/link/{link}")
    assert visitor.status == 403
    assert "Sign in with your work account" in visitor.text


def test_a_link_from_the_command_line_leads_to_the_second_step(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person
) -> None:
    address = sign_in.link_from_command_line(session, sam).removeprefix(settings().base_url)
    session.commit()
    visitor.get(address).press("Sign in")
    assert visitor.path.startswith("/account/second-step/set-up")


def confirming(visitor: Visitor) -> Visitor:
    visitor.get("/confirm-it-is-you?next=/account/second-step/set-up")
    assert "Go to your work account" in visitor.text
    return visitor


def test_confirming_with_the_work_account_asks_there_anew(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person
) -> None:
    go(provider, visitor)
    before = str(visitor.client.cookies.get(SESSION_COOKIE))
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        visitor.get("/account/second-step/set-up")
        assert visitor.path.startswith("/confirm-it-is-you")
        sent = provider.begin(confirming(visitor), "/account/second-step/set-up")
        assert sent["prompt"] == "login"
        assert sent["max_age"] == "0"
        provider.come_back(visitor, sent)
        assert visitor.path == "/account/second-step/set-up"
        assert str(visitor.client.cookies.get(SESSION_COOKIE)) != before
    session.commit()
    assert session.get_one(WebSession, tokens.digest(before)).revoked_at is not None


@pytest.mark.parametrize("claims", [{"auth_time": ...}, {"auth_time": -700}, {"sub": "another"}])
def test_confirming_needs_a_fresh_sign_in_of_the_same_account(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person, claims: dict[str, Any]
) -> None:
    go(provider, visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        if claims.get("auth_time") == -700:
            claims = {"auth_time": int(clock.now().timestamp()) - 700}
        provider.claims = claims
        provider.come_back(visitor, provider.begin(visitor, "/account/second-step/set-up"))
        assert visitor.status == 422
        visitor.get("/account/second-step/set-up")
        assert visitor.path.startswith("/confirm-it-is-you")


def test_confirming_counts_in_the_session_that_asked(
    provider: WorkProvider, visitor: Visitor, session: Session, sam: Person
) -> None:
    go(provider, visitor)
    sent = provider.begin(visitor)
    other = factories.make_staff(session)
    visitor.sign_in(session, other)
    assert provider.come_back(visitor, sent).status == 422
