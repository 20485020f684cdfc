"""Staff choose among applicants: the gaps, the applicants, the reasons and the offers."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field, StringConstraints, create_model
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark, ngettext
from backend.people.access import Permission, Viewer, allow
from backend.registrations import mixing, offering, queries, selecting, telling
from backend.registrations.kinds import OfferState, Selected
from backend.registrations.models import Application, Call
from backend.registrations.selecting import KINDS, Candidate
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Selecting = Annotated[Viewer, allow(Permission.SELECT)]
Choice = Annotated[str, Query(max_length=60)]
UNDECIDED = "undecided"
TO_DECIDE = (Selected.CHOSEN, Selected.RESERVE, Selected.DECLINED)


def _target_field(kind: str, value: str) -> str:
    return f"{kind}-{value}".replace("-", "_")


Target = Annotated[int, Field(ge=0, le=1000)] | Literal[""]
_TARGETS: dict[str, Any] = {
    _target_field(kind, value): (Target, "") for kind, values in mixing.VALUES.items() for value in values
}
TargetsForm = create_model("TargetsForm", __base__=Form, **_TARGETS)
TargetsForm.mistakes = dict.fromkeys(_TARGETS, mark("Enter a number from 0 to 1,000, or leave it empty"))


class ChooseForm(Form):
    """What is decided about one applicant, and why."""

    selected: Literal[Selected.CHOSEN, Selected.RESERVE, Selected.DECLINED]
    place: Annotated[int, Field(ge=1, le=1000)] | Literal[""] = ""
    because: Annotated[SomeWords, StringConstraints(max_length=1000)]

    mistakes = {
        "selected": mark("Select what you decide"),
        "place": mark("Enter the place on the reserve list as a number, or leave it empty for the last"),
        "because": mark("Enter why, in 1,000 characters or fewer. It is kept, and staff can read it"),
    }


class RestForm(Form):
    """What is decided about everybody who is left, and why."""

    rest: Literal[Selected.RESERVE, Selected.DECLINED]
    because: Annotated[SomeWords, StringConstraints(max_length=1000)]

    mistakes = {"rest": mark("Select what you decide"), "because": ChooseForm.mistakes["because"]}


class OfferForm(Form):
    """How long people have to answer."""

    reply_days: Annotated[int, Field(ge=1, le=60)]

    mistakes = {"reply_days": mark("Enter the number of days, from 1 to 60")}


@router.get("/staff/calls/{call_id}/select")
def select_applicants(
    request: Request, call_id: Number, session: SessionDep, viewer: Selecting, constituency: Choice = "",
    size_band: Choice = "", nation: Choice = "", discipline: Choice = "", selected: Choice = "",
) -> Response:  # fmt: skip
    """The gaps, the applicants who fit the filters, and the offers."""
    words = {"constituency": constituency, "size_band": size_band, "nation": nation, "discipline": discipline,
             "selected": selected}  # fmt: skip
    return _select_page(request, session, queries.call(session, call_id), words, Typed())


@router.get("/staff/calls/{call_id}/targets")
def targets(request: Request, call_id: Number, session: SessionDep, viewer: Selecting) -> Response:
    """How many people of each kind staff look for."""
    return _targets_page(request, queries.call(session, call_id), Typed())


@router.post("/staff/calls/{call_id}/targets")
def set_targets(request: Request, call_id: Number, typed: TypedDep, session: SessionDep, viewer: Selecting) -> Response:
    """Keep the targets."""
    call = queries.call(session, call_id)
    form = typed.check(TargetsForm)
    if form is None:
        return _targets_page(request, call, typed, status=422)
    given = {f"{kind}:{value}": int(getattr(form, _target_field(kind, value)) or 0)
             for kind, values in mixing.VALUES.items() for value in values}  # fmt: skip
    selecting.set_targets(session, call, given, by=viewer.known)
    return web.go_to(f"/staff/calls/{call.id}/select", gettext("The targets are saved."))


@router.get("/staff/calls/{call_id}/applications/{application_id}")
def applicant(
    request: Request, call_id: Number, application_id: Number, session: SessionDep, viewer: Selecting
) -> Response:
    """What one person has written, what was decided about them, and the form to decide."""
    call = queries.call(session, call_id)
    return _applicant_page(request, session, call, application_id, Typed())


@router.post("/staff/calls/{call_id}/applications/{application_id}")
def choose(
    request: Request, call_id: Number, application_id: Number, typed: TypedDep, session: SessionDep, viewer: Selecting
) -> Response:
    """Decide; the page of the call shows the gaps as they are now."""
    call = queries.call(session, call_id)
    application = queries.application(session, call, application_id)
    form = typed.check(ChooseForm)
    if form is None:
        return _applicant_page(request, session, call, application_id, typed, status=422)
    place = form.place or None
    selecting.choose(session, application, form.selected, because=form.because, by=viewer.known, place=place)
    notice = gettext("Decided: %(name)s, %(selected)s.")
    facts = {"name": application.registration.name, "selected": gettext(form.selected.label).lower()}
    return web.go_to(f"/staff/calls/{call.id}/select", notice % facts)


@router.post("/staff/calls/{call_id}/offer", dependencies=[limits.limited(limits.INVITATIONS)])
def offer_places(
    request: Request, call_id: Number, typed: TypedDep, session: SessionDep, viewer: Selecting
) -> Response:
    """Offer a place to everybody who is chosen and has no offer."""
    call = queries.call(session, call_id)
    form = typed.check(OfferForm)
    if form is None:
        return _select_page(request, session, call, {}, typed, status=422)
    number = offering.offer_places(session, call, reply_days=form.reply_days, by=viewer.known)
    notice = ngettext("%(n)s offer is on its way by email.", "%(n)s offers are on their way by email.", number)
    return web.go_to(f"/staff/calls/{call.id}/select", notice % {"n": number})


@router.post("/staff/calls/{call_id}/choose-rest")
def choose_rest(request: Request, call_id: Number, typed: TypedDep, session: SessionDep, viewer: Selecting) -> Response:
    """Decide alike about everybody about whom nothing is decided yet."""
    call = queries.call(session, call_id)
    form = typed.check(RestForm)
    if form is None:
        return _select_page(request, session, call, {}, typed, status=422)
    number = selecting.choose_rest(session, call, form.rest, because=form.because, by=viewer.known)
    notice = ngettext("Decided about %(n)s application.", "Decided about %(n)s applications.", number)
    return web.go_to(f"/staff/calls/{call.id}/select", notice % {"n": number})


@router.post("/staff/calls/{call_id}/tell", dependencies=[limits.limited(limits.INVITATIONS)])
def tell_applicants(call_id: Number, session: SessionDep, viewer: Selecting) -> Response:
    """Tell those who are on the reserve list, or not chosen."""
    call = queries.call(session, call_id)
    number = telling.tell(session, call, by=viewer.known)
    notice = ngettext("%(n)s application is told by email.", "%(n)s applications are told by email.", number)
    return web.go_to(f"/staff/calls/{call.id}/select", notice % {"n": number})


@router.post(
    "/staff/calls/{call_id}/applications/{application_id}/send-offer-again",
    dependencies=[limits.limited(limits.INVITATIONS)],
)
def send_offer_again(call_id: Number, application_id: Number, session: SessionDep, viewer: Selecting) -> Response:
    """Send an offer that is open once more."""
    application = queries.application(session, queries.call(session, call_id), application_id)
    offering.send_again(session, application, by=viewer.known)
    address = f"/staff/calls/{call_id}/applications/{application_id}"
    return web.go_to(address, gettext("The offer is on its way by email again."))


def _select_page(
    request: Request, session: Session, call: Call, words: dict[str, str], typed: Typed, *, status: int = 200
) -> Response:
    labels = mixing.labels()
    every = [("", gettext("All"))]
    choices = {kind: [*every, *((str(each), labels[each]) for each in mixing.VALUES[kind])] for kind in KINDS}
    choices["selected"] = [*every, (UNDECIDED, gettext("Not decided yet")),
                           *((each.value, gettext(each.label)) for each in Selected)]  # fmt: skip
    words = {name: words.get(name, "") if words.get(name, "") in dict(choices[name]) else "" for name in choices}
    found = selecting.candidates(session, call, mixing.constituencies(session))
    shown = [person for person in found if _fits(person, words)]
    return web.render(
        request,
        "registrations/select_applicants.html",
        block="results",
        status=status,
        typed=typed,
        call=call,
        tables=mixing.tables(call, found),
        found=shown,
        number=len(found),
        filters=words,
        choices=choices,
        is_filtered=any(words.values()),
        labels=labels,
        types=vocabulary.labels(session, vocabulary.ORGANISATION_TYPES),
        offers=queries.offers(session, call),
        accepted=queries.people_with_places(session, call, accepted=True),
        with_places=queries.people_with_places(session, call),
        undecided=sum(not person.history and person.application.second_to_id is None for person in found),
        untold=len(telling.untold(session, call)),
        to_decide_of_rest=[(each.value, gettext(each.label)) for each in (Selected.RESERVE, Selected.DECLINED)],
    )


def _fits(person: Candidate, words: dict[str, str]) -> bool:
    wanted = words["selected"]
    if wanted and (person.selected or UNDECIDED) != wanted:
        return False
    return all(not words[kind] or person.value(kind) == words[kind] for kind in KINDS)


def _targets_page(request: Request, call: Call, typed: Typed, *, status: int = 200) -> Response:
    labels = mixing.labels()
    groups = [
        (mixing.title_of(kind), [(_target_field(kind, value), labels[value], call.targets.get(f"{kind}:{value}", ""))
                        for value in mixing.VALUES[kind]])
        for kind in KINDS
    ]  # fmt: skip
    return web.render(request, "registrations/targets.html", status=status, typed=typed, call=call, groups=groups)


def _person(session: Session, call: Call, application_id: int) -> tuple[Candidate, list[Candidate]]:
    found = selecting.candidates(session, call, mixing.constituencies(session))
    person = next((each for each in found if each.application.id == application_id), None)
    if person is None:
        raise NotFound()
    return person, found


def _applicant_page(
    request: Request, session: Session, call: Call, application_id: int, typed: Typed, *, status: int = 200
) -> Response:
    person, found = _person(session, call, application_id)
    application = person.application
    others = {each.application.id: each for each in found}
    partner = next((each for each in found if each.application.second_to_id == application.id), None)
    return web.render(
        request,
        "registrations/applicant.html",
        status=status,
        typed=typed,
        call=call,
        person=person,
        application=application,
        first=others.get(application.second_to_id or 0),
        partner=partner,
        offer=queries.offers(session, call).get(application.id),
        tables=mixing.tables(call, found),
        labels=mixing.labels(),
        types=vocabulary.labels(session, vocabulary.ORGANISATION_TYPES),
        topics=vocabulary.labels(session, vocabulary.TOPICS),
        has_place=_has_place(session, call, application),
        decisions=[(each.value, gettext(each.label)) for each in TO_DECIDE],
    )


def _has_place(session: Session, call: Call, application: Application) -> bool:
    offer = queries.offers(session, call).get(application.second_to_id or application.id)
    return offer is not None and offer.state is OfferState.ACCEPTED
