"""Signing in with two steps in a real browser: an app, passkeys, and work accounts at a real provider."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import CDPSession, expect
from sqlmodel import col, select

from backend.accounts import staff_provider
from backend.accounts.models import Passkey, StaffIdentity
from backend.core import clock
from backend.core.config import settings
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people.models import StaffRole, WebSession
from tests import factories
from tests.browser.walking import Walker

PROVIDER = Path(__file__).parent / "oidc_provider.mjs"
STAFF = "sam@authority.example"
DESK = "/staff/desk"
pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
"""What is looked at here is the same whatever the database: the journeys that change much are walked on both."""
WITH_SCRIPTS = pytest.mark.parametrize("scripts", [True], ids=["with scripts"], indirect=True)


@pytest.fixture
def own_database(live: Database) -> Database:
    """A pilot with a framework and one member of staff."""
    with live.transaction() as session:
        factories.make_draft(session, factories.make_framework(session), number="0.2")
        staff = factories.make_staff(session, StaffRole.MODERATOR, StaffRole.RELEASER)
        staff.email = STAFF
        session.add(staff)
    return live


@pytest.fixture
def at_home(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The site under its own address, which passkeys and the provider have to know."""
    monkeypatch.setenv("BASE_URL", site)
    settings.cache_clear()
    yield site
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def work(at_home: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a real provider of work accounts, which the settings name."""
    about = {"client": "pilot", "secret": "a-secret-of-two", "callback": at_home + staff_provider.CALLBACK}
    with subprocess.Popen(["node", str(PROVIDER), json.dumps(about)], stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout
        issuer = node.stdout.readline().strip()
        assert issuer.startswith("http://localhost:")
        for name, value in {
            "OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "pilot", "OIDC_CLIENT_SECRET": "a-secret-of-two",
            "OIDC_ACR": "two-factors", "OIDC_AMR": "otp hwk",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        yield issuer
        node.terminate()


def by_mail(walker: Walker, address: str = STAFF, going_to: str = DESK) -> Walker:
    """As far as the mailbox leads."""
    walker.goes_to(f"/sign-in?next={going_to}").types("Email address", address).presses("Send me a link")
    with walker.database.session() as session:
        newest = select(OutboxMessage.text).where(OutboxMessage.kind == "sign-in")
        mail = session.exec(newest.order_by(col(OutboxMessage.id).desc())).first()
    found = re.search(r"/sign-in/link/\S+", mail or "")
    assert found
    return walker.goes_to(found.group()).presses("Sign in", exact=True)


def sets_up_app(walker: Walker) -> pyotp.TOTP:
    walker.presses("Use an authenticator app")
    app = pyotp.TOTP(walker.page.locator(".app-key").inner_text().replace(" ", ""))
    walker.types("Code from your authenticator app", "000000").presses("Continue").sees("There is a problem")
    walker.types("Code from your authenticator app", app.at(clock.now())).presses("Continue")
    walker.sees("Keep your recovery codes")
    return app


def test_staff_set_up_an_app_and_sign_in_with_it(walker: Walker) -> None:
    by_mail(walker).sees("Set up a second step")
    app = sets_up_app(walker)
    codes = walker.page.locator("#recovery-codes li").all_inner_texts()
    walker.presses("I have kept them")
    expect(walker.page).to_have_url(re.compile(DESK))
    walker.is_nobody()
    by_mail(walker).sees("Show that it is you")
    walker.types("Code from your authenticator app", app.at(clock.now(), counter_offset=1)).presses("Continue")
    expect(walker.page).to_have_url(re.compile(DESK))
    walker.goes_to("/account/second-step").sees("Authenticator app").follows("Remove").presses("Remove it")
    walker.sees("You cannot remove your only second step")
    walker.is_nobody()
    by_mail(walker)
    walker.page.get_by_text("use a recovery code").first.click()
    walker.types("Recovery code", codes[0]).presses("Use a recovery code", exact=True)
    expect(walker.page).to_have_url(re.compile(DESK))


def test_an_old_session_is_asked_again_before_publishing(walker: Walker) -> None:
    by_mail(walker)
    app = sets_up_app(walker)
    walker.presses("I have kept them")
    long_ago = clock.now().replace(year=2020)
    with walker.database.transaction() as session:
        for web_session in session.exec(select(WebSession)):
            web_session.confirmed_at = long_ago
            session.add(web_session)
    walker.goes_to("/staff/release/publish").sees("Confirm that it is you")
    walker.types("Code from your authenticator app", app.at(clock.now(), counter_offset=1)).presses("Continue")
    expect(walker.page).to_have_url(re.compile("/staff/release/publish"))


def has_device(walker: Walker, *, verifies: bool = True) -> tuple[CDPSession, str]:
    """A device that keeps passkeys; whether it checks who holds it."""
    browser = walker.page.context.new_cdp_session(walker.page)
    browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": verifies, "automaticPresenceSimulation": True,
    }  # fmt: skip
    return browser, browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


@WITH_SCRIPTS
def test_staff_add_a_passkey_and_sign_in_with_it(walker: Walker, at_home: str) -> None:
    browser, device = has_device(walker)
    by_mail(walker)
    walker.types("What you call it", "Key on my desk")
    walker.page.get_by_role("button", name="Add a passkey").click()
    walker.page.wait_for_url("**/add-passkey")
    walker.sees("Keep your recovery codes").presses("I have kept them")
    walker.is_nobody()
    by_mail(walker)
    walker.page.get_by_role("button", name="Use a passkey").click()
    walker.page.wait_for_url(f"**{DESK}")
    walker.goes_to("/account/second-step").sees("Key on my desk").sees("Last used on")
    with walker.database.session() as session:
        count = session.exec(select(Passkey.sign_count)).one()
    assert count >= 2

    walker.is_nobody()
    by_mail(walker)
    browser.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    walker.page.get_by_role("button", name="Use a passkey").click()
    walker.page.wait_for_url("**/show-passkey", timeout=90_000)
    walker.looks().sees("Your device has to check that it is you")
    walker.goes_to(DESK).sees("Show that it is you")


@WITH_SCRIPTS
def test_a_key_that_was_copied_is_refused(walker: Walker, at_home: str) -> None:
    has_device(walker)
    by_mail(walker)
    walker.page.get_by_role("button", name="Add a passkey").click()
    walker.page.wait_for_url("**/add-passkey")
    with walker.database.transaction() as session:
        passkey = session.exec(select(Passkey)).one()
        passkey.sign_count = 1000  # somebody else has used a copy of it
        session.add(passkey)
    walker.is_nobody()
    by_mail(walker)
    walker.page.get_by_role("button", name="Use a passkey").click()
    walker.page.wait_for_url("**/show-passkey")
    walker.looks().sees("There is a problem")


@WITH_SCRIPTS
def test_an_answer_without_verification_or_for_another_challenge_is_refused(walker: Walker, at_home: str) -> None:
    """What a page of ours never sends, an attacker may: a real signature that was made with less, or before."""
    browser, device = has_device(walker)
    by_mail(walker)
    walker.page.get_by_role("button", name="Add a passkey").click()
    walker.page.wait_for_url("**/add-passkey")
    walker.is_nobody()
    by_mail(walker)
    sign = """async verification => {
        const options = await (await fetch("/sign-in/ask-for-passkey", {method: "POST"})).json();
        options.userVerification = verification;
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
        return JSON.stringify((await navigator.credentials.get({publicKey})).toJSON());
    }"""
    send = """async credential => {
        const body = new URLSearchParams({credential, next: "/"});
        return (await fetch("/sign-in/show-passkey", {method: "POST", body})).status;
    }"""
    old = walker.page.evaluate(sign, "required")
    newer = walker.page.evaluate(sign, "required")
    assert walker.page.evaluate(send, old) == 422, "an answer to a challenge that has been replaced"
    assert walker.page.evaluate(send, newer) == 422, "the challenge was used up by the wrong answer"
    browser.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    unverified = walker.page.evaluate(sign, "discouraged")
    assert walker.page.evaluate(send, unverified) == 422, "a key whose device did not check who holds it"
    browser.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    assert walker.page.evaluate(send, walker.page.evaluate(sign, "required")) == 200


def works(walker: Walker, address: str, *, acr: str = "two-factors", amr: str = "pwd otp") -> Walker:
    """Sign in with a work account."""
    walker.goes_to(f"/sign-in?next={DESK}").presses("Sign in with your work account").sees("Work account")
    walker.types("Work address", address).types("How", acr).types("With", amr)
    return walker.presses("Let me in")


def test_staff_sign_in_with_their_work_account(walker: Walker, work: str) -> None:
    planted = "planted-before-signing-in"
    walker.page.context.add_cookies(
        [{"name": "__Host-session", "value": planted, "url": walker.site.replace("http:", "https:"),
          "secure": True, "httpOnly": True}]
    )  # fmt: skip
    works(walker, STAFF)
    expect(walker.page).to_have_url(re.compile(DESK))
    cookies = {cookie["name"]: cookie["value"] for cookie in walker.page.context.cookies()}
    assert cookies["__Host-session"] != planted
    with walker.database.session() as session:
        assert session.exec(select(StaffIdentity.subject)).one() == STAFF
    walker.goes_to("/account/second-step").sees("a second step of its own")
    walker.goes_to("/account").presses("Sign out").sees("still signed in to that")


def test_a_work_account_confirms_before_publishing(walker: Walker, work: str) -> None:
    works(walker, STAFF)
    with walker.database.transaction() as session:
        for web_session in session.exec(select(WebSession)):
            web_session.confirmed_at = clock.now().replace(year=2020)
            session.add(web_session)
    walker.goes_to("/staff/release/publish").presses("Go to your work account").sees("Work account")
    walker.types("Work address", STAFF).presses("Let me in")
    expect(walker.page).to_have_url(re.compile("/staff/release/publish"))


@WITH_SCRIPTS
def test_a_work_account_that_is_not_good_enough_is_told_why(walker: Walker, work: str) -> None:
    works(walker, "stranger@authority.example").sees("Your work account is not known here")
    walker.is_nobody()
    works(walker, f"unverified-{STAFF}").sees("Your work account is not known here")
    walker.is_nobody()
    works(walker, STAFF, acr="password").sees("Your work account needs a stronger sign-in")
    walker.is_nobody()
    works(walker, STAFF, amr="pwd").sees("Your work account needs a stronger sign-in")
    walker.is_nobody()
    walker.goes_to(f"{staff_provider.CALLBACK}?code=x&state=forged").sees("We could not sign you in")
    with walker.database.session() as session:
        assert session.exec(select(WebSession)).all() == []
