"""Who would like to join the demonstration's pilot: a call, its applicants, a reserve list and two offers."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, col, select

from backend.core import clock
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from backend.registrations import applying, calling, offering, opt_in, queries, selecting
from backend.registrations.applying import Facts, Partner
from backend.registrations.calling import Asked
from backend.registrations.kinds import Purpose, Selected
from backend.registrations.models import Application, Call
from backend.registrations.opt_in import Details
from backend.registrations.pairing import Said

FACTS = Path(__file__).parent / "content" / "interest.yaml"
REPLY_DAYS = 7


def tell(session: Session, *, by: Person) -> str:
    """Open the call, hear everybody who applied, decide about some and offer two places; a line on what was done."""
    facts: dict[str, Any] = yaml.safe_load(FACTS.read_text(encoding="utf-8"))
    call = _open(session, facts["call"], by)
    pair = facts["pair"]
    for row in facts["applicants"]:
        partner = pair["second"] if row[2] == pair["first"] else None
        _apply(session, call, row, Partner(partner["name"], partner["email"]) if partner else None)
    with clock.at(_day(pair["second"]["day"])):
        _confirm(session, pair["second"]["email"], pair["second"]["discipline"])
    for decided in facts["decided"]:
        with clock.at(_day(decided["day"])):
            selecting.choose(
                session,
                _of(session, call, decided["who"]),
                Selected(decided["selected"]),
                because=decided["because"],
                by=by,
            )
    with clock.at(_day(-1, hour=15)):
        number = offering.offer_places(session, call, reply_days=REPLY_DAYS, by=by)
    return f"A call with {len(queries.applicants(session, call))} applicants and {number} offers."


def _open(session: Session, facts: dict[str, Any], by: Person) -> Call:
    closes_at = _day(facts["closes"], hour=17)
    with clock.at(_day(facts["opens"], hour=9)):
        call = calling.open_call(
            session,
            title=facts["title"],
            about=facts["about"],
            is_for=Purpose.PILOT,
            places=facts["places"],
            opens_at=clock.now(),
            closes_at=closes_at,
            how_chosen=facts["how_chosen"],
            allows_pairs=True,
            questions=[
                Asked(asked["prompt"], asked.get("options", ()), asked.get("longest")) for asked in facts["questions"]
            ],
            by=by,
        )
        selecting.set_targets(session, call, facts["targets"], by=by)
    session.flush()
    session.refresh(call)
    return call


def _apply(session: Session, call: Call, row: list[Any], partner: Partner | None) -> None:
    day, name, email, organisation, type_code, size, nation, discipline, *answers = row
    with clock.at(_day(day)):
        applying.apply(
            session,
            call,
            email,
            Details(name, organisation, type_code),
            facts=Facts(size, nation, discipline),
            answers={str(asked.id): words for asked, words in zip(call.questions, answers, strict=True)},
            partner=partner,
        )
        _confirm(session, email)


def _confirm(session: Session, email: str, discipline: str = "") -> None:
    """As the person does, by the link in their mail."""
    mine = (OutboxMessage.to == email, OutboxMessage.kind == "interest-confirm")
    message = session.exec(select(OutboxMessage).where(*mine).order_by(col(OutboxMessage.id).desc())).first()
    assert message
    found = re.search(r"/register-interest/confirm/(\S+)", message.text)
    assert found
    waiting = opt_in.waiting(session, found[1])
    named_by = [each.second_to_id for each in queries.applications_of(session, waiting) if each.second_to_id]
    agreed = {first_id: Said({}, discipline) for first_id in named_by}
    applying.confirm(session, found[1], shown=opt_in.seal(session, waiting), agreed=agreed)


def _of(session: Session, call: Call, email: str) -> Application:
    return next(each for each in queries.applicants(session, call) if each.registration.email == email)


def _day(number: int, hour: int = 11) -> datetime:
    """So many days from today, at this hour of a UK clock."""
    day = clock.today() + timedelta(days=number)
    return datetime.combine(day, time(hour), clock.LONDON).astimezone(UTC)
