"""Stopping mails by the link in them: signed out, from any mailbox, as often as one likes, and for oneself alone."""

import json
import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from backend.audit.models import AuditEvent
from backend.core import clock
from backend.core.config import settings
from backend.core.db import Database
from backend.notifications import delivery, mailers, outbox, stopping
from backend.notifications.models import OutboxMessage, Stoppable
from backend.people.models import Digest, Person
from tests.browsing import Visitor
from tests.factories import make_person
from tests.notifications.test_outbox import post

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def link_for(session: Session, person: Person) -> str:
    """The address in the mail that waits for the person."""
    waiting = session.exec(select(OutboxMessage).where(OutboxMessage.person_id == person.id)).one()
    address = stopping.address(waiting)
    assert address
    return address.removeprefix(settings().base_url)


def sent(database: Database) -> list[str]:
    """To whom the worker sends now."""
    to: list[str] = []
    while delivery.deliver(database, lambda mail: to.append(mail.to)):
        pass
    return to


def test_a_digest_says_in_its_headers_and_at_its_end_how_to_stop_it(session: Session) -> None:
    person = make_person(session)
    assert post(session, person)
    message = session.exec(select(OutboxMessage)).one()
    mail = mailers.as_mail(message)
    address = stopping.address(message)
    assert mail["List-Unsubscribe"] == f"<{address}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert page
    assert plain.get_content().rstrip().endswith(f"Stop emails like this one:\n{address}")
    assert f'<a href="{address}">{address}</a>' in page.get_content()


def test_mails_that_people_need_cannot_be_stopped(session: Session) -> None:
    assert post(session, make_person(session), "sign-in")
    mail = mailers.as_mail(session.exec(select(OutboxMessage)).one())
    assert mail["List-Unsubscribe"] is None
    assert "unsubscribe" not in mail.as_string()


def test_looking_stops_nothing_and_the_button_does(visitor: Visitor, session: Session, database: Database) -> None:
    person = make_person(session, email="robin@example.org")
    post(session, person)
    link = link_for(session, person)
    session.commit()
    visitor.get(link)
    assert "We will no longer write to r•••@example.org" in visitor.text
    session.refresh(person)
    assert person.digest is Digest.NOW
    for _ in range(2):
        visitor.get(link)
        if "Stop these emails" in visitor.text:
            visitor.press("Stop these emails")
        assert "These emails have been stopped" in visitor.text
    session.refresh(person)
    assert person.digest is Digest.NONE
    assert sent(database) == []
    assert not post(session, person)


def test_a_mail_provider_stops_them_with_one_click_and_may_do_it_twice(
    open_client: TestClient, visitor: Visitor, session: Session
) -> None:
    person, other = make_person(session), make_person(session)
    post(session, person)
    link = link_for(session, person)
    session.commit()
    for headers in ({}, {"Origin": "https://mailbox.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = open_client.post(link, data=ONE_CLICK, headers=headers, follow_redirects=False)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    session.refresh(person)
    session.refresh(other)
    assert person.digest is Digest.NONE
    assert other.digest is Digest.NOW


def test_what_was_stopped_and_chosen_is_in_the_record_once(
    open_client: TestClient, visitor: Visitor, session: Session
) -> None:
    person = make_person(session)
    session.commit()
    for what in (Stoppable.REMINDERS, Stoppable.RELEASES, Stoppable.RELEASES):
        open_client.post(f"/unsubscribe/{stopping.token(person.id, what)}", data=ONE_CLICK)
    visitor.sign_in(session, person).get("/account/emails").press("Save your choice", digest="weekly", reminders="yes")
    visitor.get("/account/emails").press("Save your choice")
    found = session.exec(select(AuditEvent).where(AuditEvent.action == "choice of mails changed"))
    assert [(event.actor_id, event.subject, json.loads(event.detail)) for event in found] == [
        (None, f"person {person.id}", {"how_often": "now", "reminders": False}),
        (None, f"person {person.id}", {"how_often": "none", "reminders": False}),
        (person.id, f"person {person.id}", {"how_often": "weekly", "reminders": True}),
    ]


def changed(token: str) -> list[str]:
    """Tokens that we never gave out."""
    person_id, what, signature = token.split("-")
    return [
        f"{int(person_id) + 1}-{what}-{signature}", f"0{person_id}-{what}-{signature}",
        f"{person_id}-reminders-{signature}", f"{person_id}-everything-{signature}",
        f"{person_id}-{what}-{signature[:-1]}", f"{person_id}-{what}-", f"{person_id}-{what}-{signature}x",
        f"{'9' * 30}-{what}-{signature}", "-", "é-é-é",
    ]  # fmt: skip


def test_nobody_else_can_make_such_an_address(visitor: Visitor, open_client: TestClient, session: Session) -> None:
    person, _other = make_person(session), make_person(session)
    session.commit()
    for token in changed(stopping.token(person.id, Stoppable.RELEASES)):
        assert open_client.post(f"/unsubscribe/{token}", data=ONE_CLICK).status_code == 403, token
        assert visitor.get(f"/unsubscribe/{token}").status == 404, token
        assert visitor.post(f"/unsubscribe/{token}").status == 404, token
    assert set(session.exec(select(Person.digest))) == {Digest.NOW}
    right = stopping.token(person.id, Stoppable.RELEASES)
    for path in (f"/sign-out/{right}", "/sign-out", f"/unsubscribe/{right}/more", f"//unsubscribe/{right}"):
        assert open_client.post(path, data=ONE_CLICK).status_code == 403, path


@pytest.mark.parametrize("tries", [0, 1])
def test_what_waits_also_after_a_failure_is_not_sent_after_stopping(
    session: Session, database: Database, tries: int
) -> None:
    stops, stays = make_person(session), make_person(session)
    for person in (stops, stays):
        post(session, person)
    for mail in session.exec(select(OutboxMessage)):
        mail.tries = tries
    session.commit()
    stopping.stop(session, stopping.Stop(stops, Stoppable.RELEASES))
    session.commit()
    assert sent(database) == [stays.email]


def test_what_a_worker_has_in_its_hands_is_not_sent_either(session: Session, database: Database) -> None:
    first, second = make_person(session), make_person(session)
    for person in (first, second):
        post(session, person)
    session.commit()
    to: list[str] = []

    def stop_the_other(mail: OutboxMessage) -> None:
        to.append(mail.to)
        with database.transaction() as other:
            stopping.stop(other, stopping.Stop(other.get_one(Person, second.id), Stoppable.RELEASES))

    delivery.deliver(database, stop_the_other)
    assert to == [first.email]


def test_a_digest_that_was_being_written_while_its_reader_stopped_it_is_not_sent(
    session: Session, database: Database
) -> None:
    person = make_person(session)
    post(session, person)
    person.digest = Digest.NONE  # as a transaction sees it that came between
    session.commit()
    assert sent(database) == []
    assert session.exec(select(OutboxMessage.due_at)).one() is None


def test_reminders_are_stopped_by_themselves(session: Session, visitor: Visitor) -> None:
    person = make_person(session)
    session.commit()
    assert outbox.is_wanted(person, "reminder")
    visitor.get(f"/unsubscribe/{stopping.token(person.id, Stoppable.REMINDERS)}").press("Stop these emails")
    session.refresh(person)
    assert not outbox.is_wanted(person, "reminder")
    assert outbox.is_wanted(person, "digest")
    visitor.sign_in(session, person).get("/account/emails").press("Save your choice", reminders="yes")
    session.refresh(person)
    assert outbox.is_wanted(person, "reminder")
    visitor.get("/account/emails").press("Save your choice", digest="none")
    session.refresh(person)
    assert not outbox.is_wanted(person, "reminder")


def test_html_shows_the_words_of_hostile_people_and_follows_only_our_addresses(session: Session) -> None:
    ours = f"{settings().base_url}/frameworks"
    text = (
        f"<script>x</script> & “a”\nSee {ours}.\n\nOr https://evil.example/?{ours} {settings().base_url}.evil.example/x"
    )
    message = OutboxMessage(id=1, to="r@example.org", kind="note", subject="A <b>", text=text, dedupe="")
    page = mailers.as_mail(message).get_body(("html",))
    assert page
    found = page.get_content()
    assert "&lt;script&gt;x&lt;/script&gt; &amp; “a”<br>" in found
    assert re.findall(r'href="([^"]*)"', found) == [ours]
    assert not re.search(r"<(img|link|script|style)|src=|url\(", found)
    assert "<title>A &lt;b&gt;</title>" in found


def test_the_address_stays_what_it_is(session: Session) -> None:
    """It stands in mails that people keep for years."""
    person = make_person(session)
    token = stopping.token(person.id, Stoppable.RELEASES)
    assert re.fullmatch(rf"{person.id}-releases-[0-9a-f]{{40}}", token)
    assert clock.now() and stopping.stop_of(session, token).person is person
