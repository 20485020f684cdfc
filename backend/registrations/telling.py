"""Telling applicants what was decided, when staff say so: whoever is offered a place learns it from the offer."""

from sqlmodel import Session

from backend.audit import log
from backend.core import clock, db
from backend.core.errors import Refusal
from backend.core.i18n import later, mark
from backend.people.models import Person
from backend.registrations import queries, writing
from backend.registrations.kinds import Selected
from backend.registrations.models import Application, Call, Selection

TOLD = (Selected.RESERVE, Selected.DECLINED)
"""What is told by this mail."""


class NobodyToTell(Refusal):
    """Everybody knows."""

    title = mark("There is nobody to tell")
    words = mark("Everybody who is on the reserve list or not chosen has been told.")


def untold(session: Session, call: Call) -> list[tuple[Application, Selection]]:
    """Who is on the reserve list, or not chosen, and was last told something else or nothing."""
    decided = queries.selections(session, call)
    found = []
    for application in queries.applicants(session, call):
        rows = decided.get(application.id, [])
        if application.second_to_id is not None or not rows or rows[0].selected not in TOLD:
            continue
        last_told = next((row.selected for row in rows if row.told_at is not None), None)
        if rows[0].selected is not last_told:
            found.append((application, rows[0]))
    return found


def tell(session: Session, call: Call, *, by: Person) -> int:
    """Write to each of them, and to the colleague who applied with them; how many applications that were.

    Raises NobodyToTell.
    """
    db.lock(session, call, key_share=True)
    found = untold(session, call)
    if not found:
        raise NobodyToTell()
    for application, selection in found:
        selection.told_at = clock.now()
        session.add(selection)
        second = queries.find_second(session, application)
        for each in filter(None, (application, second)):
            if each.registration.confirmed_at is not None:
                _write(session, each, selection)
    session.flush()
    log.record(session, "applicants told", f"call {call.id}", by=by, number=len(found))
    return len(found)


def _write(session: Session, application: Application, selection: Selection) -> None:
    registration = application.registration
    writing.to(
        session,
        registration,
        "application-decided",
        concerns=application.call.is_for,
        subject=later("What became of your application: %(title)s", title=writing.Title(application.call)),
        once_for=f"{selection.id}:{application.id}",
        call=application.call,
        is_on_reserve=selection.selected is Selected.RESERVE,
    )
