"""Who would like to take part in the demonstration: registered, in a call that is open, and in one that has closed."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, col, select

from backend.core import clock
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from backend.registrations import accepting, applying, calling, offering, opt_in, passing_on, queries, selecting
from backend.registrations.applying import Facts, Partner
from backend.registrations.calling import Asked
from backend.registrations.kinds import Purpose, Selected
from backend.registrations.models import Application, Call
from backend.registrations.opt_in import Details
from backend.registrations.pairing import Said

FACTS = Path(__file__).parent / "content" / "interest.yaml"
REPLY_DAYS = 7


def tell(session: Session, *, by: Person) -> str:
    """Hear everybody who registers or applies, decide about some, and offer places after the first call has closed."""
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
    closed = _closed(session, facts, by)
    for row in facts["registered"]:
        _register(session, row)
    number = len(queries.applicants(session, closed)) + len(queries.applicants(session, call))
    return f"{len(facts['registered'])} people registered, and {number} applied to two calls."


def _register(session: Session, row: list[Any]) -> None:
    day, name, email, organisation, type_code, purposes, topics = row
    with clock.at(_day(day)):
        details = Details(name, organisation, type_code, topics=topics)
        opt_in.register(session, email, details, purposes=[Purpose(each) for each in purposes])
        _confirm(session, email)


def _closed(session: Session, facts: dict[str, Any], by: Person) -> Call:
    """A call that ran its course: some accept, one turns down, one does not answer, and the reserve moves up."""
    call = _open(session, facts["closed"], by)
    for *row, selected, _ in facts["closed_applicants"]:
        _apply(session, call, row, None)
        with clock.at(_day(facts["closed"]["closes"] + 1)):
            application = _of(session, call, row[2])
            selecting.choose(session, application, Selected(selected), because=WHY[selected], by=by)
    with clock.at(_day(facts["closed"]["closes"] + 2)):
        offering.offer_places(session, call, reply_days=REPLY_DAYS, by=by)
    for *row, _, answer in facts["closed_applicants"]:
        if answer:
            with clock.at(_day(facts["closed"]["closes"] + 4)):
                _answer(session, row[2], answer)
    with clock.at(_day(facts["closed"]["closes"] + 2 + REPLY_DAYS + 1)):
        passing_on.lapse(session)
    return call


WHY = {
    "chosen": "Closes a gap in nation or field.",
    "reserve": "Suits, and others close a wider gap.",
    "declined": "Policy and law is there already.",
}


def _answer(session: Session, email: str, answer: str) -> None:
    """As the person does, by the link in their offer."""
    token = _link(session, email, "place-offered", "/offers/")
    (accepting.accept if answer == "accept" else accepting.turn_down)(session, token)


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
                Asked(asked["prompt"], asked.get("options", ()), asked.get("longest"), asked.get("welsh", {}))
                for asked in facts["questions"]
            ],
            welsh=facts.get("welsh"),
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
    token = _link(session, email, "interest-confirm", "/register-interest/confirm/")
    waiting = opt_in.waiting(session, token)
    named_by = [each.second_to_id for each in queries.applications_of(session, waiting) if each.second_to_id]
    agreed = {first_id: Said({}, discipline) for first_id in named_by}
    applying.confirm(session, token, shown=opt_in.seal(session, waiting), agreed=agreed)


def _link(session: Session, email: str, kind: str, path: str) -> str:
    """The end of the link in the newest mail of that kind to them."""
    mine = (OutboxMessage.to == email, OutboxMessage.kind == kind)
    message = session.exec(select(OutboxMessage).where(*mine).order_by(col(OutboxMessage.id).desc())).first()
    assert message
    found = re.search(rf"{path}(\S+)", message.text)
    assert found
    return found[1]


def _of(session: Session, call: Call, email: str) -> Application:
    return next(each for each in queries.applicants(session, call) if each.registration.email == email)


def _day(number: int, hour: int = 11) -> datetime:
    """So many days from today, at this hour of a UK clock."""
    day = clock.today() + timedelta(days=number)
    return datetime.combine(day, time(hour), clock.LONDON).astimezone(UTC)
