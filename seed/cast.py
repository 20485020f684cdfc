"""The people and organisations of the demonstration."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from backend.accounts import enrolling, inviting, suspending, terms
from backend.accounts.models import InvitedAs
from backend.core import clock
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
    """Create everybody, long before the first round, and the comings and goings of the last days."""
    with clock.at(clock.now() - timedelta(days=140)):
        leads = _join(session, facts)
    session.flush()
    session.expire_all()
    cast = Cast(session, leads)
    _invite(cast, facts["invited"])
    _suspend(cast, facts["suspended"])
    session.flush()
    session.expire_all()
    return cast


def _join(session: Session, facts: dict[str, Any]) -> dict[str, str]:
    """Everybody who takes part; for each organisation, the address of its lead."""
    for member in facts["staff"]:
        person = _person(session, member)
        for role in member["roles"]:
            session.add(Appointment(person_id=person.id, role=StaffRole(role.replace("-", " "))))
    for member in facts["specialists"]:
        _person(session, member, expertise=member["expertise"], type_code=member["type"],
                constituency=Constituency(member["constituency"]))  # fmt: skip
    leads = {}
    for body in facts["organisations"] + facts["raters"] + facts["suspended"]:
        _organisation(session, body)
        leads[body["slug"]] = body["people"][0]["email"]
    return leads


def _invite(cast: Cast, facts: dict[str, Any]) -> None:
    """An organisation, a colleague and a specialist who have been invited and have not answered yet."""
    body, colleague, specialist = facts["organisation"], facts["colleague"], facts["specialist"]
    moderator = cast.person(MODERATOR)
    with clock.at(clock.now() - timedelta(days=3)):
        enrolling.enrol(
            cast.session, name=body["name"], type_code=body["type"], constituency=Constituency(body["constituency"]),
            size_band="", nation=body["nation"], likely_used_by_children="", lead_email=body["lead"], by=moderator,
        )  # fmt: skip
        inviting.invite_specialist(
            cast.session, email=specialist["email"], expertise=specialist["expertise"], type_code=specialist["type"],
            constituency=Constituency(specialist["constituency"]), by=moderator,
        )  # fmt: skip
        lead = cast.person(colleague["by"])
        mine = queries.find_place(lead)
        assert mine
        inviting.invite_colleague(cast.session, mine, email=colleague["email"], invited_as=InvitedAs.MEMBER, by=lead)


def _suspend(cast: Cast, bodies: list[dict[str, Any]]) -> None:
    """Organisations that do not take part for now."""
    with clock.at(clock.now() - timedelta(days=10)):
        for body in bodies:
            organisation = queries.organisation(cast.session, body["slug"])
            suspending.suspend(cast.session, organisation, because=body["because"], by=cast.person(MODERATOR))


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
        profile_confirmed_at=clock.now(),
    )
    session.add(organisation)
    session.flush()
    for member in facts["people"]:
        person = _person(session, member)
        session.add(Membership(organisation_id=organisation.id, person_id=person.id, standing=Standing(member["role"])))
        session.flush()
        terms.accept(session, person, organisation)
