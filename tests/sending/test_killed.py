"""Signing off is all or nothing, at whichever moment the process is killed."""

import subprocess
import sys

import pytest
from sqlalchemy import text

from backend.audit import log
from backend.core.db import Database
from tests.conftest import ROOT
from tests.sending.team import make_team

POINTS, RATED = 30, 10
TABLES = ("comment", "comment_text", "draft", "rating", "rating_event", "sign_off", "submission", "counter",
          "outbox_message", "audit_event")  # fmt: skip


@pytest.fixture
def committed(live: Database) -> Database:
    """40 items wait to be signed off."""
    with live.transaction() as session:
        team = make_team(session, entries=RATED)
        for number in range(POINTS - 5):
            team.draft(session, f"Point {number}.", entry=number % RATED)
        for number in range(5):
            team.suggest(session, f"Other words {number}.", entry=number)
        for number in range(RATED):
            team.rate(session, entry=number)
    return live


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All that signing off could have touched."""
    with database.session() as session:
        assert log.first_break(session) is None
        return {
            table: sorted((tuple(row) for row in session.connection().execute(text(f"SELECT * FROM {table}"))), key=str)
            for table in TABLES
        }


def test_a_process_killed_at_any_statement_leaves_nothing_half_done(committed: Database) -> None:
    before = everything(committed)
    url = committed.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.sending.dying", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as dying:
        assert dying.stdin and dying.stdout
        for number in range(1, 100):
            print(number, file=dying.stdin, flush=True)
            ended = int(dying.stdout.readline())
            if ended == 0:
                break
            assert ended == -9
            assert everything(committed) == before, f"killed at statement {number}"
        dying.stdin.close()
    assert number > 15, "it was killed at every statement on the way"
    after = everything(committed)
    sizes = {table: len(rows) for table, rows in after.items()}
    assert sizes["comment_text"] == POINTS and sizes["draft"] == 0
    assert sizes["rating_event"] == RATED * 2 and sizes["sign_off"] == 1
    assert sizes["outbox_message"] == 1 and sizes["audit_event"] == len(before["audit_event"]) + 1
    assert all("held" in row for row in after["comment"])
