"""Organisations: entered by staff together with the invitation of their lead, and kept right."""

import re
import unicodedata
from itertools import count

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from backend.accounts import inviting
from backend.audit import log
from backend.core import clock
from backend.core.db import add_once
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Constituency, Organisation, Person

RESERVED = frozenset({"new", "mix"})
"""Names of pages that stand beside those of organisations."""


class NameTaken(Refusal):
    """Two organisations of one name could not be told apart in public."""

    words = mark("There is an organisation with this name already. Add what tells them apart, such as the place")


def enrol(
    session: Session,
    *,
    name: str,
    type_code: str,
    constituency: Constituency,
    size_band: str,
    nation: str,
    likely_used_by_children: str,
    lead_email: str,
    by: Person,
) -> Organisation:
    """Staff enter an organisation and invite its lead, in one act. Raises NameTaken."""
    base = _slug(name)
    for number in count(1):
        must_be_free(session, name)
        slug = base if number == 1 else f"{base}-{number}"
        organisation = Organisation(
            slug=slug,
            name=name,
            name_key=name.casefold(),
            type_code=type_code,
            constituency=constituency,
            size_band=size_band,
            nation=nation,
            likely_used_by_children=likely_used_by_children,
        )
        if slug not in RESERVED and add_once(session, organisation):
            break
    log.record(session, "organisation entered", f"organisation {organisation.slug}", by=by)
    inviting.invite_lead(session, organisation, email=lead_email, by=by)
    return organisation


def correct(
    session: Session,
    organisation: Organisation,
    *,
    name: str,
    type_code: str,
    constituency: Constituency,
    size_band: str,
    nation: str,
    likely_used_by_children: str,
    by: Person,
) -> None:
    """Staff put the facts right; the address of the organisation's page stays. Raises NameTaken."""
    must_be_free(session, name, but=organisation)
    given = {
        "name": name,
        "type_code": type_code,
        "constituency": constituency,
        "size_band": size_band,
        "nation": nation,
        "likely_used_by_children": likely_used_by_children,
    }
    try:
        with session.begin_nested():
            organisation.name_key = name.casefold()
            _change(session, organisation, given, "organisation corrected", by)
    except IntegrityError as taken:
        raise NameTaken() from taken


def keep_profile(
    session: Session,
    organisation: Organisation,
    *,
    size_band: str,
    nation: str,
    likely_used_by_children: str,
    about: str,
    by: Person,
) -> None:
    """The lead says what the organisation is, or that it is still so; name and type are for staff to correct."""
    given = {
        "size_band": size_band,
        "nation": nation,
        "likely_used_by_children": likely_used_by_children,
        "about": about,
    }
    organisation.profile_confirmed_at = clock.now()
    _change(session, organisation, given, "profile confirmed", by)


def must_be_free(session: Session, name: str, *, but: Organisation | None = None) -> None:
    """Go on only if no other organisation has this name, whatever its case. Raises NameTaken."""
    other = (Organisation.name_key == name.casefold(), col(Organisation.id) != (but.id if but else 0))
    if session.exec(select(Organisation.id).where(*other)).first() is not None:
        raise NameTaken()


def _change(
    session: Session, organisation: Organisation, given: dict[str, str | Constituency], action: str, by: Person
) -> None:
    changed = sorted(name for name, value in given.items() if getattr(organisation, name) != value)
    for name in changed:
        setattr(organisation, name, given[name])
    session.add(organisation)
    session.flush()
    log.record(session, action, f"organisation {organisation.slug}", by=by, changed=changed)


def _slug(name: str) -> str:
    """A name for addresses: small letters without accents, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:60].strip("-") or "organisation"
