"""Which applicants somebody looks at: chosen in the address, so that it survives a decision."""

from typing import Annotated

from fastapi import Depends, Query

from backend.core import web
from backend.registrations.models import Call
from backend.registrations.selecting import KINDS, Candidate

Choice = Annotated[str, Query(max_length=60)]
UNDECIDED = "undecided"


def _filters(
    constituency: Choice = "", size_band: Choice = "", nation: Choice = "", discipline: Choice = "",
    selected: Choice = "",
) -> dict[str, str]:  # fmt: skip
    return {
        "constituency": constituency,
        "size_band": size_band,
        "nation": nation,
        "discipline": discipline,
        "selected": selected,
    }


Filters = Annotated[dict[str, str], Depends(_filters)]
"""For each thing that applicants are filtered by, what is looked for; nothing where it does not matter."""


def query(filters: dict[str, str]) -> str:
    """The end of an address with these filters; nothing without any."""
    chosen = {name: word for name, word in filters.items() if word}
    return f"?{web.query(**chosen)}" if chosen else ""


def address(call: Call, filters: dict[str, str]) -> str:
    """The page of the applicants who fit."""
    return f"/staff/calls/{call.id}/select{query(filters)}"


def fits(person: Candidate, filters: dict[str, str]) -> bool:
    """Whether the applicant is one of those looked for."""
    wanted = filters["selected"]
    if wanted and (person.selected or UNDECIDED) != wanted:
        return False
    return all(not filters[kind] or person.value(kind) == filters[kind] for kind in KINDS)
