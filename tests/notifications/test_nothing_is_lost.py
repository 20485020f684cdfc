"""A thousand mails, half on each database: two workers, a kill, moody servers. Nothing lost, nothing unwanted."""

import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import func, update
from sqlmodel import col, select

from backend.core import clock
from backend.core.db import Database
from backend.notifications import stopping
from backend.notifications.models import OutboxMessage, Stoppable
from backend.people.models import Digest, Person
from tests.conftest import ROOT
from tests.notifications.servers import mail_server, notify_server
from tests.notifications.test_answers_of_servers import KEY

MAILS = 500
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
                return "550 5.1.1 Nobody here" if self.is_mail_server else "400 Nobody here"
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

    def __init__(self, database: Database, chosen: list[dict[str, object]]) -> None:
        self.url = database.url.render_as_string(hide_password=False)
        self.chosen = chosen
        self.running = [self.start(each) for each in chosen]

    def start(self, chosen: dict[str, object]) -> subprocess.Popen[str]:
        """One more."""
        command = [sys.executable, "-m", "tests.notifications.working", self.url, json.dumps(chosen)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)

    def kill(self, place: int) -> None:
        """Kill one in the middle of whatever it does."""
        self.running[place].kill()
        self.running[place].communicate()

    def replace(self, place: int) -> None:
        """Another one takes its place."""
        self.running[place] = self.start(self.chosen[place])


@contextmanager
def two_workers(database: Database, chosen: list[dict[str, object]]) -> Iterator[Workers]:
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
        people = [Person(email=f"r{number}@example.org", name="R", digest=Digest.NOW) for number in range(MAILS)]
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


def let_time_pass(database: Database) -> None:
    """All waits and leases are over."""
    with database.transaction() as session:
        waiting = update(OutboxMessage).where(col(OutboxMessage.due_at).is_not(None))
        session.execute(waiting.values(due_at=clock.now()))


def on_their_way(database: Database, *, due: bool) -> int:
    """How many mails wait, or are due now."""
    waiting = col(OutboxMessage.due_at) <= clock.now() if due else col(OutboxMessage.due_at).is_not(None)
    with database.session() as session:
        return session.exec(select(func.count()).select_from(OutboxMessage).where(waiting)).one()


def test_each_mail_arrives_and_none_that_is_not_wanted(own: Database) -> None:
    people = write_mails(own)
    stops = [person for person in people if person.id % STOPS == 0]
    before, between = stops[::2], stops[1::2]
    stop(own, before)
    with mail_server(Moods()) as (port, mailbox), notify_server(NotifyMoods()) as (address, notify):
        chosen: list[dict[str, object]] = [
            {"mailer": "smtp", "smtp_host": "127.0.0.1", "smtp_port": port},
            {"mailer": "notify", "notify_base_url": address, "notify_api_key": KEY, "notify_template_id": "x"},
        ]
        with two_workers(own, chosen) as workers:
            eventually(lambda: len(mailbox.mails) + len(notify.mails) > KILL_AFTER)
            workers.kill(0)
            workers.replace(0)
            eventually(lambda: on_their_way(own, due=True) == 0)
            workers.kill(0)
            workers.kill(1)  # what is on the wire cannot be called back, so nothing is
            had = {*mailbox.recipients, *notify.recipients}
            stop(own, between)
            workers.replace(0)
            workers.replace(1)
            unwanted = {person.email for person in between} - had
            while on_their_way(own, due=False):
                let_time_pass(own)
                eventually(lambda: on_their_way(own, due=True) == 0)
    arrived = mailbox.mails + notify.mails
    got: dict[str, set[str]] = defaultdict(set)
    for key, to, _ in arrived:
        got[to].add(key.removeprefix("<outbox-").partition("@")[0])
    refused = {person.email for person in people if int(person.email[1:].partition("@")[0]) % NOBODY_THERE == 0}
    never = {person.email for person in before} | unwanted | refused
    assert got.keys() == {person.email for person in people} - never
    assert all(len(keys) == 1 for keys in got.values()), "a second sending can be told by its number"
    assert len(arrived) > len(got), "some arrived twice: the servers dropped connections after taking them"
    with own.session() as session:
        parked = set(session.exec(select(OutboxMessage.to).where(col(OutboxMessage.parked_because).is_not(None))))
        sent = set(session.exec(select(OutboxMessage.to).where(col(OutboxMessage.sent_at).is_not(None))))
    stopped = {person.email for person in stops}
    assert parked >= refused - stopped
    assert sent | parked >= got.keys() - stopped, "settled, or given up after its tries and shown to staff"
