"""Reading who is interested."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, case, cast, func
from sqlalchemy.orm import contains_eager, joinedload
from sqlmodel import Session, col, or_, select

from backend.core import clock
from backend.core.errors import NotFound
from backend.registrations.kinds import Purpose, Selected
from backend.registrations.models import Application, Call, ConsentRecord, Offer, Registration, Selection

PAGE = 50


def find_confirmed(session: Session, email: str) -> Registration | None:
    """What this mailbox has confirmed."""
    confirmed = (Registration.email == email, col(Registration.confirmed_at).is_not(None))
    return session.exec(select(Registration).where(*confirmed)).first()


def with_reference(session: Session, reference: str) -> list[Registration]:
    """What is confirmed, then what waits, under one reference."""
    return list(session.exec(_with_reference(reference)))


def hold_with_reference(session: Session, reference: str) -> list[Registration]:
    """The same, kept from changing."""
    held = _with_reference(reference).with_for_update().execution_options(populate_existing=True)
    return list(session.exec(held))


def _with_reference(reference: str) -> Any:
    return select(Registration).where(Registration.reference == reference).order_by(col(Registration.id))


def interested(session: Session) -> dict[Purpose, int]:
    """How many have confirmed their interest, for each purpose."""
    sums = [func.coalesce(func.sum(case((getattr(Registration, each.value), 1), else_=0)), 0) for each in Purpose]
    row = session.execute(select(*sums).where(col(Registration.confirmed_at).is_not(None))).one()
    return dict(zip(Purpose, row, strict=True))


@dataclass(frozen=True)
class Wanted:
    """Which registrations somebody looks for; what is empty does not matter."""

    purpose: str = ""
    type: str = ""
    topic: str = ""


def registered(session: Session, wanted: Wanted, *, before: int | None = None) -> tuple[list[Registration], int | None]:
    """A page of the confirmed registrations, the newest first; and the id before which the next page begins, if any."""
    which: list[Any] = [col(Registration.confirmed_at).is_not(None)]
    if wanted.purpose:
        which.append(col(getattr(Registration, Purpose(wanted.purpose).value)).is_(True))
    if wanted.type:
        which.append(Registration.type_code == wanted.type)
    if wanted.topic:
        which.append(cast(Registration.topics, String).contains(f'"{wanted.topic}"', autoescape=True))
    if before is not None:
        which.append(col(Registration.id) < before)
    rows = session.exec(select(Registration).where(*which).order_by(col(Registration.id).desc()).limit(PAGE + 1)).all()
    return list(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None


def registration(session: Session, registration_id: int) -> Registration:
    """The confirmed registration. Raises NotFound."""
    found = session.get(Registration, registration_id)
    if found is None or found.confirmed_at is None:
        raise NotFound()
    return found


def consents(session: Session, registration: Registration) -> list[ConsentRecord]:
    """Every act of consent of this person, the first one first."""
    mine = select(ConsentRecord).where(ConsentRecord.reference == registration.reference)
    return list(session.exec(mine.order_by(col(ConsentRecord.id))))


def call(session: Session, call_id: int) -> Call:
    """The call, whether or not it is open. Raises NotFound."""
    found = session.get(Call, call_id)
    if found is None:
        raise NotFound()
    return found


def calls(session: Session) -> list[Call]:
    """Every call, the newest first."""
    return list(session.exec(select(Call).order_by(col(Call.closes_at).desc(), col(Call.id).desc())))


def open_calls(session: Session) -> list[Call]:
    """The calls that can be answered now, the one that closes first at the top."""
    now = clock.now()
    running = (col(Call.opens_at) <= now, col(Call.closes_at) > now)
    return list(session.exec(select(Call).where(*running).order_by(col(Call.closes_at), col(Call.id))))


def next_moment(session: Session) -> datetime | None:
    """When the next call opens or closes."""
    now = clock.now()
    coming = select(Call).where(or_(col(Call.opens_at) > now, col(Call.closes_at) > now))
    moments = [at for found in session.exec(coming) for at in (found.opens_at, found.closes_at) if at > now]
    return min(moments, default=None)


def applications_of(session: Session, registration: Registration) -> list[Application]:
    """What the registered person has applied for, or is named for by a colleague."""
    mine = select(Application).where(Application.registration_id == registration.id).order_by(col(Application.id))
    return list(session.exec(mine.options(joinedload(Application.call))))  # type: ignore[arg-type]


def find_application(session: Session, registration: Registration, call: Call) -> Application | None:
    """What the registered person has applied for in this call, or is named for."""
    mine = (Application.registration_id == registration.id, Application.call_id == call.id)
    return session.exec(select(Application).where(*mine).execution_options(populate_existing=True)).first()


def find_offer(session: Session, application: Application) -> Offer | None:
    """The newest offer to this applicant."""
    mine = select(Offer).where(Offer.application_id == application.id).order_by(col(Offer.id).desc())
    return session.exec(mine).first()


def find_second(session: Session, application: Application) -> Application | None:
    """The application of the colleague whom this one named, confirmed or not."""
    return session.exec(select(Application).where(Application.second_to_id == application.id)).first()


def applicants(session: Session, call: Call) -> list[Application]:
    """Every confirmed application to the call, the first one first, with who sent it."""
    return list(
        session.exec(
            select(Application)
            .join(Registration)
            .where(Application.call_id == call.id, col(Registration.confirmed_at).is_not(None))
            .order_by(col(Application.id))
            .options(contains_eager(Application.registration))  # type: ignore[arg-type]
        )
    )


def numbers_of_applicants(session: Session) -> dict[int, int]:
    """For each call, how many confirmed applications there are."""
    rows = session.execute(
        select(Application.call_id, func.count())
        .join(Registration)
        .where(col(Registration.confirmed_at).is_not(None))
        .group_by(col(Application.call_id))
    )
    return {call_id: number for call_id, number in rows}


def application(session: Session, call: Call, application_id: int) -> Application:
    """The confirmed application to this call. Raises NotFound."""
    found = session.get(Application, application_id)
    if found is None or found.call_id != call.id or found.registration.confirmed_at is None:
        raise NotFound()
    return found


def selections(session: Session, call: Call) -> dict[int, list[Selection]]:
    """For each application to the call everything that was decided about it, the newest first."""
    rows = session.exec(
        select(Selection).join(Application).where(Application.call_id == call.id).order_by(col(Selection.id).desc())
    )
    found: dict[int, list[Selection]] = {}
    for row in rows:
        found.setdefault(row.application_id, []).append(row)
    return found


def last_place(session: Session, call: Call) -> int:
    """The greatest place that anybody had on the reserve list."""
    greatest = select(func.coalesce(func.max(Selection.place), 0)).join(Application)
    return int(session.execute(greatest.where(Application.call_id == call.id)).scalar_one())


def offers(session: Session, call: Call) -> dict[int, Offer]:
    """For each application to the call its newest offer."""
    rows = session.exec(select(Offer).join(Application).where(Application.call_id == call.id).order_by(col(Offer.id)))
    return {offer.application_id: offer for offer in rows}


def people_with_places(session: Session, call: Call, *, accepted: bool = False) -> int:
    """How many people have a place: accepted, or also offered and not yet answered."""
    running = (Application.call_id == call.id, col(Offer.ended_at).is_(None))
    taken = col(Offer.accepted_at).is_not(None)
    counted = taken if accepted else or_(taken, col(Offer.reply_by) > clock.now())
    number = select(func.coalesce(func.sum(Offer.people), 0)).join(Application).where(*running, counted)
    return int(session.execute(number).scalar_one())


def calls_with_something_to_do(session: Session) -> list[Call]:
    """Calls with an offer that was not answered in time, or with a place that came back for somebody on the reserve.

    In the order in which they are locked.
    """
    now = clock.now()
    running = col(Offer.ended_at).is_(None)
    late = select(Application.call_id).join(Offer).where(
        running, col(Offer.accepted_at).is_(None), col(Offer.reply_by) <= now
    )  # fmt: skip
    out = (
        select(func.coalesce(func.sum(Offer.people), 0))
        .join(Application)
        .where(Application.call_id == Call.id, running)
        .scalar_subquery()
    )
    newest = select(func.max(Selection.id)).group_by(col(Selection.application_id))
    waiting = select(Application.call_id).join(Selection).where(
        col(Selection.id).in_(newest), Selection.selected == Selected.RESERVE, col(Application.second_to_id).is_(None)
    )  # fmt: skip
    back = (col(Call.passes_until) > now, col(Call.released) > out, col(Call.id).in_(waiting))
    return list(session.exec(select(Call).where(or_(col(Call.id).in_(late), and_(*back))).order_by(col(Call.id))))


def calls_answered(session: Session, reference: str) -> list[Call]:
    """The calls that the registration of this reference has answered, in the order in which they are locked."""
    answered = select(Application.call_id).join(Registration).where(Registration.reference == reference)
    return list(session.exec(select(Call).where(col(Call.id).in_(answered)).order_by(col(Call.id))))
