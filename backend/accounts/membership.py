"""Belonging to an organisation: joining, standing, handing over, being removed and leaving."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from backend.accounts import sessions
from backend.accounts.models import Invitation, InvitedAs
from backend.audit import log
from backend.core import clock, db
from backend.core.config import settings
from backend.core.db import add_once
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people import queries
from backend.people.models import Membership, Organisation, Person, Standing, WebSession

RANK = [Standing.MEMBER, Standing.DEPUTY, Standing.LEAD]


class LastLead(Refusal):
    """An organisation in which there are people has a lead."""

    title = mark("Hand the lead over first")
    words = mark(
        "You are the only lead of %(organisation)s, and others belong to it. "
        "Hand the lead over to one of them; then you can leave."
    )
    way_on = ("/organisation/hand-over", mark("Hand the lead over"))


class OnlyTheLead(Refusal):
    """Deputies look after members; leads and deputies are looked after by a lead."""

    status = 403
    title = mark("Only a lead can do this")
    words = mark("A deputy can invite and remove members. Ask your organisation’s lead.")
    way_on = ("/organisation", mark("Go to your organisation"))


class LeaveInstead(Refusal):
    """Nobody removes themselves: they leave, which says what becomes of things."""

    title = mark("You cannot remove yourself")
    words = mark("If you want to leave the organisation, do so from your account.")
    way_on = ("/account", mark("Go to your account"))


def join(session: Session, organisation: Organisation, person: Person, *, standing: Standing) -> Membership:
    """The person belongs to the organisation from now on, again if they had left; a higher standing is kept."""
    db.lock(session, organisation, key_share=True)
    new = Membership(organisation_id=organisation.id, person_id=person.id, standing=standing)
    if not add_once(session, new, "person_id", "organisation_id"):
        place = session.exec(
            select(Membership)
            .where(Membership.organisation_id == organisation.id, Membership.person_id == person.id)
            .execution_options(populate_existing=True)
        ).one()
        if place.left_at is None:
            standing = max(standing, place.standing, key=RANK.index)
        else:
            place.joined_at = clock.now()
        place.left_at = None
        place.standing = standing
        session.add(place)
        session.flush()
        new = place
    session.expire(person, ["memberships"])
    log.record(session, "joined", _subject(organisation), by=person, standing=new.standing)
    return new


def leave(session: Session, membership: Membership, *, by: Person) -> None:
    """The person leaves the organisation of their own will; what they drafted for it stays with it.

    With the last of them go the invitations of colleagues, or somebody would join whom nobody leads; that of a new lead
    stands. Raises NotFound where it is not theirs or they have left, and LastLead.
    """
    db.lock(session, membership.organisation, key_share=True)
    must_not_leave_others_without_a_lead(session, membership)
    if membership.person_id != by.id or membership.left_at is not None:
        raise NotFound()
    _end(session, membership)
    log.record(session, "left", _subject(membership.organisation), by=by)
    if not queries.members(session, membership.organisation):
        _end_invitations_of_colleagues(session, membership.organisation, by)


def _end_invitations_of_colleagues(session: Session, organisation: Organisation, by: Person) -> None:
    pending = (
        col(Invitation.organisation_id) == organisation.id,
        col(Invitation.invited_as) != InvitedAs.LEAD,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
    )
    ended = session.execute(update(Invitation).where(*pending).values(revoked_at=clock.now()))
    number = ended.rowcount  # type: ignore[attr-defined]
    if number:
        log.record(session, "invitations ended", _subject(organisation), by=by, number=number)


def must_not_leave_others_without_a_lead(session: Session, membership: Membership) -> None:
    """Go on unless the person is the only lead of others. Raises LastLead.

    Nobody can hand over the lead of an organisation that is suspended, so its lead may go; staff invite the next.
    """
    if membership.organisation.suspended_at is not None:
        return
    everyone = queries.members(session, membership.organisation)
    leads = [each for each in everyone if each.standing is Standing.LEAD]
    if leads == [membership] and len(everyone) > 1:
        raise LastLead(organisation=membership.organisation.name)


def remove(session: Session, membership: Membership, *, by: Person) -> None:
    """A lead removes a colleague, or a deputy a member: signed out everywhere at once, and told by mail.

    What they drafted for the organisation stays with it. Raises NotFound, LeaveInstead or OnlyTheLead.
    """
    mine = _place_of(session, membership, by)
    if membership.person_id == by.id:
        raise LeaveInstead()
    may_look_after(mine, membership.standing)
    _end(session, membership)
    sessions.close_all(session, membership.person)
    log.record(session, "member removed", _subject(membership.organisation), by=by, person=membership.person_id)
    _tell(session, membership, "member-removed", mark("You no longer belong to %(organisation)s"))


def may_look_after(mine: Membership, standing: Standing) -> None:
    """Go on only if somebody in this place may invite and remove people of this standing. Raises OnlyTheLead."""
    if mine.standing is Standing.LEAD or (mine.standing is Standing.DEPUTY and standing is Standing.MEMBER):
        return
    raise OnlyTheLead()


def name_deputy(session: Session, membership: Membership, *, by: Person) -> bool:
    """A lead makes a member a deputy, who is signed out everywhere and told; whether anything had to be done.

    Raises NotFound or OnlyTheLead.
    """
    return _change_standing(session, membership, Standing.MEMBER, Standing.DEPUTY, by=by)


def unname_deputy(session: Session, membership: Membership, *, by: Person) -> bool:
    """A lead makes a deputy a member again, signed out everywhere and told; whether anything had to be done.

    Raises NotFound or OnlyTheLead.
    """
    return _change_standing(session, membership, Standing.DEPUTY, Standing.MEMBER, by=by)


def _change_standing(session: Session, membership: Membership, old: Standing, new: Standing, *, by: Person) -> bool:
    mine = _place_of(session, membership, by)
    if mine.standing is not Standing.LEAD:
        raise OnlyTheLead()
    if membership.standing is not old:
        return False  # pressed twice, or a colleague was faster: it is as they wish, or theirs to look at
    membership.standing = new
    session.add(membership)
    sessions.close_all(session, membership.person)
    log.record(
        session, "standing changed", _subject(membership.organisation), by=by, person=membership.person_id, standing=new
    )
    _tell(session, membership, "standing-changed", mark("Your part in %(organisation)s has changed"))
    return True


def hand_over(session: Session, *, to: Membership, by: Person, here: WebSession | None = None) -> None:
    """A lead makes a colleague the lead and becomes a deputy; both are told, and signed out everywhere but here.

    Raises NotFound or OnlyTheLead.
    """
    mine = _place_of(session, to, by)
    if mine.standing is not Standing.LEAD:
        raise OnlyTheLead()
    if to.person_id == by.id:
        raise NotFound()
    to.standing, mine.standing = Standing.LEAD, Standing.DEPUTY
    session.add(to)
    session.add(mine)
    sessions.close_all(session, to.person)
    sessions.close_all(session, by, but=here)
    log.record(session, "lead handed over", _subject(to.organisation), by=by, person=to.person_id)
    for place in (to, mine):
        _tell(
            session, place, "lead-handed-over", mark("The lead of %(organisation)s has been handed over"),
            before=by.name, after=to.person.name,
        )  # fmt: skip


def _everyone(session: Session, membership: Membership) -> list[Membership]:
    """Everybody in the organisation, held still so that no two changes pass each other."""
    db.lock(session, membership.organisation, key_share=True)
    return queries.members(session, membership.organisation)


def _place_of(session: Session, membership: Membership, by: Person) -> Membership:
    """The place of who acts, in the same organisation as the place acted on. Raises NotFound."""
    everyone = _everyone(session, membership)
    mine = next((each for each in everyone if each.person_id == by.id), None)
    if mine is None or membership not in everyone or membership.organisation.suspended_at is not None:
        raise NotFound()
    return mine


def _end(session: Session, membership: Membership) -> None:
    membership.left_at = clock.now()
    membership.standing = Standing.MEMBER
    session.add(membership)
    session.flush()
    session.expire(membership.person, ["memberships"])


def _tell(session: Session, membership: Membership, kind: str, subject: str, **facts: str) -> None:
    organisation, person = membership.organisation, membership.person
    outbox.post(
        session,
        kind,
        to=person.email,
        person=person,
        subject=later(subject, organisation=organisation.name),
        once_for=f"{membership.id}:{clock.now().isoformat()}",
        organisation=organisation,
        person_name=person.name,
        standing=membership.standing,
        address=f"{settings().base_url}/organisation",
        **facts,
    )


def _subject(organisation: Organisation) -> str:
    return f"organisation {organisation.slug}"
