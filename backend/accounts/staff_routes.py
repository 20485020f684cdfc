"""Staff see who takes part in the pilot and who is missing, enter organisations, and put the facts right."""

from itertools import groupby
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import enrolling, limits, profiles, queries
from backend.accounts.queries import Filters, Stage
from backend.core import web
from backend.core.bilingual import said
from backend.core.db import RowNumber, SessionDep
from backend.core.forms import Form, Line, SomeLine, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people import queries as people
from backend.people.access import Permission, Viewer, allow
from backend.people.models import Constituency, Organisation
from backend.releases import activity, vocabulary
from backend.releases import queries as releases
from backend.releases.models import Term

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Inviting = Annotated[Viewer, allow(Permission.INVITE)]
InvitingNow = Annotated[Viewer, allow(Permission.INVITE, confirmed=True)]
"""For entering an organisation, which invites who is to sign off for it."""
Choice = Annotated[str, Query(max_length=60)]

UNSAID = "unknown"
"""What the form says where staff do not know; nothing is kept then."""

INDIVIDUAL = "individual"
"""The one type that is no organisation."""


class FactsForm(Form):
    """What staff know of an organisation; what they do not know yet, its lead will say."""

    name: SomeLine
    type_code: SomeLine
    constituency: Line = ""
    size_band: Line = ""
    nation: Line = ""
    likely_used_by_children: Line = ""

    mistakes: ClassVar = {
        "name": mark("Enter the name of the organisation"),
        "type_code": mark("Select what type of organisation it is"),
    }


class NewForm(FactsForm):
    """An organisation, and the address of the person who is to lead it."""

    lead_email: addresses.Address

    mistakes: ClassVar = {**FactsForm.mistakes, "lead_email": addresses.FORMAT}


@router.get("/staff/organisations")
def organisations(
    request: Request, session: SessionDep, viewer: Inviting, constituency: Choice = "", stage: Choice = "",
    type: Choice = "", size: Choice = "", nation: Choice = "", children: Choice = "", after: RowNumber = 0,
) -> Response:  # fmt: skip
    """Every organisation, by constituency, with how far it has come."""
    words = {
        "constituency": constituency, "stage": stage, "type": type, "size": size, "nation": nation,
        "children": children,
    }  # fmt: skip
    types = _types(session)
    choices = _filter_choices(types)
    words = {name: word if word in dict(choices[name]) else "" for name, word in words.items()}
    filters = Filters(**words)
    found, next_after = queries.listed(session, filters, after=after)
    chosen = {name: word for name, word in words.items() if word}
    return web.render(
        request,
        "accounts/organisations.html",
        block="results",
        groups=[(key, list(items)) for key, items in groupby(found, lambda item: item.organisation.constituency)],
        number=queries.number_of(session, filters),
        filters=words,
        choices=choices,
        is_filtered=bool(chosen) or after > 0,
        labels={**profiles.labels(), **{term.code: said(term, "label") for term in types}},
        next_page=web.query(**chosen, after=str(next_after)) if next_after else "",
    )


@router.get("/staff/organisations/mix")
def organisation_mix(request: Request, session: SessionDep, viewer: Inviting) -> Response:
    """Who takes part, and who is missing."""
    return web.render(
        request,
        "accounts/organisation_mix.html",
        mix=queries.mix(session),
        types=_types(session),
        constituencies=list(Constituency),
        stages=[*((stage.value, gettext(stage.label)) for stage in Stage), ("specialist", gettext("Specialists"))],
        not_said=("", gettext("Not said yet")),
        **profiles.choices(),
    )


@router.get("/staff/organisations/new")
def new_organisation(request: Request, session: SessionDep, viewer: InvitingNow) -> Response:
    """A form for an organisation and its lead."""
    return _facts_page(request, session, "accounts/new_organisation.html", Typed())


@router.post("/staff/organisations/new", dependencies=[limits.limited(limits.INVITATIONS)])
def enrol_organisation(request: Request, typed: TypedDep, session: SessionDep, viewer: InvitingNow) -> Response:
    """Enter it and invite its lead, in one act."""
    form = typed.check(NewForm)
    facts = _facts(session, form, typed)
    if form is None or facts is None:
        return _facts_page(request, session, "accounts/new_organisation.html", typed, status=422)
    organisation = enrolling.enrol(session, **facts, lead_email=form.lead_email, by=viewer.known)
    notice = gettext("%(organisation)s is entered, and its lead is invited by email.")
    return web.go_to(f"/staff/organisations/{organisation.slug}", notice % {"organisation": organisation.name})


@router.get("/staff/organisations/{organisation_slug}/correct")
def correct_organisation(request: Request, organisation_slug: str, session: SessionDep, viewer: Inviting) -> Response:
    """A form to put the facts right."""
    organisation = people.organisation(session, organisation_slug)
    return _facts_page(request, session, "accounts/correct_organisation.html", Typed(), organisation)


@router.post("/staff/organisations/{organisation_slug}/correct")
def correct(
    request: Request, organisation_slug: str, typed: TypedDep, session: SessionDep, viewer: Inviting
) -> Response:
    """Put the facts right; public pages that name the organisation are made anew."""
    organisation = people.organisation(session, organisation_slug)
    form = typed.check(FactsForm)
    facts = _facts(session, form, typed, organisation)
    if form is None or facts is None:
        template = "accounts/correct_organisation.html"
        return _facts_page(request, session, template, typed, organisation, status=422)
    enrolling.correct(session, organisation, **facts, by=viewer.known)
    for framework in releases.frameworks(session):
        activity.framework_changed(session, framework)
    return web.go_to(f"/staff/organisations/{organisation.slug}", gettext("The facts are saved."))


def _types(session: Session) -> list[Term]:
    """The types that an organisation can be of."""
    return [term for term in vocabulary.terms(session, vocabulary.ORGANISATION_TYPES) if term.code != INDIVIDUAL]


def _facts(
    session: Session, form: FactsForm | None, typed: Typed, organisation: Organisation | None = None
) -> dict[str, Any] | None:
    """The facts, checked against what there is; the type says the constituency, where it says one."""
    if form is None:
        return None
    types = {term.code: term for term in _types(session)}
    known = profiles.choices()
    type_ = types.get(form.type_code)
    constituency = type_.group if type_ and type_.group in set(Constituency) else form.constituency
    if type_ is None:
        typed.mistake("type_code", gettext("Select what type of organisation it is"))
    elif constituency not in set(Constituency):
        typed.mistake("constituency", gettext("Select the constituency"))
    for name, options in (("size_band", "sizes"), ("nation", "nations"), ("likely_used_by_children", "answers")):
        if getattr(form, name) not in {"", UNSAID, *dict(known[options])}:
            typed.mistake(name, gettext("Select one of the options"))
    try:
        enrolling.must_be_free(session, form.name, but=organisation)
    except enrolling.NameTaken as refusal:
        typed.mistake("name", refusal.message)
    if typed.mistakes:
        return None
    facts = form.model_dump(include={"name", "type_code", "size_band", "nation", "likely_used_by_children"})
    facts = {name: "" if word == UNSAID else word for name, word in facts.items()}
    return {**facts, "constituency": Constituency(constituency)}


def _facts_page(
    request: Request, session: Session, template: str, typed: Typed, organisation: Organisation | None = None,
    *, status: int = 200,
) -> Response:  # fmt: skip
    types = _types(session)
    unsaid = (UNSAID, gettext("Not known yet: the lead will say"))
    known: dict[str, Any] = {name: [*options, unsaid] for name, options in profiles.choices().items()}
    return web.render(
        request,
        template,
        status=status,
        typed=typed,
        organisation=organisation,
        types=[("", gettext("Select a type")), *((term.code, said(term, "label")) for term in types)],
        must_ask=not all(term.group in set(Constituency) for term in types),
        constituencies=[(each.value, gettext(each.label)) for each in Constituency],
        unsaid=UNSAID,
        **known,
    )


def _filter_choices(types: list[Term]) -> dict[str, list[tuple[str, str]]]:
    known = profiles.choices()
    every = [("", gettext("All"))]
    return {
        "constituency": [*every, *((each.value, gettext(each.label)) for each in Constituency)],
        "stage": [*every, *((each.value, gettext(each.label)) for each in Stage)],
        "type": [*every, *((term.code, said(term, "label")) for term in types)],
        "size": [*every, *known["sizes"]],
        "nation": [*every, *known["nations"]],
        "children": [*every, *known["answers"]],
    }
