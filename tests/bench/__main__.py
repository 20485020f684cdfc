"""`make bench`: each page and post on 2,000 and on 20,000 comments, next to a bare route in the same run."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

from alembic import command
from alembic.config import Config
from sqlmodel import col, select

from backend.core.db import Database
from backend.releases.models import Entry, ReleaseEntry, Revision
from tests.bench import data, registering, signing
from tests.bench.client import Order, Result
from tests.bench.servers import serving

ROOT = Path(__file__).parents[2]
SIZES = ((2_000, 5_000), (20_000, 50_000))
"""Comments and ratings in the database."""
SECONDS = 4.0
CLIENTS = 8


@dataclass(frozen=True)
class Case:
    """One thing to measure, and what to reach with it."""

    name: str
    path: str
    clients: int = CLIENTS
    signed_in: bool = False
    bodies: list[str] | None = None
    goal: str = ""


def main() -> None:
    """Measure everything, and print it as one table a size."""
    for comments, ratings in SIZES:
        print(f"\n{comments:,} comments, {ratings:,} ratings, {CLIENTS} clients unless said otherwise")
        print(f"{'case':52}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'of bare':>9}  goal")
        with tempfile.TemporaryDirectory() as folder, filled(Path(folder), comments, ratings) as (url, known, bodies):
            with serving("tests.bench.bare:app") as port:
                bare = measure(Case("bare route, 40 kB", "/"), port, known)
            show(Case("bare route, 40 kB", "/"), bare, bare)
            with serving("backend.main:create_app", factory=True, DATABASE_URL=url, LIMITS_TIMES="1000000") as port:
                for case in cases(known, bodies):
                    show(case, measure(case, port, known), bare)
                listed = f"{signing.ITEMS} items to sign off, one client"
                show(Case(f"read {listed}", signing.PATH, goal="under 2 s"), signing.read(known.batches, port), bare)
                signed = Case(f"sign {listed}", signing.PATH, bodies=[""], goal="under 1 s")
                show(signed, signing.sign(known.batches, port), bare)
                for kind, result in registering.measure(port).items():
                    show(
                        Case(f"register a {kind} address", registering.PATH, bodies=[""], goal="same p50"), result, bare
                    )


@contextmanager
def filled(folder: Path, comments: int, ratings: int) -> Iterator[tuple[str, data.Filled, dict[str, list[str]]]]:
    """A database of that size: its address, what it holds, and form bodies to post."""
    url = f"sqlite:///{folder}/bench.db"
    database = Database(url)
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with database.transaction() as session:
        known = data.fill(session, comments=comments, ratings=ratings)
        registering.prepare(session)
    with database.session() as session:
        [code, digest] = session.exec(
            select(Entry.code, Revision.digest)
            .join(ReleaseEntry, col(ReleaseEntry.entry_id) == Entry.id)
            .join(Revision, col(Revision.id) == ReleaseEntry.revision_id)
            .where(Entry.code == "CCHF-01")
        ).first() or ("", "")
    bodies = {
        "comment": [urlencode({
            "kind": "evidence", "body": data.WORDS, "speaking_for": "organisation", "on_behalf_of": "",
            "publish_as": "publish-named", "form_token": "token-{n}", "revision": digest, "step": "send",
        }, safe="{}")],
        "rating": [urlencode({
            "score_clarity": score, "score_relevance": score, "revision": digest, "form_token": "token-{n}",
            "speaking_for": "organisation", "publish_as": "publish-named", "step": "send",
        }, safe="{}") for score in "12345"],
    }  # fmt: skip
    assert code
    database.engine.dispose()
    yield url, known, bodies


def cases(known: data.Filled, bodies: dict[str, list[str]]) -> list[Case]:
    """What people do most, and what costs most."""
    framework = f"/frameworks/{known.slug}"
    busy = f"{framework}/entries/{data.BUSY}"
    ledger = f"{framework}/releases/{known.answered}/ledger"
    filters = f"{framework}?term=code-standards:7&term=age-ranges:13-15&q=location"
    return [
        Case("entry with 500 points, signed out", busy, goal="0.1 of bare"),
        Case("entry with 500 points, signed in, one client", busy, clients=1, signed_in=True, goal="p50 under 60 ms"),
        Case("entry with 500 points, signed in", busy, signed_in=True),
        Case("contents with filters, signed out", filters),
        Case("contents with filters, signed in, one client", filters, clients=1, signed_in=True),
        Case("ledger, signed out", ledger),
        Case("ledger, signed in, one client", ledger, clients=1, signed_in=True),
        Case("post a comment", f"{framework}/entries/CCHF-01/comment", signed_in=True, bodies=bodies["comment"],
             goal="100 a second"),
        Case("post a rating", f"{framework}/entries/CCHF-01/rate", signed_in=True, bodies=bodies["rating"],
             goal="100 a second"),
    ]  # fmt: skip


def measure(case: Case, port: int, known: data.Filled) -> Result:
    """Run the client in a process of its own, after a first request that is not counted."""
    order = Order(
        port=port,
        path=case.path,
        clients=case.clients,
        seconds=SECONDS,
        cookies=known.cookies if case.signed_in else [],
        bodies=case.bodies,
    )
    for asked in ({**asdict(order), "clients": 1, "seconds": 0.3}, asdict(order)):
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.client"],
            input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    return Result(**json.loads(done.stdout))


def show(case: Case, result: Result, bare: Result) -> None:
    """One line of the table; answers that were not as they should be are named."""
    expected = "303" if case.bodies else "200"
    wrong = {status: number for status, number in result.statuses.items() if status != expected}
    print(
        f"{case.name:52}{result.per_second:10,.0f}{result.p50:9.2f}{result.p99:9.2f}"
        f"{result.per_second / bare.per_second:9.3f}  {case.goal}{f'  WRONG ANSWERS: {wrong}' if wrong else ''}",
        flush=True,
    )


if __name__ == "__main__":
    main()
