"""A process that signs off what waits and dies on the way: at the statement whose number it is told, or at the commit.

For each number that comes in it says how the attempt ended: 9 if it was killed, 0 if it came to the end.
"""

import os
import signal
import sys
from itertools import count
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, select

from backend import main as _main  # noqa: F401  # knows every table
from backend.core.db import Database
from backend.people.access import viewer_for
from backend.people.models import Membership, Standing
from backend.sending import queries, receipts, signing_off
from backend.submissions.models import Submission


def main() -> None:
    """Try as often as asked, each time in a process of its own."""
    database = Database(sys.argv[1])
    with database.session(writes=True) as session:
        sign(session)  # and take it back: what has been thought out once is quick in every child
        session.rollback()
    database.engine.dispose()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sign_and_die(database, int(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def sign_and_die(database: Database, at: int) -> None:
    """Sign everything off, and be killed just before the statement or the commit of this number."""
    reached = count(1)

    def step(*_: Any) -> None:
        if next(reached) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", step)
    event.listen(database.engine, "commit", step)
    with database.transaction() as session:
        sign(session)
    os._exit(0)


def sign(session: Session) -> None:
    """Do what the route does: sign off, and write the receipt."""
    submission = session.exec(select(Submission)).one()
    lead = session.exec(select(Membership).where(Membership.standing == Standing.LEAD)).one().person
    keys = [item.key for item in queries.waiting(session, submission)]
    part = signing_off.sign_off(session, submission, keys, by=viewer_for(lead))
    receipts.for_sign_off(session, part)


if __name__ == "__main__":
    main()
