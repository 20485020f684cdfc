"""A thousand mails: two workers, kills, moody servers. Nothing is lost, nothing is unwanted."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import ColumnElement, func, update
from sqlmodel import col, select

from backend.core import clock
from backend.core.db import Database
from backend.notifications import stopping
from backend.notifications.models import OutboxMessage, Stoppable
from backend.people.models import Digest, Person
from tests.notifications import working
from tests.notifications.servers import mail_server, notify_server
from tests.notifications.test_answers_of_servers import KEY

MAILS = {"postgresql": 1000, "sqlite": 400}
"""A deployment is on PostgreSQL."""
KILL_AFTER = 120
NOBODY_THERE = 10
"""Every so many mails go to an address that is refused for good."""
STOPS = 7
"""Every so many people stop such mails, half of them before anything was sent, half of them between two tries."""
PATIENCE = 120.0


class Moods:
    """Servers in a bad mood at random: what each does to one address in turn, the same in every run."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.chance = random.Random(2026)  # noqa: S311  # no secret
        self.seen: Counter[str] = Counter()

    def __call__(self, to: str) -> str:
        """A refusal for good for those who are not there; else sometimes anything, and after a while the mail."""
        number = int(to.partition("@")[0].removeprefix("r"))
        with self.lock:
            self.seen[to] += 1
            if number % NOBODY_THERE == 0:
                return (
                    "550 5.1.1 Nobody here"
                    if self.is_mail_server
                    else "400 ValidationError: email_address Not a valid email address"
                )
            if self.seen[to] > 3:
                return "take"
            return self.chance.choices(["take", "451 Later", "drop", "drop after taking"], [80, 8, 6, 6])[0]

    is_mail_server = True


class NotifyMoods(Moods):
    """The same for GOV.UK Notify."""

    is_mail_server = False

    def __call__(self, to: str) -> str:
        """As HTTP has it."""
        return super().__call__(to).replace("451", "503")


class Workers:
    """Two worker processes at once, one for each server."""

    def __init__(self, database: Database, chosen: list[dict[str, str]]) -> None:
        self.database = database
        self.chosen = chosen
        self.running = [working.start(database, **each) for each in chosen]

    def kill(self, place: int) -> None:
        """Kill one in the middle of whatever it does."""
        self.running[place].kill()
        self.running[place].wait()

    def replace(self, place: int) -> None:
        """Another one takes its place."""
        self.running[place] = working.start(self.database, **self.chosen[place])


@contextmanager
def two_workers(database: Database, chosen: list[dict[str, str]]) -> Iterator[Workers]:
    """Two workers, which are gone afterwards."""
    workers = Workers(database, chosen)
    try:
        yield workers
    finally:
        for place in range(len(chosen)):
            workers.kill(place)


def eventually(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "it does not come to an end"
        time.sleep(0.1)


def write_mails(database: Database) -> list[Person]:
    """A digest for each of as many people."""
    with database.transaction() as session:
        people = [
            Person(email=f"r{number}@example.org", name="R", digest=Digest.NOW)
            for number in range(MAILS[database.engine.dialect.name])
        ]
        session.add_all(people)
        session.flush()
        session.add_all(
            OutboxMessage(
                to=person.email, person_id=person.id, kind="digest", subject="Hello", text="Hello", dedupe=person.email
            )
            for person in people
        )
        session.flush()
        session.expunge_all()
    return people


def stop(database: Database, people: list[Person]) -> None:
    """These people stop such mails."""
    with database.transaction() as session:
        for person in people:
            stopping.stop(session, stopping.Stop(session.get_one(Person, person.id), Stoppable.RELEASES))


def let_time_pass(database: Database, *, leases: bool = False) -> None:
    """All waits are over; also the leases, when those who held them are dead."""
    with database.transaction() as session:
        waiting = update(OutboxMessage).where(col(OutboxMessage.due_at).is_not(None))
        if not leases:
            waiting = waiting.where(col(OutboxMessage.owner).is_(None))
        session.execute(waiting.values(due_at=clock.now(), owner=None))


def on_their_way(database: Database) -> int:
    """How many mails have not been settled."""
    return _number(database, col(OutboxMessage.due_at).is_not(None))


def due(database: Database) -> int:
    """How many mails a worker would take now."""
    return _number(database, col(OutboxMessage.due_at) <= clock.now())


def in_hand(database: Database) -> int:
    """How many mails a worker holds or would take now."""
    return _number(database, (col(OutboxMessage.due_at) <= clock.now()) | col(OutboxMessage.owner).is_not(None))


def _number(database: Database, which: ColumnElement[bool]) -> int:
    with database.session() as session:
        return session.exec(select(func.count()).select_from(OutboxMessage).where(which)).one()


def test_each_mail_arrives_and_none_that_is_not_wanted(live: Database) -> None:
    people = write_mails(live)
    stops = [person for person in people if person.id % STOPS == 0]
    before, between = stops[::2], stops[1::2]
    stop(live, before)
    with mail_server(Moods()) as (port, mailbox), notify_server(NotifyMoods()) as (address, notify):
        chosen = [
            {"MAILER": "smtp", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port)},
            {"MAILER": "notify", "NOTIFY_BASE_URL": address, "NOTIFY_API_KEY": KEY, "NOTIFY_TEMPLATE_ID": "x"},
        ]
        with two_workers(live, chosen) as workers:
            eventually(lambda: len(mailbox.mails) + len(notify.mails) > KILL_AFTER)
            workers.kill(0)
            workers.replace(0)
            eventually(lambda: due(live) == 0)
            workers.kill(0)
            workers.kill(1)  # what is on the wire cannot be called back, so nothing is
            had = {*mailbox.recipients, *notify.recipients}
            stop(live, between)
            let_time_pass(live, leases=True)
            workers.replace(0)
            workers.replace(1)
            unwanted = {person.email for person in between} - had
            while on_their_way(live):
                let_time_pass(live)
                eventually(lambda: in_hand(live) == 0)
    arrived = mailbox.mails + notify.mails
    got: dict[str, set[str]] = defaultdict(set)
    for key, to, _ in arrived:
        got[to].add(key.removeprefix("<outbox-").partition("@")[0])
    refused = {person.email for person in people if int(person.email[1:].partition("@")[0]) % NOBODY_THERE == 0}
    never = {person.email for person in before} | unwanted | refused
    assert got.keys() == {person.email for person in people} - never
    assert all(len(keys) == 1 for keys in got.values()), "a second sending can be told by its number"
    assert len(arrived) > len(got), "some arrived twice: the servers dropped connections after taking them"
    with live.session() as session:
        parked = set(session.exec(select(OutboxMessage.to).where(col(OutboxMessage.parked_because).is_not(None))))
        sent = set(session.exec(select(OutboxMessage.to).where(col(OutboxMessage.sent_at).is_not(None))))
    stopped = {person.email for person in stops}
    assert parked >= refused - stopped
    assert sent | parked >= got.keys() - stopped, "settled, or given up after its tries and shown to staff"
