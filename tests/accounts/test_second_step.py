"""The second step of signing in: who has to take it, what is right, what is wrong, and how often it may be wrong."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlmodel import Session, col, select

from backend.accounts import authenticator, guessing, recovery, sessions
from backend.accounts.models import AuthenticatorApp, RecoveryCode
from backend.audit.models import AuditEvent
from backend.core import clock, tokens
from backend.core.errors import NotSignedIn
from backend.people.access import SESSION_COOKIE
from backend.people.models import Appointment, Person, SecondFactor, StaffRole, WebSession
from tests import factories
from tests.accounts.showing import by_mail, code_of, give_app, mails, wrong_code
from tests.browsing import Visitor

DESK = "/staff/desk"


@pytest.fixture
def staff(session: Session) -> Person:
    factories.make_framework(session)
    person = factories.make_staff(session)
    session.commit()
    return person


@pytest.fixture
def app(session: Session, staff: Person) -> pyotp.TOTP:
    return give_app(session, staff)


def current(visitor: Visitor, session: Session) -> WebSession:
    session.commit()
    return session.get_one(WebSession, tokens.digest(str(visitor.client.cookies.get(SESSION_COOKIE))))


def test_the_mailbox_alone_opens_nothing_to_staff(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    by_mail(visitor, session, staff, DESK)
    assert visitor.path == "/sign-in/second-step?next=%2Fstaff%2Fdesk"
    for page in (DESK, "/account/second-step", "/staff/release/publish"):
        visitor.get(page)
        assert visitor.path.startswith("/sign-in/second-step?next=")
    for act in ("/staff/release/publish", "/account/second-step/make-recovery-codes", "/staff/decide/make-final"):
        visitor.post(act)
        assert visitor.status == 401
        assert "one more step" in visitor.text
        visitor.follow("Go to the second step")
        assert visitor.path.startswith("/sign-in/second-step")
    assert "Sam Staff" not in visitor.get("/").response.text


def test_the_code_of_the_app_lets_staff_in_under_a_new_token(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    by_mail(visitor, session, staff, DESK)
    half = current(visitor, session)
    assert half.second_factor is None
    visitor.press("Continue", code=f" {code_of(app)[:3]} {code_of(app)[3:]} ")
    assert visitor.path == DESK
    assert visitor.status == 200
    whole = current(visitor, session)
    assert whole.id != half.id
    assert whole.second_factor is SecondFactor.APP
    session.refresh(half)
    assert half.revoked_at is not None
    assert whole.expires_at - clock.now() > timedelta(hours=11)


def test_a_code_is_good_once(visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP) -> None:
    with time_machine.travel(clock.now(), tick=False):
        by_mail(visitor, session, staff).press("Continue", code=code_of(app))
        assert visitor.path == "/"
        visitor.client.cookies.clear()
        by_mail(visitor, session, staff).press("Continue", code=code_of(app))
        assert visitor.status == 422
        assert "That is not the code that your app shows now" in visitor.text
        visitor.press("Continue", code=code_of(app, later=1))
        assert visitor.status == 200


def test_of_two_at_once_with_the_same_code_one_wins(session: Session, staff: Person, app: pyotp.TOTP) -> None:
    stale = session.get_one(AuthenticatorApp, staff.id).last_step
    assert authenticator.shows(session, staff, code_of(app))
    assert session.get_one(AuthenticatorApp, staff.id).last_step >= stale
    assert not authenticator.shows(session, staff, code_of(app))
    assert not authenticator.shows(session, staff, code_of(app, later=-1)), "an older code after a newer one"


def test_of_two_second_steps_at_once_one_wins(session: Session, staff: Person) -> None:
    token = sessions.open_session(session, staff)
    half = sessions.find(session, token)
    assert half is not None
    sessions.confirm(session, half, SecondFactor.APP)
    with pytest.raises(NotSignedIn):
        sessions.confirm(session, half, SecondFactor.APP)


@pytest.mark.parametrize("half_minutes", [-1, 0, 1])
def test_a_clock_may_be_wrong_by_half_a_minute(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP, half_minutes: int
) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        by_mail(visitor, session, staff).press("Continue", code=code_of(app, later=half_minutes))
        assert visitor.path == "/"


@pytest.mark.parametrize("half_minutes", [-2, 2])
def test_a_clock_may_not_be_wrong_by_more(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP, half_minutes: int
) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        by_mail(visitor, session, staff).press("Continue", code=code_of(app, later=half_minutes))
        assert visitor.status == 422


def test_five_wrong_codes_end_the_session_and_the_sixth_finds_none(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    by_mail(visitor, session, staff)
    token = str(visitor.client.cookies.get(SESSION_COOKIE))
    for _ in range(4):
        visitor.press("Continue", code=wrong_code(app))
        assert visitor.status == 422
        assert "That is not the code" in visitor.text
    visitor.press("Continue", code=wrong_code(app))
    assert visitor.status == 422
    assert "You have been signed out" in visitor.text
    visitor.client.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
    visitor.post("/sign-in/show-app-code", {"code": code_of(app)})
    assert visitor.status == 401
    session.commit()
    assert session.get_one(WebSession, tokens.digest(token)).wrong_codes == 5
    tries = session.exec(select(AuditEvent).where(AuditEvent.action == "wrong code")).all()
    assert len(tries) == 5


def test_a_right_code_does_not_count_as_a_wrong_one(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    by_mail(visitor, session, staff)
    for _ in range(4):
        visitor.press("Continue", code=wrong_code(app))
    visitor.press("Continue", code=code_of(app))
    assert visitor.path == "/"
    assert session.exec(select(WebSession.wrong_codes).where(col(WebSession.revoked_at).is_not(None))).one() == 4


def test_new_sessions_do_not_bring_new_tries_for_ever(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    by_mail(visitor, session, staff)
    for _ in range(4):
        spent = WebSession(id=tokens.secret(), person_id=staff.id, expires_at=clock.now(), wrong_codes=5)
        session.add(spent)
    session.commit()
    visitor.press("Continue", code=code_of(app))
    assert visitor.status == 429
    assert "Too many wrong codes" in visitor.text
    with time_machine.travel(clock.now() + timedelta(hours=24), tick=False):
        by_mail(visitor, session, staff).press("Continue", code=code_of(app))
        assert visitor.path == "/"


def test_somebody_half_signed_in_has_ten_minutes(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    by_mail(visitor, session, staff)
    with time_machine.travel(clock.now() + timedelta(minutes=9), tick=False):
        visitor.get(DESK)
        assert visitor.path.startswith("/sign-in/second-step")
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        visitor.get(DESK)
        assert visitor.path.startswith("/sign-in?")
        visitor.post("/sign-in/show-app-code", {"code": code_of(app)})
        assert visitor.status == 401


def test_a_recovery_code_lets_in_once_and_is_told(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    codes = recovery.make(session, staff)
    session.commit()
    by_mail(visitor, session, staff, DESK)
    visitor.press("Use a recovery code", recovery_code="AAAAAAAA-AAAAAAAA")
    assert visitor.status == 422
    visitor.press("Use a recovery code", recovery_code=codes[3].lower().replace("-", " "))
    assert visitor.path == DESK
    assert current(visitor, session).second_factor is SecondFactor.RECOVERY_CODE
    assert "You have 9 codes left" in mails(session, "second-step")[-1].text
    visitor.client.cookies.clear()
    by_mail(visitor, session, staff).press("Use a recovery code", recovery_code=codes[3])
    assert visitor.status == 422
    assert "has been used" in visitor.text


def test_recovery_codes_of_others_are_worth_nothing(session: Session, staff: Person) -> None:
    codes = recovery.make(session, factories.make_staff(session))
    assert not recovery.use(session, staff, codes[0])
    kept = repr([code.model_dump() for code in session.exec(select(RecoveryCode))])
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_the_secret_of_an_app_cannot_be_read_from_the_database(
    session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    assert app.secret not in repr(session.get_one(AuthenticatorApp, staff.id).model_dump())


def test_a_participant_with_a_second_factor_is_asked_for_it_and_one_without_is_not(
    visitor: Visitor, session: Session
) -> None:
    member = factories.make_member(session)
    session.commit()
    by_mail(visitor, session, member, "/account")
    assert visitor.path == "/account"
    app = give_app(session, member)
    visitor.client.cookies.clear()
    by_mail(visitor, session, member, "/account")
    assert visitor.path.startswith("/sign-in/second-step")
    visitor.press("Continue", code=code_of(app))
    assert visitor.path == "/account"


def test_whoever_is_appointed_while_signed_in_has_to_sign_in_again(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session)
    visitor.sign_in(session, person).get("/account")
    assert visitor.path == "/account"
    session.add(Appointment(person_id=person.id, role=StaffRole.ADMINISTRATOR))
    session.commit()
    session.expire_all()
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        visitor.get("/account")
        assert visitor.path.startswith("/sign-in?")


@pytest.mark.parametrize("place", ["/sign-in/second-step", "/confirm-it-is-you", "/account/second-step/app",
                                  "/account/second-step/set-up", "/account/second-step"])  # fmt: skip
def test_these_pages_are_for_those_who_have_begun_to_sign_in(visitor: Visitor, place: str) -> None:
    visitor.get(place)
    assert visitor.path.startswith("/sign-in?next=")


@pytest.mark.parametrize("out", ["https://evil.test", "//evil.test", "/\\evil.test", "http://[", "javascript:alert(1)"])
def test_the_second_step_leads_nowhere_else(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP, out: str
) -> None:
    by_mail(visitor, session, staff)
    visitor.get(f"/sign-in/second-step?next={out}")
    assert visitor.page.xpath("//main//input[@name='next']/@value")[0] == "/"
    visitor.post("/sign-in/show-app-code", {"code": code_of(app), "next": out})
    assert visitor.response.history[-1].headers["location"] == "/"


def test_a_cookie_set_before_signing_in_is_never_the_session(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    planted = tokens.secret()
    visitor.client.cookies.set(SESSION_COOKIE, planted, domain="testserver.local")
    seen = [planted]
    by_mail(visitor, session, staff)
    seen.append(str(visitor.client.cookies.get(SESSION_COOKIE)))
    visitor.press("Continue", code=code_of(app))
    seen.append(str(visitor.client.cookies.get(SESSION_COOKIE)))
    assert len(set(seen)) == 3
    for dead in seen[:2]:
        visitor.client.cookies.clear()
        visitor.client.cookies.set(SESSION_COOKIE, dead, domain="testserver.local")
        visitor.get(DESK)
        assert visitor.path.startswith("/sign-in?")


def test_hostile_codes_are_answered_in_words(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    by_mail(visitor, session, staff)
    for typed in ("", "١٢٣٤٥٦", "<script>", "x" * 299):
        visitor.post("/sign-in/show-app-code", {"code": typed})
        assert visitor.status == 422
        assert "<script>" not in visitor.text or typed == "<script>"
    assert session.exec(select(WebSession.wrong_codes).where(WebSession.person_id == staff.id)).one() == 3


def test_counting_is_of_a_live_session_alone(session: Session, staff: Person) -> None:
    half = sessions.find(session, sessions.open_session(session, staff))
    assert half is not None
    for _ in range(guessing.TRIES):
        guessing.count(session, half)
    with pytest.raises(guessing.TooManyWrongCodes):
        guessing.count(session, half)


def test_out_of_tries_while_confirming_the_way_on_is_to_confirm(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP
) -> None:
    visitor.sign_in(session, staff)
    for _ in range(4):
        session.add(WebSession(id=tokens.secret(), person_id=staff.id, expires_at=clock.now(), wrong_codes=5))
    session.commit()
    visitor.get("/confirm-it-is-you?next=/staff/desk").press("Continue", code=code_of(app))
    assert visitor.status == 429
    visitor.follow("Go back")
    assert visitor.path == "/confirm-it-is-you?next=%2Fstaff%2Fdesk"


@pytest.mark.parametrize("credential", ["[" * 19_000, '{"a":' * 3_900, "{}", "[]", "null", "1e999", "<script>"])
def test_hostile_passkeys_are_answered_in_words(
    visitor: Visitor, session: Session, staff: Person, app: pyotp.TOTP, credential: str
) -> None:
    by_mail(visitor, session, staff)
    visitor.post("/sign-in/ask-for-passkey")
    visitor.post("/sign-in/show-passkey", {"credential": credential})
    assert visitor.status == 422
    assert "PIN, finger or face" in visitor.text
    visitor.sign_in(session, staff).post("/account/second-step/ask-for-new-passkey")
    visitor.post("/account/second-step/add-passkey", {"credential": credential, "name": "Key"})
    assert visitor.status == 422
