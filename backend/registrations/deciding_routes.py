"""Staff decide about one applicant, and send an offer again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field, StringConstraints
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.registrations import filtering, mixing, offering, passing_on, queries, selecting
from backend.registrations.filtering import Filters
from backend.registrations.kinds import OfferState, Selected
from backend.registrations.models import Application, Call
from backend.registrations.selecting import Candidate
from backend.registrations.staff_forms import WHY
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Selecting = Annotated[Viewer, allow(Permission.SELECT)]


class ChooseForm(Form):
    """What is decided about one applicant, and why."""

    selected: Literal[Selected.CHOSEN, Selected.RESERVE, Selected.DECLINED]
    place: Annotated[int, Field(ge=1, le=1000)] | Literal[""] = ""
    because: Annotated[SomeWords, StringConstraints(max_length=1000)]

    mistakes = {
        "selected": mark("Select what you decide"),
        "place": mark("Enter the place on the reserve list as a number, or leave it empty for the last"),
        "because": WHY,
    }


@router.get("/staff/calls/{call_id}/applications/{application_id}")
def applicant(
    request: Request, call_id: Number, application_id: Number, session: SessionDep, viewer: Selecting, filters: Filters
) -> Response:
    """What one person has written, what was decided about them, and the form to decide."""
    call = queries.call(session, call_id)
    return _applicant_page(request, session, call, application_id, filters, Typed())


@router.post("/staff/calls/{call_id}/applications/{application_id}")
def choose(
    request: Request, call_id: Number, application_id: Number, typed: TypedDep, session: SessionDep,
    viewer: Selecting, filters: Filters,
) -> Response:  # fmt: skip
    """Decide; the page of the call shows the gaps as they are now, and those whom it showed before."""
    call = queries.call(session, call_id)
    application = queries.application(session, call, application_id)
    form = typed.check(ChooseForm)
    if form is None:
        return _applicant_page(request, session, call, application_id, filters, typed, status=422)
    place = form.place or None
    selecting.choose(session, application, form.selected, because=form.because, by=viewer.known, place=place)
    notice = gettext("Decided: %(name)s, %(selected)s.")
    facts = {"name": application.registration.name, "selected": gettext(form.selected.label).lower()}
    return web.go_to(filtering.address(call, filters), notice % facts)


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


def _person(session: Session, call: Call, application_id: int) -> tuple[Candidate, list[Candidate]]:
    found = selecting.candidates(session, call, mixing.constituencies(session))
    person = next((each for each in found if each.application.id == application_id), None)
    if person is None:
        raise NotFound()
    return person, found


def _applicant_page(
    request: Request, session: Session, call: Call, application_id: int, filters: dict[str, str], typed: Typed, *,
    status: int = 200,
) -> Response:  # fmt: skip
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
        back=filtering.address(call, filters),
        query=filtering.query(filters),
        free=passing_on.free(session, call),
        has_place=_has_place(session, call, application),
        decisions=[(each.value, gettext(each.label)) for each in Selected if each is not Selected.NOT_TAKEN],
    )


def _has_place(session: Session, call: Call, application: Application) -> bool:
    offer = queries.offers(session, call).get(application.second_to_id or application.id)
    return offer is not None and offer.state is OfferState.ACCEPTED
