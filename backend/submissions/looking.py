"""Working through a panel: choose its entries, and note which have been looked at."""

from collections.abc import Collection

from sqlmodel import Session

from backend.core import clock, db
from backend.core.db import add_once
from backend.releases import rounds
from backend.releases.models import Entry
from backend.submissions import queries
from backend.submissions.models import PanelEntry, Submission


def choose_entries(session: Session, submission: Submission, entries: Collection[Entry]) -> None:
    """Make these the entries of the panel; what was said about others stays. Raises RoundClosed."""
    rounds.must_be_open(submission.round)
    wanted = {entry.id for entry in entries}
    for line in queries.panel(session, submission):
        if line.entry_id not in wanted:
            session.delete(line)
    session.flush()
    for entry in entries:
        add_once(session, PanelEntry(submission_id=submission.id, entry_id=entry.id), "submission_id", "entry_id")


def note_looked_at(session: Session, submission: Submission, entry: Entry) -> None:
    """Note that the voice is done with the entry, which joins the panel if it was not in it. Raises RoundClosed."""
    rounds.must_be_open(submission.round)
    now = clock.now()
    row = {"submission_id": submission.id, "entry_id": entry.id, "looked_at": now}
    db.put(session, PanelEntry, [row], by=("submission_id", "entry_id"), new=("looked_at",))
