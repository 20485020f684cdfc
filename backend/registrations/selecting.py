"""Choosing among applicants for a fair mix. The gaps are shown; nothing is ranked, and people make the choice."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from backend.audit import log
from backend.core import db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.registrations import queries
from backend.registrations.kinds import Selected
from backend.registrations.models import Application, Call, Selection

KINDS = ("constituency", "size_band", "nation", "discipline")
"""What a mix is made of."""


class ComesWithColleague(Refusal):
    """A pair is chosen, or not, as one."""

    title = mark("This person comes with a colleague")
    words = mark("The two are chosen together. Decide on the application of the colleague who named them.")


class HasOffer(Refusal):
    """What was offered is answered, or lapses, before anything else is decided."""

    title = mark("This person has been offered a place")
    words = mark("A place that has been offered can only be turned down or lapse. Then it goes to the reserve list.")


class NobodyLeft(Refusal):
    """Something has been decided about everybody."""

    title = mark("There is nobody left to decide about")
    words = mark("Something has been decided about every applicant already.")


@dataclass(frozen=True)
class Candidate:
    """An applicant with what has been decided about them."""

    application: Application
    constituency: str
    history: tuple[Selection, ...] = ()
    """Everything that was decided, the newest first; for the second of a pair, about the first."""

    place: int | None = None
    """Where on the reserve list, if there: the first is 1."""

    @property
    def selected(self) -> Selected | None:
        """What counts now."""
        return self.history[0].selected if self.history else None

    @property
    def has_changed(self) -> bool:
        """Whether the person has said something else, or comes in other company, since it was decided."""
        changed = self.application.changed_at
        return bool(self.history) and changed is not None and changed > self.history[0].at

    def value(self, kind: str) -> str:
        """What the person is counted as."""
        return self.constituency if kind == "constituency" else str(getattr(self.application, kind))


@dataclass(frozen=True)
class Gap:
    """How many people of one kind there should be, applied and are chosen."""

    value: str
    target: int
    applied: int
    chosen: int

    @property
    def missing(self) -> int:
        """How many more are looked for; below nothing, how many more there are than looked for."""
        return self.target - self.chosen


def candidates(session: Session, call: Call, constituencies: Mapping[str, str]) -> list[Candidate]:
    """Every confirmed applicant in the order in which they applied; `constituencies` by type of organisation."""
    decided = queries.selections(session, call)
    places = {each.id: place for place, each in enumerate(reserve(session, call), start=1)}
    return [
        Candidate(
            application,
            constituencies.get(application.registration.type_code, ""),
            tuple(decided.get(application.second_to_id or application.id, ())),
            places.get(application.second_to_id or application.id),
        )
        for application in queries.applicants(session, call)
    ]


def people_chosen(found: Iterable[Candidate]) -> int:
    """How many people are chosen, both of a pair counted."""
    return sum(person.selected is Selected.CHOSEN for person in found)


def gaps(call: Call, kind: str, values: Iterable[str], found: Iterable[Candidate]) -> list[Gap]:
    """One row for each value of the kind."""
    people = list(found)
    applied = Counter(person.value(kind) for person in people)
    chosen = Counter(person.value(kind) for person in people if person.selected is Selected.CHOSEN)
    return [Gap(value, call.targets.get(f"{kind}:{value}", 0), applied[value], chosen[value]) for value in values]


def set_targets(session: Session, call: Call, targets: Mapping[str, int], *, by: Person) -> None:
    """What mix staff look for; nothing where they look for none."""
    call.targets = {name: number for name, number in targets.items() if number}
    session.add(call)
    log.record(session, "targets set", f"call {call.id}", by=by, targets=call.targets)


def choose(
    session: Session,
    application: Application,
    selected: Selected,
    *,
    because: str,
    by: Person,
    place: int | None = None,
) -> None:
    """Decide about an applicant; a place on the reserve list pushes back who has it, and one that is not said is last.

    Raises ComesWithColleague, or HasOffer where the person has a place already.
    """
    if application.second_to_id is not None:
        raise ComesWithColleague()
    db.lock(session, application.call, key_share=True)
    offer = queries.offers(session, application.call).get(application.id)
    if offer is not None and offer.ended_at is None:
        raise HasOffer()
    note(session, application, selected, because=because, by=by, place=place)


def choose_rest(session: Session, call: Call, selected: Selected, *, because: str, by: Person) -> int:
    """Decide alike about everybody who is not decided yet; how many that were. The reserve is in order of application.

    Raises NobodyLeft.
    """
    db.lock(session, call, key_share=True)
    decided = queries.selections(session, call)
    left = [each for each in queries.applicants(session, call) if each.id not in decided and each.second_to_id is None]
    if not left:
        raise NobodyLeft()
    for application in left:
        note(session, application, selected, because=because, by=by)
    return len(left)


def note(
    session: Session,
    application: Application,
    selected: Selected,
    *,
    because: str,
    by: Person | None,
    place: int | None = None,
) -> None:
    """Write down what was decided, or what followed by itself."""
    if selected is not Selected.RESERVE:
        place = None
    elif place is None:
        place = queries.last_place(session, application.call) + 1
    else:
        place = _make_room(session, application, place)
    session.add(
        Selection(
            application_id=application.id,
            selected=selected,
            place=place,
            because=because,
            by_id=by.id if by else None,
        )
    )
    session.flush()
    detail = {"application": application.id, "selected": selected, "place": place}
    log.record(session, "applicant selected", f"call {application.call_id}", by=by, **detail)


def reserve(session: Session, call: Call) -> list[Application]:
    """Who is on the reserve list, in its order. The second of a pair stands there with the first alone."""
    newest = _newest(session, call)
    waiting = [
        application
        for application in queries.applicants(session, call)
        if application.second_to_id is None
        and application.id in newest
        and newest[application.id].selected is Selected.RESERVE
    ]
    return sorted(waiting, key=lambda each: (newest[each.id].place or 0, newest[each.id].id))


def _make_room(session: Session, application: Application, place: int) -> int:
    """Number the reserve list anew with this place left free; the place, or the first after the last."""
    newest = _newest(session, application.call)
    others = [each for each in reserve(session, application.call) if each.id != application.id]
    place = min(place, len(others) + 1)
    for number, each in enumerate(others, start=1):
        newest[each.id].place = number if number < place else number + 1
        session.add(newest[each.id])
    return place


def _newest(session: Session, call: Call) -> dict[int, Selection]:
    return {application_id: rows[0] for application_id, rows in queries.selections(session, call).items()}
