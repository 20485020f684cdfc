"""Mail waits as long as each person has chosen; what cannot wait does not."""

import pytest
import time_machine
from sqlmodel import Session, select

from backend.core import clock
from backend.notifications import outbox
from backend.notifications.models import OutboxMessage
from backend.people.models import Digest, Person
from tests.factories import make_person

WRITTEN: dict[str, dict[str, object]] = {
    "digest": {
        "framework": "Harms",
        "number": "0.2",
        "published_at": clock.now(),
        "decisions": [],
        "pages": "x",
        "signed": True,
        "points": [],
        "changes": "",
        "follows": False,
        "follows_whole": False,
    },
    "sign-in": {"address": "x", "code": "x", "minutes": 10},
}


def post(session: Session, person: Person, kind: str = "digest") -> bool:
    """Write the person a mail of this kind."""
    return outbox.post(
        session, kind, to=person.email, person=person, subject="Hello", once_for=str(person.id), **WRITTEN[kind]
    )


@pytest.mark.parametrize(
    ("chosen", "written", "due"),
    [
        (Digest.NOW, "2026-11-25T10:15:00+00:00", "2026-11-25T10:15:00+00:00"),
        (Digest.DAILY, "2026-11-25T07:59:59+00:00", "2026-11-25T08:00:00+00:00"),
        (Digest.DAILY, "2026-11-25T08:00:00+00:00", "2026-11-26T08:00:00+00:00"),
        (Digest.DAILY, "2026-10-24T12:00:00+00:00", "2026-10-25T08:00:00+00:00"),  # the clocks go back that night
        (Digest.DAILY, "2026-06-24T12:00:00+00:00", "2026-06-25T07:00:00+00:00"),  # summer time
        (Digest.WEEKLY, "2026-11-25T10:15:00+00:00", "2026-11-30T08:00:00+00:00"),  # a Wednesday
        (Digest.WEEKLY, "2026-11-29T23:59:00+00:00", "2026-11-30T08:00:00+00:00"),  # a Sunday
        (Digest.WEEKLY, "2026-11-30T07:00:00+00:00", "2026-11-30T08:00:00+00:00"),  # that Monday
        (Digest.WEEKLY, "2026-11-30T08:00:00+00:00", "2026-12-07T08:00:00+00:00"),
    ],
)
def test_mail_goes_when_the_person_wants_it(session: Session, chosen: Digest, written: str, due: str) -> None:
    person = make_person(session, digest=chosen)
    with time_machine.travel(written, tick=False):
        assert post(session, person)
    assert session.exec(select(OutboxMessage.due_at)).one().isoformat() == due


def test_who_wants_no_mail_gets_none_of_that_kind(session: Session) -> None:
    assert not post(session, make_person(session, digest=Digest.NONE))
    assert session.exec(select(OutboxMessage)).first() is None


@pytest.mark.parametrize("chosen", Digest)
def test_links_always_come_at_once(session: Session, chosen: Digest) -> None:
    with time_machine.travel("2026-11-25 10:15:00+00:00", tick=False):
        assert post(session, make_person(session, digest=chosen), "sign-in")
        assert session.exec(select(OutboxMessage.due_at)).one() == clock.now()


def test_nobody_is_written_to_whose_account_is_closed(session: Session) -> None:
    person = make_person(session, closed_at=clock.now())
    assert not post(session, person, "sign-in")
