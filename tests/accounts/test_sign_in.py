"""Getting in: by a link, by a code, once, in time, in the browser that asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session, col, select

from backend.accounts import inviting, limits, sign_in
from backend.accounts.models import SignInLink
from backend.audit.models import AuditEvent
from backend.core import clock, tokens
from backend.core.config import settings
from backend.notifications.models import OutboxMessage
from backend.people.access import SESSION_COOKIE, SIGN_IN_COOKIE
from backend.people.models import Constituency, Person, WebSession
from tests import factories
from tests.browsing import Visitor


def ask(visitor: Visitor, email: str, going_to: str = "") -> Visitor:
    visitor.get(f"/sign-in?next={going_to}")
    return visitor.press("Send me a link", email=email)


def mail(session: Session) -> OutboxMessage:
    session.commit()
    return session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id).desc())).first()  # type: ignore[return-value]


def link_in(message: OutboxMessage) -> str:
    found = re.search(r"/sign-in/link/\S+", message.text)
    assert found
    return found[0]


def code_in(message: OutboxMessage) -> str:
    found = re.search(r"^[A-Z0-9]{8}$", message.text, re.MULTILINE)
    assert found
    return found[0]


@pytest.fixture
def person(session: Session) -> Person:
    person = factories.make_person(session, email="robin@example.org")
    session.commit()
    return person


def other_browser(visitor: Visitor) -> None:
    visitor.client.cookies.delete(SIGN_IN_COOKIE)


def test_a_link_signs_in_the_browser_that_asked(visitor: Visitor, session: Session, person: Person) -> None:
    ask(visitor, "robin@example.org")
    assert visitor.path == "/sign-in/check-your-email"
    assert "robin@example.org" in visitor.text
    visitor.get(link_in(mail(session)))
    assert "You are signing in as robin@example.org" in visitor.text
    visitor.press("Sign in").get("/account")
    assert "Robin Example" in visitor.text


def test_opening_the_link_uses_nothing_up(visitor: Visitor, session: Session, person: Person) -> None:
    address = link_in(mail_of(visitor, session))
    for _ in range(3):
        visitor.get(address)
        assert visitor.status == 200
    visitor.press("Sign in").get("/account")
    assert visitor.status == 200


def mail_of(visitor: Visitor, session: Session, email: str = "robin@example.org") -> OutboxMessage:
    ask(visitor, email)
    return mail(session)


def test_the_code_signs_in_as_well_however_it_is_typed(visitor: Visitor, session: Session, person: Person) -> None:
    code = code_in(mail_of(visitor, session))
    visitor.press("Sign in", code=f" {code[:4].lower()}-{code[4:]} ").get("/account")
    assert "Robin Example" in visitor.text


def test_another_browser_is_shown_the_code_and_cannot_sign_in(
    visitor: Visitor, session: Session, person: Person
) -> None:
    message = mail_of(visitor, session)
    other_browser(visitor)
    visitor.get(link_in(message))
    assert code_in(message) in visitor.text
    assert not visitor.page.xpath("//main//form")
    visitor.post(link_in(message))
    assert visitor.status == 403
    visitor.get("/account")
    assert visitor.path.startswith("/sign-in?")


def test_an_address_without_an_account_gets_the_same_answer_and_no_mail(
    visitor: Visitor, session: Session, person: Person
) -> None:
    known = ask(visitor, "robin@example.org")
    answer = known.response.text.replace("robin@example.org", "…")
    visitor.client.cookies.clear()
    unknown = ask(visitor, "nobody@example.org")
    nonce = re.compile(r'nonce="[^"]*"')
    assert nonce.sub("", answer) == nonce.sub("", unknown.response.text.replace("nobody@example.org", "…"))
    session.commit()
    assert [message.to for message in session.exec(select(OutboxMessage))] == ["robin@example.org"]
    assert len(session.exec(select(SignInLink)).all()) == 2


@pytest.mark.parametrize("at_work", [False, True], ids=["by mail", "with work accounts"])
def test_every_address_takes_the_same_work(
    session: Session, person: Person, monkeypatch: pytest.MonkeyPatch, at_work: bool
) -> None:
    """Whoever measures the time learns nothing: the same statements run for everybody, up to the last."""
    staff = factories.make_staff(session)
    closed = factories.make_person(session, closed_at=clock.now())
    inviting.invite_specialist(
        session, email="new@example.org", expertise="Law", type_code="academia",
        constituency=Constituency.SPECIALISTS, by=staff,
    )  # fmt: skip
    session.commit()
    issuer = {"oidc_issuer": "https://id.example" if at_work else ""}
    monkeypatch.setattr(sign_in, "settings", lambda: settings().model_copy(update=issuer))
    asked: dict[str, list[str]] = {}
    for email in (person.email, staff.email, closed.email, "new@example.org", "nobody@example.org"):
        session.expire_all()
        statements: list[str] = asked.setdefault(email, [])
        with watching(session, statements):
            sign_in.ask(session, email, browser="a browser", client="a client", going_to="/")
        session.commit()
    ours, *others = asked.values()
    assert [statement for statement in ours if statement.startswith("INSERT")] == [
        "INSERT INTO limit_count", "INSERT INTO limit_count", "INSERT INTO sign_in_link", "INSERT INTO outbox_message",
    ]  # fmt: skip
    assert all(theirs == ours for theirs in others)


@contextmanager
def watching(session: Session, statements: list[str]) -> Iterator[None]:
    """Write down what each statement does to which table; a savepoint is kept or given up in the same time."""

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found = re.match(r"(SELECT).*?(FROM \w+)|(INSERT INTO \w+)|(SAVEPOINT|RELEASE|ROLLBACK)", statement, re.DOTALL)
        assert found, statement
        what = " ".join(filter(None, found.groups()))
        statements.append({"RELEASE": "end of savepoint", "ROLLBACK": "end of savepoint"}.get(what, what))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield
    event.remove(connection, "before_cursor_execute", note)


def test_somebody_who_was_invited_may_sign_in_and_gets_an_account_then(visitor: Visitor, session: Session) -> None:
    staff = factories.make_staff(session)
    inviting.invite_specialist(
        session, email="new@example.org", expertise="Law", type_code="academia",
        constituency=Constituency.SPECIALISTS, by=staff,
    )  # fmt: skip
    session.commit()
    message = mail_of(visitor, session, "new@example.org")
    assert message.kind == "sign-in"
    assert session.exec(select(Person).where(Person.email == "new@example.org")).first() is None
    visitor.post(link_in(message))
    session.commit()
    assert session.exec(select(Person).where(Person.email == "new@example.org")).one().name == ""


def test_a_closed_account_gets_no_mail_and_its_link_is_dead(visitor: Visitor, session: Session, person: Person) -> None:
    message = mail_of(visitor, session)
    person.closed_at = clock.now()
    session.add(person)
    session.commit()
    visitor.post(link_in(message))
    assert visitor.status == 422
    ask(visitor, "robin@example.org")
    session.commit()
    assert len(session.exec(select(OutboxMessage)).all()) == 1


def test_a_link_works_once(visitor: Visitor, session: Session, person: Person) -> None:
    address = link_in(mail_of(visitor, session))
    browser = visitor.client.cookies.get(SIGN_IN_COOKIE)
    visitor.post(address)
    visitor.client.cookies.clear()
    visitor.client.cookies.set(SIGN_IN_COOKIE, str(browser), domain="testserver.local")
    for again in (visitor.post, visitor.get):
        again(address)
        assert visitor.status == 422
        assert "This link has been used" in visitor.text
    visitor.follow("Ask for a new link")
    assert visitor.path == "/sign-in"


def test_of_two_uses_at_once_one_wins(session: Session, person: Person) -> None:
    link = make_link(session)
    stale = session.get_one(SignInLink, link.id)
    assert sign_in.use(session, link, browser=None) == person
    with pytest.raises(sign_in.LinkUsed):
        sign_in.use(session, stale, browser=None)


def make_link(session: Session) -> SignInLink:
    address = sign_in.link_from_command_line(session, session.exec(select(Person)).one())
    session.commit()
    return sign_in.link(session, address.rpartition("/")[2])


def test_a_link_works_for_ten_minutes(visitor: Visitor, session: Session, person: Person) -> None:
    address = link_in(mail_of(visitor, session))
    for minutes, status in ((9, 200), (10, 422)):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False):
            visitor.get(address)
            assert visitor.status == status
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        visitor.post(address)
    assert visitor.status == 422
    assert "This link has expired" in visitor.text


def test_five_wrong_codes_kill_the_link_and_each_is_remembered(
    visitor: Visitor, session: Session, person: Person
) -> None:
    message = mail_of(visitor, session)
    for _ in range(4):
        visitor.press("Sign in", code="BBBBBBBB")
        assert visitor.status == 422
        assert "That is not the code" in visitor.text
    visitor.press("Sign in", code="BBBBBBBB")
    assert visitor.status == 422
    assert "A wrong code was typed five times" in visitor.text
    visitor.post("/sign-in/code", {"code": code_in(message)})
    assert visitor.status == 422
    visitor.post(link_in(message))
    assert visitor.status == 422
    session.commit()
    assert session.exec(select(SignInLink.wrong_codes)).one() == 5


def test_the_fifth_code_may_still_be_right(visitor: Visitor, session: Session, person: Person) -> None:
    code = code_in(mail_of(visitor, session))
    for _ in range(4):
        visitor.press("Sign in", code="BBBBBBBB")
    visitor.press("Sign in", code=code).get("/account")
    assert visitor.status == 200


@pytest.mark.parametrize("token", ["unknown", "x" * 500, "%00", "..%2f..", "<script>"])
def test_a_link_that_never_was_says_how_to_get_one(visitor: Visitor, token: str) -> None:
    visitor.get(f"/sign-in/link/{token}")
    assert visitor.status in (404, 410, 422)
    assert "script" not in visitor.text


@pytest.mark.parametrize(
    "typed",
    ["", "robin", "robin@", "@example.org", "robin@example", "a b@example.org", "r@e.org\x00", "a@b.c\nBcc: d@e.f",
     "x" * 20_001 + "@example.org", "<script>@example.org", "robin@example..org"],
)  # fmt: skip
def test_an_address_with_a_mistake_is_kept_and_explained(visitor: Visitor, typed: str) -> None:
    visitor.get("/sign-in").press("Send me a link", email=typed)
    assert visitor.status == 422
    assert (
        "Enter an email address in the correct format" in visitor.text
        or "control characters" in visitor.text
        or ("characters or fewer" in visitor.text)
    )
    assert not visitor.response.cookies


def test_an_address_may_be_typed_in_capitals(visitor: Visitor, session: Session, person: Person) -> None:
    ask(visitor, "  Robin@Example.ORG ")
    assert mail(session).to == "robin@example.org"


@pytest.mark.parametrize(
    ("going_to", "arrives"),
    [("/my-feedback%3Fa=1", "/my-feedback?a=1"), ("https://evil.test", "/"), ("//evil.test", "/"),
     ("/%5Cevil.test", "/"), ("javascript:alert(1)", "/")],
)  # fmt: skip
def test_the_person_goes_on_to_where_they_were_going(
    visitor: Visitor, session: Session, person: Person, going_to: str, arrives: str
) -> None:
    ask(visitor, "robin@example.org", going_to)
    visitor.post(link_in(mail(session)))
    assert visitor.response.history[-1].headers["location"] == arrives


def test_signing_in_changes_the_session_and_ends_the_old_one(
    visitor: Visitor, session: Session, person: Person
) -> None:
    visitor.sign_in(session, person)
    old = str(visitor.client.cookies.get(SESSION_COOKIE))
    visitor.post("/sign-in", {"email": "robin@example.org", "next": ""})
    visitor.post(link_in(mail(session)))
    new = str(visitor.client.cookies.get(SESSION_COOKIE))
    assert new != old
    session.commit()
    assert session.get_one(WebSession, tokens.digest(old)).revoked_at is not None
    assert session.get_one(WebSession, tokens.digest(new)).revoked_at is None


def test_signing_out_ends_the_session_and_clears_the_browser(
    visitor: Visitor, session: Session, person: Person
) -> None:
    visitor.sign_in(session, person).get("/account")
    token = str(visitor.client.cookies.get(SESSION_COOKIE))
    visitor.press("Sign out")
    assert visitor.path == "/signed-out"
    assert visitor.response.history[0].headers["clear-site-data"] == '"cache", "storage"'
    assert not visitor.client.cookies.get(SESSION_COOKIE)
    visitor.client.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
    visitor.get("/account")
    assert visitor.path.startswith("/sign-in?")


def mails_to(session: Session, email: str) -> int:
    session.commit()
    return len(session.exec(select(OutboxMessage).where(OutboxMessage.to == email)).all())


def test_an_address_gets_ten_mails_in_an_hour_from_one_client(
    visitor: Visitor, session: Session, person: Person
) -> None:
    for _ in range(limits.LINKS.amount + 2):
        ask(visitor, "robin@example.org")
        assert visitor.path == "/sign-in/check-your-email"
    assert mails_to(session, "robin@example.org") == limits.LINKS.amount
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        ask(visitor, "robin@example.org")
    assert mails_to(session, "robin@example.org") == limits.LINKS.amount + 1


def test_a_stranger_keeps_nobody_from_signing_in(
    visitor: Visitor, session: Session, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(limits, "client_of", lambda _: "a stranger")
        for _ in range(3 * limits.LINKS.amount + 5):
            ask(visitor, "robin@example.org")
    before = mails_to(session, "robin@example.org")
    visitor.client.cookies.clear()
    visitor.get(link_in(mail_of(visitor, session))).press("Sign in").get("/account")
    assert mails_to(session, "robin@example.org") == before + 1
    assert "Robin Example" in visitor.text


def test_many_strangers_send_a_mailbox_no_more_than_thirty_mails_an_hour(session: Session, person: Person) -> None:
    for number in range(limits.LINKS_TO_ALL.amount + 5):
        sign_in.ask(session, person.email, browser="a browser", client=f"stranger {number}", going_to="/")
    assert mails_to(session, person.email) == limits.LINKS_TO_ALL.amount


def test_nothing_secret_is_kept_in_the_clear(visitor: Visitor, session: Session, person: Person) -> None:
    message = mail_of(visitor, session)
    browser = str(visitor.client.cookies.get(SIGN_IN_COOKIE))
    link = session.exec(select(SignInLink)).one()
    kept = repr(link.model_dump())
    for secret in (link_in(message).rpartition("/")[2], code_in(message), browser):
        assert secret not in kept


def test_signing_in_is_on_record_by_number_alone(visitor: Visitor, session: Session, person: Person) -> None:
    visitor.post(link_in(mail_of(visitor, session)))
    session.commit()
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "signed in")).one()
    assert event.subject == f"person {person.id}"
    assert "robin" not in repr(event.model_dump())


def test_a_link_from_the_command_line_works_in_any_browser(
    visitor: Visitor, session: Session, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = sign_in.link_from_command_line(session, person)
    session.commit()
    assert address.startswith(settings().base_url)
    path = address.removeprefix(settings().base_url)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        visitor.get(path)
        assert visitor.status == 422
    visitor.get(path).press("Sign in").get("/account")
    assert visitor.status == 200


def test_a_demonstration_link_lasts_a_day(session: Session, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "settings", lambda: settings().model_copy(update={"demo": True}))
    sign_in.link_from_command_line(session, person)
    link = session.exec(select(SignInLink)).one()
    assert timedelta(hours=23) < link.expires_at - clock.now() <= timedelta(days=1)


def test_cookies_are_sent_only_to_us_and_only_over_https(api: FastAPI, visitor: Visitor, person: Person) -> None:
    client: TestClient = visitor.client
    response = client.post(
        "/sign-in",
        data={"email": "robin@example.org"},
        headers={"Sec-Fetch-Site": "same-origin"},
        follow_redirects=False,
    )
    (cookie,) = response.headers.get_list("set-cookie")
    for part in ("__Host-sign-in=", "Secure", "HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600"):
        assert part in cookie
    assert "Domain" not in cookie
