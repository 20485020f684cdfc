"""Staff choose among applicants: the gaps, the applicants, the reasons and the offers."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field, StringConstraints
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.core import clock, web
from backend.core.db import Number, SessionDep
from backend.core.forms import Form, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark, ngettext
from backend.people.access import Permission, Viewer, allow
from backend.registrations import filtering, mixing, offering, passing_on, queries, selecting, telling
from backend.registrations.filtering import Filters
from backend.registrations.kinds import Selected
from backend.registrations.models import Call
from backend.registrations.selecting import KINDS
from backend.registrations.staff_forms import WHY
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Selecting = Annotated[Viewer, allow(Permission.SELECT)]


class RestForm(Form):
    """What is decided about everybody who is left, and why."""

    rest: Literal[Selected.RESERVE, Selected.DECLINED]
    because: Annotated[SomeWords, StringConstraints(max_length=1000)]

    mistakes = {"rest": mark("Select what you decide"), "because": WHY}


class OfferForm(Form):
    """How long people have to answer, and until when places go to the reserve by themselves."""

    reply_days: Annotated[int, Field(ge=1, le=60)]
    passes_until: Annotated[date, Field(lt=date(2200, 1, 1))]

    mistakes = {
        "reply_days": mark("Enter the number of days, from 1 to 60"),
        "passes_until": mark("Enter a day from today, such as 2027-01-31"),
    }


@router.get("/staff/calls/{call_id}/select")
def select_applicants(
    request: Request, call_id: Number, session: SessionDep, viewer: Selecting, filters: Filters
) -> Response:
    """The gaps, the applicants who fit the filters, and the offers."""
    return _select_page(request, session, queries.call(session, call_id), filters, Typed())


@router.post("/staff/calls/{call_id}/offer", dependencies=[limits.limited(limits.INVITATIONS)])
def offer_places(
    request: Request, call_id: Number, typed: TypedDep, session: SessionDep, viewer: Selecting
) -> Response:
    """Offer a place to everybody who is chosen and has no offer."""
    call = queries.call(session, call_id)
    form = typed.check(OfferForm)
    if form and form.passes_until < clock.today():
        typed.wrong("passes_until", OfferForm)
    if form is None or typed.mistakes:
        return _select_page(request, session, call, {}, typed, status=422)
    number = offering.offer_places(
        session, call, reply_days=form.reply_days, passes_until=form.passes_until, by=viewer.known
    )
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


def _select_page(
    request: Request, session: Session, call: Call, words: dict[str, str], typed: Typed, *, status: int = 200
) -> Response:
    labels = mixing.labels()
    every = [("", gettext("All"))]
    choices = {kind: [*every, *((str(each), labels[each]) for each in mixing.VALUES[kind])] for kind in KINDS}
    choices["selected"] = [*every, (filtering.UNDECIDED, gettext("Not decided yet")),
                           *((each.value, gettext(each.label)) for each in Selected)]  # fmt: skip
    words = {name: words.get(name, "") if words.get(name, "") in dict(choices[name]) else "" for name in choices}
    found = selecting.candidates(session, call, mixing.constituencies(session))
    shown = [person for person in found if filtering.fits(person, words)]
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
        query=filtering.query(words),
        choices=choices,
        is_filtered=any(words.values()),
        labels=labels,
        types=vocabulary.labels(session, vocabulary.ORGANISATION_TYPES),
        offers=queries.offers(session, call),
        accepted=queries.people_with_places(session, call, accepted=True),
        with_places=queries.people_with_places(session, call),
        undecided=sum(not person.history and person.application.second_to_id is None for person in found),
        people_chosen=selecting.people_chosen(found),
        reserve=sorted(
            (each for each in found if each.place and each.application.second_to_id is None),
            key=lambda each: each.place or 0,
        ),
        to_offer=[(each, offering.people(session, each)) for each in offering.chosen(session, call)],
        passes_until=call.passes_until or clock.now() + offering.PASSES_FOR,
        free=passing_on.free(session, call),
        untold=len(telling.untold(session, call)),
        to_decide_of_rest=[(each.value, gettext(each.label)) for each in (Selected.RESERVE, Selected.DECLINED)],
    )
