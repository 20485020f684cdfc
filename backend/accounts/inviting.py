"""Invitations: sent to one address, usable by whoever reads its mail and by nobody else, once, for a fortnight."""

from datetime import timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.accounts import membership
from backend.accounts.models import Invitation, InvitedAs
from backend.audit import log
from backend.core import clock, db, naming, tokens
from backend.core.config import settings
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people import queries
from backend.people.models import Constituency, Membership, Organisation, Person, Standing

LASTS = timedelta(days=14)


class InvitationUnknown(Refusal):
    """No such invitation was ever sent."""

    status = 422
    title = mark("This invitation does not work")
    words = mark("The link may have been cut short. Open it from the email, or copy the whole of it.")


class InvitationExpired(InvitationUnknown):
    """An invitation is good for a fortnight."""

    title = mark("This invitation has expired")
    words = mark("An invitation works for 14 days. Ask whoever invited you to send it again.")


class InvitationUsed(InvitationUnknown):
    """An invitation is accepted once."""

    title = mark("This invitation has been accepted already")
    words = mark("It works once. If it was you who accepted it, sign in with the address that it was sent to.")
    way_on = ("/sign-in", mark("Sign in"))


class InvitationRevoked(InvitationUnknown):
    """Whoever invited has thought again."""

    title = mark("This invitation has been withdrawn")
    words = mark("Whoever invited you has taken it back. Ask them if you think that this is a mistake.")


class InvitationReplaced(InvitationUnknown):
    """The invitation was sent again, with a new link."""

    title = mark("A newer invitation has been sent to you")
    words = mark("This link has ended. Open the newest email that invites you, and use the link in it.")


class NotPending(Refusal):
    """Whoever looks after the invitation is told what became of it, in other words than whoever was invited."""

    title = mark("This invitation is not waiting any more")
    words = mark("It has been accepted, sent again or taken back in the meantime, perhaps by you in another tab.")


class AlreadyInvited(Refusal):
    """One invitation at a time is enough; it can be sent again."""

    words = mark("This address has been invited already. You can send the invitation again from the list")


class AlreadyHere(Refusal):
    """A colleague need not be invited."""

    words = mark("Somebody with this address belongs to the organisation already")


class AlreadySpecialist(Refusal):
    """A specialist need not be invited."""

    words = mark("Somebody with this address takes part as a specialist already")


def invite_lead(session: Session, organisation: Organisation, *, email: str, by: Person) -> Invitation:
    """Staff invite the person who is to lead an organisation. Raises AlreadyInvited or AlreadyHere."""
    return _invite_to(session, organisation, email, InvitedAs.LEAD, by)


def invite_colleague(
    session: Session, mine: Membership, *, email: str, invited_as: InvitedAs, by: Person
) -> Invitation:
    """A lead invites a deputy or a member, or a deputy a member.

    Raises OnlyTheLead, NotFound for a part that is not theirs to give, AlreadyInvited or AlreadyHere.
    """
    if invited_as not in (InvitedAs.DEPUTY, InvitedAs.MEMBER):
        raise NotFound()
    membership.may_look_after(mine, Standing(invited_as.value))
    return _invite_to(session, mine.organisation, email, invited_as, by)


def invite_specialist(
    session: Session, *, email: str, expertise: str, type_code: str, constituency: Constituency, by: Person
) -> Invitation:
    """Staff invite a specialist whose field they have verified. Raises AlreadyInvited or AlreadySpecialist."""
    db.lock(session, by, key_share=True)
    person = queries.find_person(session, email)
    if person is not None and person.is_specialist:
        raise AlreadySpecialist()
    _must_be_new(session, email, None)
    invitation = Invitation(
        token_digest="",
        email=email,
        invited_as=InvitedAs.SPECIALIST,
        expertise=expertise,
        type_code=type_code,
        constituency=constituency,
        invited_by_id=by.id,
        expires_at=clock.now() + LASTS,
    )
    return _send(session, invitation, by=by, action="specialist invited")


def _invite_to(
    session: Session, organisation: Organisation, email: str, invited_as: InvitedAs, by: Person
) -> Invitation:
    db.lock(session, organisation, key_share=True)
    person = queries.find_person(session, email)
    if person is not None and any(place.person_id == person.id for place in queries.members(session, organisation)):
        raise AlreadyHere()
    _must_be_new(session, email, organisation)
    invitation = Invitation(
        token_digest="",
        email=email,
        invited_as=invited_as,
        organisation_id=organisation.id,
        invited_by_id=by.id,
        expires_at=clock.now() + LASTS,
    )
    return _send(session, invitation, by=by, action="invited")


def _must_be_new(session: Session, email: str, organisation: Organisation | None) -> None:
    place = organisation.id if organisation else None
    if any(invitation.organisation_id == place for invitation in session.exec(_live(email))):
        raise AlreadyInvited()


def resend(session: Session, invitation: Invitation, *, by: Person) -> Invitation:
    """Send it again by a new link, good for another fortnight; the old link ends. Raises NotPending."""
    _end_pending(session, invitation)
    new = Invitation(
        **invitation.model_dump(
            include={"email", "invited_as", "organisation_id", "expertise", "type_code", "constituency"}
        ),
        token_digest="",
        invited_by_id=by.id,
        created_at=invitation.created_at,
        expires_at=clock.now() + LASTS,
    )
    _send(session, new, by=by, action="invitation sent again")
    invitation.replaced_by_id = new.id
    session.add(invitation)
    return new


def revoke(session: Session, invitation: Invitation, *, by: Person) -> None:
    """Take it back: its link ends. Raises NotPending."""
    _end_pending(session, invitation)
    log.record(session, "invitation revoked", subject_of(invitation), by=by)


def _replace_expired(session: Session, invitation: Invitation) -> None:
    """Nobody is left with two invitations to the same place in a list: the new one stands for those that ran out."""
    ended = (
        Invitation.email == invitation.email,
        Invitation.organisation_id == invitation.organisation_id,
        Invitation.id != invitation.id,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
    )
    for old in session.exec(select(Invitation).where(*ended)):
        old.revoked_at, old.replaced_by_id = clock.now(), invitation.id
        session.add(old)


def _end_pending(session: Session, invitation: Invitation) -> None:
    """Of two people who do this at once, or one who does while it is accepted, the first wins."""
    db.lock(session, invitation, key_share=True)
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        where = f"/staff/organisations/{invitation.organisation.slug}" if invitation.organisation else "/staff/people"
        to = where if invitation.invited_as in (InvitedAs.LEAD, InvitedAs.SPECIALIST) else "/organisation"
        refusal = NotPending()
        refusal.way_on = (to, mark("Go back to the invitations"))
        raise refusal
    invitation.revoked_at = clock.now()
    session.add(invitation)


def invitation(session: Session, token: str) -> Invitation:
    """The invitation of this link, if it can still be accepted.

    Raises InvitationUnknown, InvitationUsed, InvitationReplaced, InvitationRevoked or InvitationExpired.
    """
    found = session.exec(select(Invitation).where(Invitation.token_digest == tokens.digest(token))).first()
    if found is None:
        raise InvitationUnknown()
    return usable(found)


def usable(invitation: Invitation) -> Invitation:
    """The invitation itself, if it can still be accepted. Raises as `invitation` does."""
    if invitation.accepted_at is not None:
        raise InvitationUsed()
    if invitation.replaced_by_id is not None:
        raise InvitationReplaced()
    if invitation.revoked_at is not None:
        raise InvitationRevoked()
    if invitation.expires_at <= clock.now():
        raise InvitationExpired()
    return invitation


def find_live(session: Session, email: str) -> Invitation | None:
    """The newest invitation that this address can still accept: whoever has one may sign in."""
    return session.exec(_live(email)).first()


def live(session: Session, person: Person) -> list[Invitation]:
    """Every invitation that this person can still accept, the newest first."""
    return list(session.exec(_live(person.email)))


def _live(email: str) -> SelectOfScalar[Invitation]:
    return (
        select(Invitation)
        .where(
            Invitation.email == email,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.revoked_at).is_(None),
            col(Invitation.expires_at) > clock.now(),
        )
        .order_by(col(Invitation.id).desc())
    )


def _send(session: Session, invitation: Invitation, *, by: Person, action: str) -> Invitation:
    """Make a link, keep its digest, and post it to the address."""
    token = tokens.secret()
    invitation.token_digest = tokens.digest(token)
    session.add(invitation)
    session.flush()
    _replace_expired(session, invitation)
    organisation = invitation.organisation
    outbox.post(
        session,
        "invitation",
        to=invitation.email,
        person=None,
        subject=later("%(who)s: you are invited to take part", who=organisation.name)
        if organisation
        else later("You are invited to take part in %(service)s", service=naming.SERVICE),
        once_for=invitation.token_digest,
        invitation=invitation,
        by=by,
        address=address_of(token),
        until=invitation.expires_at,
    )
    log.record(session, action, subject_of(invitation), by=by, invited_as=invitation.invited_as)
    return invitation


def address_of(token: str) -> str:
    """The full address of an invitation."""
    return f"{settings().base_url}/invitations/{token}"


def subject_of(invitation: Invitation) -> str:
    """What the record of what happened calls it."""
    where = invitation.organisation.slug if invitation.organisation else "specialists"
    return f"invitation {invitation.id} to {where}"
