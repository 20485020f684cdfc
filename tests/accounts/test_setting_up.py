"""Setting up a second step, looking after it, and removing it."""

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlmodel import Session, select

from backend.accounts import authenticator, second_factor
from backend.accounts.models import AuthenticatorApp, Passkey, RecoveryCode
from backend.audit.models import AuditEvent
from backend.core import clock, tokens
from backend.people.access import SESSION_COOKIE
from backend.people.models import Person
from tests import factories
from tests.accounts.showing import by_mail, code_of, give_app, mails, wrong_code
from tests.browsing import Visitor

YOURS = "/account/second-step"


def shown_secret(visitor: Visitor) -> pyotp.TOTP:
    (key,) = visitor.page.find_class("app-key")
    return pyotp.TOTP(key.text_content().replace(" ", ""))


def shown_codes(visitor: Visitor) -> list[str]:
    return [item.text_content() for item in visitor.page.xpath("//ol[@id='recovery-codes']/li")]


@pytest.fixture
def staff(session: Session) -> Person:
    factories.make_framework(session)
    person = factories.make_staff(session)
    session.commit()
    return person


def give_passkey(session: Session, person: Person, name: str = "My key") -> Passkey:
    passkey = Passkey(person_id=person.id, credential_id=tokens.secret(), public_key="x", name=name)
    session.add(passkey)
    session.commit()
    return passkey


def test_staff_without_a_second_step_set_one_up_before_they_are_in(
    visitor: Visitor, session: Session, staff: Person
) -> None:
    by_mail(visitor, session, staff, "/staff/desk")
    assert visitor.path == "/account/second-step/set-up?next=%2Fstaff%2Fdesk"
    half = str(visitor.client.cookies.get(SESSION_COOKIE))
    visitor.follow("Use an authenticator app")
    assert visitor.page.xpath("//main//svg")
    assert visitor.get("/staff/desk").path.startswith("/account/second-step/set-up")
    visitor.follow("Use an authenticator app")
    visitor.press("Continue", code=code_of(shown_secret(visitor)))
    assert visitor.status == 200
    codes = shown_codes(visitor)
    assert len(set(codes)) == 10
    visitor.follow("I have kept them: continue")
    assert visitor.path == "/staff/desk"
    assert str(visitor.client.cookies.get(SESSION_COOKIE)) != half
    assert "An authenticator app was added" in mails(session, "second-step")[-1].text
    assert session.exec(select(AuditEvent).where(AuditEvent.action == "second factor added")).one().actor_id == staff.id
    visitor.client.cookies.clear()
    by_mail(visitor, session, staff, "/staff/desk").press("Use a recovery code", recovery_code=codes[0])
    assert visitor.path == "/staff/desk"


def test_the_code_that_set_the_app_up_cannot_be_used_again(visitor: Visitor, session: Session, staff: Person) -> None:
    with time_machine.travel(clock.now(), tick=False):
        by_mail(visitor, session, staff).follow("Use an authenticator app")
        app = shown_secret(visitor)
        visitor.press("Continue", code=code_of(app))
        visitor.client.cookies.clear()
        by_mail(visitor, session, staff).press("Continue", code=code_of(app))
        assert visitor.status == 422


def test_a_wrong_first_code_keeps_the_picture_and_adds_nothing(
    visitor: Visitor, session: Session, staff: Person
) -> None:
    by_mail(visitor, session, staff).follow("Use an authenticator app")
    app = shown_secret(visitor)
    for typed in ("", wrong_code(app)):
        visitor.press("Continue", code=typed)
        assert visitor.status == 422
        assert shown_secret(visitor).secret == app.secret
    session.commit()
    assert session.get(AuthenticatorApp, staff.id) is None


def test_a_picture_is_good_for_an_hour_and_for_one_person(visitor: Visitor, session: Session, staff: Person) -> None:
    other = factories.make_staff(session)
    session.commit()
    visitor.sign_in(session, staff)
    for offered in (authenticator.offer(other), "nonsense", tokens.sealed("something else", "[1, 2]")):
        visitor.post(f"{YOURS}/add-app", {"offered": offered, "code": "123456"})
        assert visitor.status == 422
        assert "open for too long" in visitor.text
    visitor.get(f"{YOURS}/app")
    app = shown_secret(visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        visitor.sign_in(session, staff).press("Continue", code=code_of(app))
        assert "open for too long" in visitor.text
        assert shown_secret(visitor).secret != app.secret


def test_half_signed_in_with_a_factor_nobody_can_add_another(visitor: Visitor, session: Session, staff: Person) -> None:
    give_app(session, staff)
    by_mail(visitor, session, staff)
    for page in ("set-up", "app"):
        visitor.get(f"{YOURS}/{page}")
        assert visitor.path.startswith("/sign-in/second-step")
    secret = pyotp.random_base32()
    for act, form in {
        "add-app": {"offered": tokens.sealed(authenticator.OFFER, f'[{staff.id}, "{secret}"]'),
                    "code": code_of(pyotp.TOTP(secret))},
        "add-passkey": {"credential": "{}"}, "ask-for-new-passkey": {}, "make-recovery-codes": {}, "remove/app": {},
    }.items():  # fmt: skip
        visitor.post(f"{YOURS}/{act}", form)
        assert visitor.status == 401
    session.commit()
    assert session.get_one(AuthenticatorApp, staff.id).sealed_secret
    assert not authenticator.shows(session, staff, code_of(pyotp.TOTP(secret)))


def test_a_participant_may_set_one_up_and_gets_a_new_token(visitor: Visitor, session: Session) -> None:
    member = factories.make_member(session)
    visitor.sign_in(session, member).get(YOURS)
    before = str(visitor.client.cookies.get(SESSION_COOKIE))
    assert "You have not set one up" in visitor.text
    visitor.follow("Set up a second step").follow("Use an authenticator app")
    visitor.press("Continue", code=code_of(shown_secret(visitor)))
    assert str(visitor.client.cookies.get(SESSION_COOKIE)) != before
    visitor.follow("I have kept them: continue")
    assert "Authenticator app" in visitor.text
    assert "10 codes left" in visitor.text


@pytest.mark.parametrize("place", ["set-up", "app", "remove/app"])
def test_changing_it_needs_a_fresh_confirmation(visitor: Visitor, session: Session, place: str) -> None:
    member = factories.make_member(session)
    give_app(session, member)
    visitor.sign_in(session, member)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        visitor.get(f"{YOURS}/{place}")
        assert visitor.path.startswith("/confirm-it-is-you?next=")
        for act in ("remove/app", "make-recovery-codes", "add-app", "ask-for-new-passkey", "add-passkey"):
            visitor.post(f"{YOURS}/{act}")
            assert visitor.status == 403
            assert "fresh confirmation" in visitor.text
    session.commit()
    assert session.get(AuthenticatorApp, member.id) is not None


def test_the_last_factor_of_staff_cannot_be_removed_and_of_others_it_can(
    visitor: Visitor, session: Session, staff: Person
) -> None:
    give_app(session, staff)
    visitor.sign_in(session, staff).get(YOURS).follow("Remove").press("Remove it")
    assert visitor.status == 409
    assert "cannot remove your only second step" in visitor.text
    passkey = give_passkey(session, staff)
    visitor.get(YOURS).follow("Remove").press("Remove it")
    assert "It is removed" in visitor.text
    assert session.get(AuthenticatorApp, staff.id) is None
    visitor.post(f"{YOURS}/remove/{passkey.id}")
    assert visitor.status == 409
    member = factories.make_member(session)
    give_app(session, member)
    session.add(RecoveryCode(person_id=member.id, digest="x"))
    session.commit()
    visitor.sign_in(session, member).get(YOURS).follow("Remove").press("Remove it")
    assert "You have not set one up" in visitor.text
    assert "was removed" in mails(session, "second-step")[-1].text
    assert session.exec(select(RecoveryCode).where(RecoveryCode.person_id == member.id)).all() == []


def test_nobody_removes_what_belongs_to_others(visitor: Visitor, session: Session, staff: Person) -> None:
    passkey = give_passkey(session, staff)
    visitor.sign_in(session, factories.make_member(session))
    for factor in (str(passkey.id), "app", "0", "²", "99999999999999999999", "x"):
        assert visitor.get(f"{YOURS}/remove/{factor}").status == 404
        assert visitor.post(f"{YOURS}/remove/{factor}").status == 404
    session.commit()
    assert session.get(Passkey, passkey.id) is not None


def test_new_recovery_codes_end_the_old_ones(visitor: Visitor, session: Session, staff: Person) -> None:
    give_app(session, staff)
    visitor.sign_in(session, staff).get(YOURS).press("Make new recovery codes")
    first = shown_codes(visitor)
    visitor.get(YOURS).press("Make new recovery codes")
    second = shown_codes(visitor)
    assert not set(first) & set(second)
    visitor.client.cookies.clear()
    by_mail(visitor, session, staff).press("Use a recovery code", recovery_code=first[0])
    assert visitor.status == 422
    visitor.press("Use a recovery code", recovery_code=second[0])
    assert visitor.path == "/"


def test_recovery_codes_without_a_factor_are_not_made(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_member(session)).post(f"{YOURS}/make-recovery-codes")
    assert visitor.status == 404


def test_a_strange_name_of_a_passkey_is_only_text(visitor: Visitor, session: Session, staff: Person) -> None:
    give_passkey(session, staff, name="<b>Key</b>")
    give_app(session, staff)
    visitor.sign_in(session, staff).get(YOURS)
    assert "<b>Key</b>" in visitor.text


def test_the_record_names_nobody(session: Session, staff: Person) -> None:
    give_app(session, staff)
    give_passkey(session, staff)
    second_factor.remove_app(session, staff)
    second_factor.forget_all(session, staff, by=None)
    session.commit()
    events = session.exec(select(AuditEvent).where(AuditEvent.subject == f"person {staff.id}")).all()
    assert {"second factor added", "second factor removed", "second factors reset"} <= {each.action for each in events}
    assert not re.search(r"Sam|@", repr([each.model_dump() for each in events]))
