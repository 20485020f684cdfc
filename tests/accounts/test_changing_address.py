"""An address changes when both mailboxes have said yes, and not before."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, select

from backend.accounts import changing_address, limits
from backend.accounts.changing_address import AddressTaken, ChangeExpired, ChangeMade, ChangeStopped, ChangeUnknown
from backend.accounts.models import EmailChange
from backend.audit.models import AuditEvent
from backend.core import clock
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people import queries
from backend.people.models import Person, WebSession
from tests.accounts.test_account import signed_in_elsewhere, waiting
from tests.browsing import Visitor
from tests.factories import make_person

NEW = "robin.new@example.org"


def links(session: Session) -> list[tuple[str, str, str]]:
    """The kind, the mailbox and the path of the link of every mail about a change, in order."""
    session.commit()
    session.expire_all()
    mails = session.exec(
        select(OutboxMessage).where(col(OutboxMessage.kind).startswith("address-")).order_by(col(OutboxMessage.id))
    )
    found = []
    for mail in mails:
        path = re.search(r"/email-change/\S+", mail.text)
        found.append((mail.kind, mail.to, path.group() if path else ""))
    return found


def token_of(path: str) -> str:
    return path.rsplit("/", 1)[1]


def asked(visitor: Visitor, session: Session, new: str = NEW) -> tuple[Person, str, str]:
    """Somebody who has asked for a change: the person, and the paths of the old and the new mailbox's links."""
    person = make_person(session, email=f"old-of-{new.split('@')[0]}@example.org")
    visitor.sign_in(session, person).get("/account").follow("Change your email address")
    visitor.press("Send both links", email=new)
    (_, _, old_path), (_, _, new_path) = links(session)[-2:]
    return person, old_path, new_path


def test_the_address_changes_when_both_mailboxes_have_confirmed(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    old = person.email
    assert visitor.path == "/account/email-address/asked"
    assert [(kind, to) for kind, to, _ in links(session)] == [("address-old", old), ("address-new", NEW)]
    assert f"Changing to {NEW}" in visitor.get("/account").text
    elsewhere = signed_in_elsewhere(session, person)
    visitor.get(new_path).press("Confirm this change")
    assert "Now open the link that we sent to the old address" in visitor.text
    session.expire_all()
    assert person.email == old
    assert elsewhere.revoked_at is None
    visitor.get(old_path).press("Confirm this change")
    assert "The email address has been changed" in visitor.text
    session.expire_all()
    assert person.email == NEW
    assert queries.find_person(session, old) is None
    assert elsewhere.revoked_at, "everybody else is signed out"
    assert NEW in visitor.get("/account").text, "who confirmed last stays signed in"
    assert {(kind, to) for kind, to, _ in links(session)[2:]} == {("address-changed", old), ("address-changed", NEW)}


def test_opening_a_link_changes_nothing(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    for _ in range(2):
        assert "Confirm the email address" in visitor.get(old_path).text
        assert "Confirm the email address" in visitor.get(new_path).text
    session.expire_all()
    change = session.exec(select(EmailChange)).one()
    assert (change.old_confirmed_at, change.new_confirmed_at, person.email != NEW) == (None, None, True)


def test_the_links_work_in_any_browser_and_sign_nobody_in(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    visitor.client.cookies.clear()
    visitor.get(old_path).press("Confirm this change")
    visitor.get(new_path).press("Confirm this change")
    assert visitor.get("/account").path.startswith("/sign-in")
    session.expire_all()
    assert person.email == NEW
    assert all(each.revoked_at for each in session.exec(select(WebSession)))


def test_the_new_mailbox_learns_nothing_of_the_old_one(visitor: Visitor, session: Session) -> None:
    person, _, new_path = asked(visitor, session)
    mail = session.exec(select(OutboxMessage).where(OutboxMessage.to == NEW)).one()
    visitor.client.cookies.clear()
    assert person.email not in visitor.get(new_path).text
    assert person.email not in mail.text
    assert person.name not in visitor.text
    assert visitor.post(f"{new_path}/stop").status == 422, "whoever was written to by mistake signs nobody out"


def test_one_mailbox_alone_is_never_enough(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    for path in (old_path, new_path):
        change = session.exec(select(EmailChange)).one()
        change.old_confirmed_at = change.new_confirmed_at = None
        session.add(change)
        session.commit()
        visitor.get(path).press("Confirm this change")
        assert visitor.post(path).status == 200
        session.expire_all()
        assert person.email != NEW


def test_the_old_mailbox_stops_the_change_and_signs_everybody_out(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    old = person.email
    visitor.get(new_path).press("Confirm this change")
    visitor.get(old_path).press("Stop the change")
    assert "The change was stopped" in visitor.text
    assert visitor.get("/account").path.startswith("/sign-in"), "the thief, too, is out"
    for path in (old_path, new_path):
        assert visitor.get(path).status == 422
        assert visitor.post(path).status == 422
        assert "This change of address was stopped" in visitor.text
    session.expire_all()
    assert person.email == old


def test_a_link_works_once(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    visitor.get(old_path).press("Confirm this change")
    visitor.get(new_path).press("Confirm this change")
    session.expire_all()
    person.email = "moved.on@example.org"
    session.add(person)
    session.commit()
    for path in (old_path, new_path, f"{old_path}/stop"):
        assert visitor.post(path).status == 422
        assert "This link has been used" in visitor.text
    session.expire_all()
    assert person.email == "moved.on@example.org"


def test_links_last_a_day(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    visitor.get(old_path).press("Confirm this change")
    with time_machine.travel(clock.now() + timedelta(hours=24)):
        for path in (old_path, new_path):
            assert visitor.get(path).status == 422
            assert visitor.post(path).status == 422
            assert "This link has expired" in visitor.text
    session.expire_all()
    assert person.email != NEW


def test_a_second_change_stops_the_first(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    visitor.get("/account/email-address")
    assert f"A change to {NEW} waits" in visitor.text
    visitor.press("Send both links", email="another@example.org")
    visitor.get(old_path)
    assert "This change of address was stopped" in visitor.text
    assert visitor.post(new_path).status == 422
    (_, _, old_again), (_, _, new_again) = links(session)[-2:]
    visitor.get(old_again).press("Confirm this change")
    visitor.get(new_again).press("Confirm this change")
    session.expire_all()
    assert person.email == "another@example.org"


def test_an_address_with_an_account_gets_the_same_answer(visitor: Visitor, session: Session) -> None:
    taken = make_person(session, email="taken@example.org")
    session.commit()
    free_person, _, _ = asked(visitor, session)
    free = visitor.text.replace(free_person.email, "Y").replace(NEW, "X")
    person = make_person(session)
    visitor.sign_in(session, person).get("/account/email-address").press("Send both links", email="TAKEN@example.org")
    assert visitor.text.replace("taken@example.org", "X").replace(person.email, "Y") == free
    (old_kind, old_to, old_path), (kind, to, path) = links(session)[-2:]
    assert (old_kind, old_to) == ("address-old", person.email)
    assert (kind, to, path) == ("address-taken", "taken@example.org", ""), "that mailbox is told, without a link"
    visitor.get(old_path).press("Confirm this change")
    assert "Now open the link that we sent to taken@example.org" in visitor.text
    session.expire_all()
    assert taken.email == "taken@example.org"
    assert person.email != "taken@example.org"


def test_an_address_that_was_taken_in_the_meantime_is_refused(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    visitor.get(old_path).press("Confirm this change")
    make_person(session, email=NEW)
    session.commit()
    assert visitor.post(new_path).status == 409
    assert "There is an account with the new address by now." in visitor.text
    session.expire_all()
    assert person.email != NEW


def test_of_two_people_who_want_one_address_one_gets_it(session: Session) -> None:
    people = [make_person(session) for _ in range(2)]
    tokens = []
    for person in people:
        changing_address.ask(session, person, NEW)
        tokens.append([token_of(path) for _, _, path in links(session)[-2:]])
    for token in tokens[0]:
        changing_address.confirm(session, token, here=None)
    changing_address.confirm(session, tokens[1][0], here=None)
    with pytest.raises(AddressTaken):
        changing_address.confirm(session, tokens[1][1], here=None)
    assert queries.person(session, NEW) is people[0]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter an email address in the correct format"),
        ("not an address", "Enter an email address in the correct format"),
        ("\u0430dmin@authority.example", "Enter an email address in the correct format"),  # a Cyrillic letter
        ("ro\u212ain@example.org", "Enter an email address in the correct format"),  # the Kelvin sign
        ("MINE@example.org", "That is the address you have now"),
    ],
)
def test_what_is_no_new_address_is_explained(visitor: Visitor, session: Session, typed: str, words: str) -> None:
    person = make_person(session, email="mine@example.org")
    visitor.sign_in(session, person).get("/account/email-address").press("Send both links", email=typed)
    assert visitor.status == 422
    assert words in visitor.text
    assert links(session) == []


def test_it_needs_a_fresh_confirmation(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, make_person(session))
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        visitor.get("/account/email-address")
        assert visitor.path == "/confirm-it-is-you?next=%2Faccount%2Femail-address"
        assert visitor.post("/account/email-address", {"email": NEW}).status == 403
    assert links(session) == []


def test_asking_is_limited(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, make_person(session))
    for number in range(limits.ADDRESSES.amount):
        visitor.post("/account/email-address", {"email": f"new{number}@example.org"})
        assert visitor.status == 200
    assert visitor.post("/account/email-address", {"email": NEW}).status == 429
    assert "Try again in 24 hours." in visitor.text


def test_mail_that_waits_goes_to_the_new_address(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    mail = waiting(session, person)
    visitor.get(old_path).press("Confirm this change")
    visitor.get(new_path).press("Confirm this change")
    session.expire_all()
    assert mail.to == NEW


def test_the_record_holds_no_address(visitor: Visitor, session: Session) -> None:
    person, old_path, new_path = asked(visitor, session)
    old = person.email
    visitor.get(old_path).press("Confirm this change")
    visitor.get(new_path).press("Confirm this change")
    session.expire_all()
    events = session.exec(select(AuditEvent)).all()
    assert {"change of address asked for", "change of address confirmed", "address changed"} <= {
        event.action for event in events
    }
    for event in events:
        assert old not in event.detail + event.subject
        assert NEW not in event.detail + event.subject


def test_links_that_were_never_sent_do_nothing(session: Session) -> None:
    for act in (changing_address.change, changing_address.stop):
        with pytest.raises(ChangeUnknown):
            act(session, "no-such-token")


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"done_at": clock.now()}, ChangeMade),
        ({"stopped_at": clock.now()}, ChangeStopped),
        ({"expires_at": clock.now() - timedelta(days=2)}, ChangeExpired),
    ],
)
def test_what_is_over_is_refused(session: Session, facts: dict[str, object], refusal: type[Exception]) -> None:
    change = changing_address.ask(session, make_person(session), NEW)
    token = token_of(links(session)[0][2])
    for name, value in facts.items():
        setattr(change, name, value)
    session.add(change)
    session.commit()
    with pytest.raises(refusal):
        changing_address.confirm(session, token, here=None)


def test_mailboxes_that_answer_at_once_make_the_change_once(live: Database) -> None:
    with live.transaction() as session:
        person = make_person(session)
        person_id = person.id
        changing_address.ask(session, person, NEW)
        mails = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
        found = [re.search(r"/email-change/(\S+)", mail.text) for mail in mails]
        tokens = [each[1] for each in found if each]

    def say_yes(token: str) -> bool:
        with live.transaction() as session:
            return changing_address.confirm(session, token, here=None).done_at is not None

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(say_yes, tokens))
    assert sorted(done) == [False, True]
    with live.session() as session:
        assert session.get_one(Person, person_id).email == NEW
        told = select(OutboxMessage).where(OutboxMessage.kind == "address-changed")
        assert len(session.exec(told).all()) == 2
