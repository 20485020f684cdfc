"""An organisation's own page: its profile, its people and its invitations, and what a lead or deputy does there."""

from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import arriving, enrolling, inviting, limits, membership, profiles, queries, sessions, terms
from backend.accounts.models import Invitation, InvitedAs
from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people import queries as people
from backend.people.access import Permission, Viewer, allow, must_be_confirmed
from backend.people.models import Membership, Organisation, Standing
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Member = Annotated[Viewer, allow(Permission.WORKSPACE)]
Inviting = Annotated[Viewer, allow(Permission.INVITE_COLLEAGUES)]
Lead = Annotated[Viewer, allow(Permission.LEAD)]
LeadNow = Annotated[Viewer, allow(Permission.LEAD, confirmed=True)]


class InviteForm(Form):
    """Whom to invite, and as what."""

    email: addresses.Address
    invited_as: Literal[InvitedAs.MEMBER, InvitedAs.DEPUTY]

    mistakes: ClassVar = {"email": addresses.FORMAT, "invited_as": mark("Select what they will be")}


class HandOverForm(Form):
    """Who leads from now on."""

    to: int
    sure: Literal["yes"]

    mistakes: ClassVar = {"to": mark("Select who will be the lead"), "sure": mark("Select that you are sure")}


@router.get("/organisation")
def organisation(request: Request, session: SessionDep, viewer: Member) -> Response:
    """What the organisation is, who belongs to it, and who is invited."""
    mine = _own(viewer)
    types = vocabulary.labels(session, vocabulary.ORGANISATION_TYPES)
    return web.render(
        request,
        "accounts/organisation.html",
        organisation=mine,
        type_label=types.get(mine.type_code, mine.type_code),
        labels=profiles.labels(),
        members=people.members(session, mine),
        pending=queries.pending(session, mine),
        accepted=terms.find_of_lead(session, mine),
        version=terms.VERSION,
        may=_may(viewer),
    )


@router.get("/organisation/profile")
def organisation_profile(request: Request, viewer: Lead) -> Response:
    """What the lead says of the organisation."""
    return _profile(request, viewer, Typed())


@router.post("/organisation/profile")
def keep_profile(request: Request, typed: TypedDep, session: SessionDep, viewer: Lead) -> Response:
    """Keep it, and that it is right as of today."""
    form = typed.check(profiles.ProfileForm)
    if form is None:
        return _profile(request, viewer, typed, status=422)
    enrolling.keep_profile(session, _own(viewer), **form.said(), by=viewer.known)
    return web.go_to("/organisation", gettext("The profile is saved."))


@router.post("/organisation/accept-terms")
def accept_terms(request: Request, session: SessionDep, viewer: Lead) -> Response:
    """Accept the terms as they are now, for the organisation."""
    terms.accept(session, viewer.known, _own(viewer))
    return web.go_to("/organisation", gettext("You have accepted the terms of participation."))


@router.get("/organisation/invite")
def invite_colleague(request: Request, viewer: Inviting) -> Response:
    """Whom to invite."""
    return _invite(request, viewer, Typed())


@router.post("/organisation/invite", dependencies=[limits.limited(limits.INVITATIONS)])
def send_invitation(request: Request, typed: TypedDep, session: SessionDep, viewer: Inviting) -> Response:
    """Invite a colleague; what is said does not tell whether the address is known here."""
    form = typed.check(InviteForm)
    if form is None:
        return _invite(request, viewer, typed, status=422)
    if form.invited_as is InvitedAs.DEPUTY:
        must_be_confirmed(viewer)  # as for naming one: a deputy signs off
    try:
        inviting.invite_colleague(
            session, _place(session, viewer), email=form.email, invited_as=form.invited_as, by=viewer.known
        )
    except (inviting.AlreadyInvited, inviting.AlreadyHere) as refusal:
        typed.mistake("email", refusal.message)
        return _invite(request, viewer, typed, status=422)
    notice = gettext("We have sent an invitation to %(address)s. It works for 14 days.")
    return web.go_to("/organisation", notice % {"address": form.email})


@router.post("/organisation/invitations/{invitation_id}/resend", dependencies=[limits.limited(limits.INVITATIONS)])
def resend_invitation(request: Request, invitation_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """Send it again, by a new link."""
    inviting.resend(session, _invitation(session, viewer, invitation_id), by=viewer.known)
    return web.go_to("/organisation", gettext("We have sent the invitation again. The old link has ended."))


@router.post("/organisation/invitations/{invitation_id}/revoke")
def revoke_invitation(request: Request, invitation_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """Take it back."""
    inviting.revoke(session, _invitation(session, viewer, invitation_id), by=viewer.known)
    return web.go_to("/organisation", gettext("The invitation has been taken back. Its link has ended."))


@router.get("/organisation/people/{membership_id}/remove")
def remove_colleague(request: Request, membership_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """Are you sure?"""
    colleague = _colleague(session, viewer, membership_id)
    if colleague.person_id == viewer.known.id:
        raise membership.LeaveInstead()
    membership.may_look_after(_place(session, viewer), colleague.standing)
    return web.render(request, "accounts/remove_colleague.html", colleague=colleague)


@router.post("/organisation/people/{membership_id}/remove")
def remove(request: Request, membership_id: Number, session: SessionDep, viewer: Inviting) -> Response:
    """Remove a colleague now, wherever they are signed in."""
    colleague = _colleague(session, viewer, membership_id)
    membership.remove(session, colleague, by=viewer.known)
    notice = gettext("%(name)s has been removed, and told by email.")
    return web.go_to("/organisation", notice % {"name": colleague.person.name})


@router.post("/organisation/people/{membership_id}/name-deputy")
def name_deputy(request: Request, membership_id: Number, session: SessionDep, viewer: LeadNow) -> Response:
    """Make a member a deputy."""
    colleague = _colleague(session, viewer, membership_id)
    is_new = membership.name_deputy(session, colleague, by=viewer.known)
    return web.go_to("/organisation", _standing_now(colleague, is_new=is_new))


@router.post("/organisation/people/{membership_id}/unname-deputy")
def unname_deputy(request: Request, membership_id: Number, session: SessionDep, viewer: LeadNow) -> Response:
    """Make a deputy a member again."""
    colleague = _colleague(session, viewer, membership_id)
    is_new = membership.unname_deputy(session, colleague, by=viewer.known)
    return web.go_to("/organisation", _standing_now(colleague, is_new=is_new))


@router.get("/organisation/hand-over")
def hand_over(request: Request, session: SessionDep, viewer: LeadNow) -> Response:
    """Who is to lead."""
    return _hand_over(request, session, viewer, Typed())


@router.post("/organisation/hand-over")
def hand_the_lead_over(request: Request, typed: TypedDep, session: SessionDep, viewer: LeadNow) -> Response:
    """Make a colleague the lead, and oneself a deputy."""
    form = typed.check(HandOverForm)
    colleagues = {place.id: place for place in _colleagues(session, viewer)}
    if form and form.to not in colleagues:
        typed.mistake("to", gettext("Select who will be the lead"))
    if form is None or typed.mistakes:
        return _hand_over(request, session, viewer, typed, status=422)
    new = colleagues[form.to]
    here = viewer.web_session
    membership.hand_over(session, to=new, by=viewer.known, here=here)
    answer = web.go_to(
        "/organisation", gettext("%(name)s is the lead now. You are a deputy.") % {"name": new.person.name}
    )
    if here is not None:
        arriving.hold(answer, sessions.renew(session, here), viewer.known)
    return answer


def _own(viewer: Viewer) -> Organisation:
    if viewer.organisation is None:
        raise NotFound()
    return viewer.organisation


def _place(session: Session, viewer: Viewer) -> Membership:
    """The viewer's own place, as the database has it."""
    for place in people.members(session, _own(viewer)):
        if place.person_id == viewer.known.id:
            return place
    raise NotFound()


def _colleague(session: Session, viewer: Viewer, membership_id: int) -> Membership:
    """Somebody in the viewer's organisation; of others nobody learns here. Raises NotFound."""
    found = session.get(Membership, membership_id)
    if found is None or found.organisation_id != _own(viewer).id or found.left_at is not None:
        raise NotFound()
    return found


def _colleagues(session: Session, viewer: Viewer) -> list[Membership]:
    return [place for place in people.members(session, _own(viewer)) if place.person_id != viewer.known.id]


def _invitation(session: Session, viewer: Viewer, invitation_id: int) -> Invitation:
    """An invitation to the viewer's organisation that is theirs to look after. Raises NotFound or OnlyTheLead."""
    found = session.get(Invitation, invitation_id)
    if found is None or found.organisation_id != _own(viewer).id or found.invited_as not in _may(viewer):
        raise NotFound()
    return found


def _may(viewer: Viewer) -> tuple[InvitedAs, ...]:
    """As what the viewer may invite; whom staff have invited to lead is for staff alone."""
    if viewer.standing is Standing.LEAD:
        return InvitedAs.MEMBER, InvitedAs.DEPUTY
    return (InvitedAs.MEMBER,) if viewer.standing is Standing.DEPUTY else ()


def _standing_now(colleague: Membership, *, is_new: bool) -> str:
    facts = {"name": colleague.person.name, "standing": gettext(colleague.standing.label).lower()}
    if not is_new:
        return gettext("Nothing has changed: %(name)s is a %(standing)s.") % facts
    return gettext("%(name)s is a %(standing)s now, and has been told by email.") % facts


def _profile(request: Request, viewer: Viewer, typed: Typed, *, status: int = 200) -> Response:
    mine = _own(viewer)
    return web.render(
        request, "accounts/organisation_profile.html", status=status, typed=typed, organisation=mine,
        unsaid="",
        **profiles.choices(),
    )  # fmt: skip


def _invite(request: Request, viewer: Viewer, typed: Typed, *, status: int = 200) -> Response:
    parts = [(each.value, gettext(each.label)) for each in _may(viewer)]
    return web.render(
        request, "accounts/invite_colleague.html", status=status, typed=typed, organisation=_own(viewer), parts=parts
    )


def _hand_over(request: Request, session: Session, viewer: Viewer, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request, "accounts/hand_over.html", status=status, typed=typed, organisation=_own(viewer),
        colleagues=[(place.id, place.person.name) for place in _colleagues(session, viewer)],
    )  # fmt: skip
