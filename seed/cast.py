"""The people and organisations of the demonstration."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from backend.people import queries
from backend.people.access import Viewer, viewer_for
from backend.people.models import Appointment, Constituency, Membership, Organisation, Person, StaffRole, Standing

MODERATOR = "moderator@authority.example"
RELEASER = "releaser@authority.example"


@dataclass(frozen=True)
class Cast:
    """Everyone in the story."""

    session: Session
    leads: dict[str, str]
    """For each organisation's slug, the address of the person who rates for it."""

    def person(self, email: str) -> Person:
        """Who has this address."""
        return queries.person(self.session, email)

    def viewer(self, email: str) -> Viewer:
        """The same person, as someone who uses the site."""
        return viewer_for(self.person(email))

    def rater(self, voice: str) -> Viewer:
        """Who rates for an organisation, by its slug, or for themselves, by their address."""
        return self.viewer(self.leads.get(voice, voice))


def gather(session: Session, facts: dict[str, Any]) -> Cast:
    """Create everybody."""
    for member in facts["staff"]:
        person = _person(session, member)
        for role in member["roles"]:
            session.add(Appointment(person_id=person.id, role=StaffRole(role.replace("-", " "))))
    for member in facts["specialists"]:
        _person(session, member, expertise=member["expertise"], type_code=member["type"],
                constituency=Constituency(member["constituency"]))  # fmt: skip
    leads = {}
    for body in facts["organisations"] + facts["raters"]:
        _organisation(session, body)
        leads[body["slug"]] = body["people"][0]["email"]
    session.flush()
    session.expire_all()
    return Cast(session, leads)


def _person(session: Session, facts: dict[str, Any], **more: Any) -> Person:
    person = Person(email=facts["email"], name=facts["name"], **more)
    session.add(person)
    session.flush()
    return person


def _organisation(session: Session, facts: dict[str, Any]) -> None:
    organisation = Organisation(
        slug=facts["slug"],
        name=facts["name"],
        type_code=facts["type"],
        constituency=Constituency(facts["constituency"]),
        size_band=facts["size_band"],
        nation=facts["nation"],
        likely_used_by_children=facts["likely_used_by_children"],
    )
    session.add(organisation)
    session.flush()
    for member in facts["people"]:
        person = _person(session, member)
        session.add(Membership(organisation_id=organisation.id, person_id=person.id, standing=Standing(member["role"])))
