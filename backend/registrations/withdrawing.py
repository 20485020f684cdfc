"""Withdrawing interest: by the link in every mail, at once, without signing in."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from backend.audit import log
from backend.core import db
from backend.people.models import Person
from backend.registrations import consent, erasing, mailboxes, passing_on, queries, writing
from backend.registrations.kinds import ConsentAct, Method, Purpose
from backend.registrations.models import Application, Registration


def current(session: Session, reference: str) -> list[Purpose]:
    """What we may still write about, or could if it were confirmed."""
    on = {purpose for found in queries.with_reference(session, reference) for purpose in _of(session, found)}
    return [purpose for purpose in Purpose if purpose in on]


@dataclass(frozen=True)
class Stake:
    """What somebody would lose with a purpose: an application, and the place that came of it."""

    application: Application
    has_offer: bool


def at_stake(session: Session, reference: str) -> dict[Purpose, list[Stake]]:
    """What goes with each purpose."""
    found: dict[Purpose, list[Stake]] = {}
    for registration in queries.with_reference(session, reference):
        for each in queries.applications_of(session, registration):
            first = session.get_one(Application, each.second_to_id) if each.second_to_id else each
            offer = queries.find_offer(session, first)
            found.setdefault(each.call.is_for, []).append(Stake(each, offer is not None and offer.ended_at is None))
    return found


def withdraw(
    session: Session,
    reference: str,
    purposes: Collection[Purpose],
    *,
    method: Method = Method.WITHDRAWAL_LINK,
    by: Person | None = None,
) -> None:
    """Take these purposes back at once, and what was applied for with them; with the last one, all is erased.

    Twice is as good as once.
    """
    calls = queries.calls_answered(session, reference)
    for call in calls:
        db.lock(session, call, key_share=True)  # as offering does first, so that the two never wait for each other
    ended: set[Purpose] = set()
    for registration in queries.hold_with_reference(session, reference):
        ended.update(_take_back(session, registration, purposes))
    writing.call_off(session, reference, purposes)
    _record(session, reference, ended, method=method, by=by)
    for call in calls:
        passing_on.pass_on(session, call)


def decline(session: Session, reference: str) -> None:
    """Take back what waits to be confirmed, and that alone."""
    ended: set[Purpose] = set()
    for registration in queries.hold_with_reference(session, reference):
        if registration.confirmed_at is None:
            ended.update(_take_back(session, registration, list(Purpose)))
    _record(session, reference, ended, method=Method.WITHDRAWAL_LINK, by=None)


def _take_back(session: Session, registration: Registration, purposes: Collection[Purpose]) -> set[Purpose]:
    ended = _of(session, registration) & set(purposes)
    for application in queries.applications_of(session, registration):
        if application.call.is_for in purposes:
            erasing.erase_application(session, application)
    for purpose in purposes:
        setattr(registration, purpose.value, False)
    session.add(registration)
    session.flush()
    if not _of(session, registration):
        mailboxes.leave_alone(session, registration.email)
        erasing.erase(session, registration)
    return ended


def _record(session: Session, reference: str, ended: Collection[Purpose], *, method: Method, by: Person | None) -> None:
    taken_back = [purpose for purpose in Purpose if purpose in ended]
    if taken_back:
        consent.record(session, reference, taken_back, ConsentAct.WITHDRAWN, method=method)
        log.record(session, "interest withdrawn", f"registration {reference}", by=by, purposes=taken_back)


def _of(session: Session, registration: Registration) -> set[Purpose]:
    """What it is for: what was chosen, and what a colleague has named the person for."""
    named_for = {application.call.is_for for application in queries.applications_of(session, registration)}
    return {*registration.purposes, *named_for}
