"""Accepting an invitation: by the person who reads the mail of its address, and once."""

from sqlalchemy import update
from sqlmodel import Session, col

from backend.accounts import inviting, membership, terms
from backend.accounts.models import Invitation, InvitedAs
from backend.audit import log
from backend.core import clock, db
from backend.core.config import settings
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people import queries
from backend.people.models import Person, Standing


class BelongsElsewhere(Refusal):
    """A person speaks for one organisation at a time."""

    title = mark("You belong to another organisation")
    words = mark(
        "You belong to %(organisation)s. Nobody can belong to two organisations here, because each is heard once. "
        "Leave it first, then open the invitation again. What you drafted for it stays with it."
    )
    way_on = ("/account", mark("Go to your account"))


class WorksForTheAuthority(Refusal):
    """Staff decide on what participants say, so they are not participants."""

    title = mark("You work for the authority")
    words = mark(
        "Staff decide on what participants say, so nobody can be both. "
        "If you no longer work on this pilot, ask an administrator to remove your staff roles first."
    )
    way_on = ("/account", mark("Go to your account"))


class NotTakingPart(Refusal):
    """Nobody can join an organisation while it is suspended."""

    title = mark("This organisation is not taking part at the moment")
    words = mark("You can accept the invitation when it takes part again. Ask whoever invited you.")


def own(session: Session, invitation_id: int, person: Person) -> Invitation:
    """The invitation, if it was sent to this person and can be accepted.

    Raises NotFound where it was sent to somebody else, and as `inviting.invitation` does.
    """
    found = session.get(Invitation, invitation_id)
    if found is None or found.email != person.email:
        raise NotFound()
    return inviting.usable(found)


def must_be_possible(invitation: Invitation, person: Person) -> None:
    """Go on only if nothing about the person stands in the way.

    Raises WorksForTheAuthority, BelongsElsewhere or NotTakingPart.
    """
    if person.appointments:
        raise WorksForTheAuthority()
    if invitation.organisation is None:
        return
    place = queries.find_place(person)
    if place is not None and place.organisation_id != invitation.organisation_id:
        raise BelongsElsewhere(organisation=place.organisation.name)
    if invitation.organisation.suspended_at is not None:
        raise NotTakingPart()


def accept(session: Session, invitation: Invitation, *, by: Person, name: str) -> None:
    """The person takes the part that they are invited to, and accepts the terms; somebody new is called so from now on.

    Who has a name keeps it. Of two acceptances at once one counts. Raises NotFound where the invitation was sent to
    another address, as `must_be_possible` does, and as `inviting.invitation` does.
    """
    db.lock(session, by, key_share=True)
    session.refresh(by, ["memberships", "appointments"])
    if by.email != invitation.email:
        raise NotFound()
    must_be_possible(invitation, by)
    now = clock.now()
    still = (
        col(Invitation.id) == invitation.id,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > now,
    )
    accepted = session.execute(update(Invitation).where(*still).values(accepted_at=now, accepted_by_id=by.id))
    session.refresh(invitation)
    if accepted.rowcount != 1:  # type: ignore[attr-defined]
        inviting.usable(invitation)
        raise inviting.InvitationUsed()
    by.name = by.name or name
    session.add(by)
    terms.accept(session, by, invitation.organisation)
    log.record(session, "invitation accepted", inviting.subject_of(invitation), by=by)
    if invitation.invited_as is InvitedAs.SPECIALIST:
        by.expertise, by.type_code = invitation.expertise, invitation.type_code
        by.constituency, by.specialist_until = invitation.constituency, None
        session.flush()
        return
    membership.join(session, invitation.organisation, by, standing=Standing(invitation.invited_as.value))
    _tell_the_leads(session, invitation, by)


def _tell_the_leads(session: Session, invitation: Invitation, person: Person) -> None:
    """Whoever leads the organisation knows who has come."""
    organisation = invitation.organisation
    for place in queries.members(session, organisation):
        if place.standing is Standing.LEAD and place.person_id != person.id:
            outbox.post(
                session,
                "invitation-accepted",
                to=place.person.email,
                person=place.person,
                subject=later("%(name)s has joined %(organisation)s", name=person.name, organisation=organisation.name),
                once_for=f"{invitation.id}:{place.person_id}",
                organisation=organisation,
                name=person.name,
                standing=invitation.invited_as,
                address=f"{settings().base_url}/organisation",
            )
