"""The mix of a call's applicants, as tables for the screen."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from backend.core.i18n import gettext, mark
from backend.people.facts import Nation, SizeBand
from backend.people.models import Constituency
from backend.registrations import selecting
from backend.registrations.kinds import Discipline
from backend.registrations.models import Call
from backend.registrations.selecting import KINDS, Candidate
from backend.releases import vocabulary

VALUES: dict[str, list[Any]] = {
    "constituency": list(Constituency), "size_band": list(SizeBand), "nation": list(Nation),
    "discipline": list(Discipline),
}  # fmt: skip

TITLES = {
    "constituency": mark("Constituency"),
    "size_band": mark("Size"),
    "nation": mark("Nation"),
    "discipline": mark("Field"),
}


def title_of(kind: str) -> str:
    """The kind on screen."""
    return gettext(TITLES[kind])


def constituencies(session: Session) -> dict[str, str]:
    """The constituency that each type of organisation says, if it says one."""
    return {term.code: term.group or "" for term in vocabulary.terms(session, vocabulary.ORGANISATION_TYPES)}


def labels() -> dict[str, str]:
    """The name of every word that people are counted by, and what stands where nothing was said."""
    known = [each for values in VALUES.values() for each in values]
    return {"": gettext("Not said"), **{each.value: gettext(each.label) for each in known}}


def tables(call: Call, found: Iterable[Candidate]) -> list[dict[str, Any]]:
    """For each kind its gaps; people who did not say stand in a row of their own, where there are any."""
    people = list(found)
    made = []
    for kind in KINDS:
        unsaid = [""] if any(not person.value(kind) for person in people) else []
        values = [*map(str, VALUES[kind]), *unsaid]
        made.append({"title": title_of(kind), "gaps": selecting.gaps(call, kind, values, people)})
    return made
