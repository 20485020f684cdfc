"""An organisation's feedback goes out in parts, each signed by a lead or deputy, each kept for ever."""

from collections.abc import Sequence

from sqlmodel import Session, func, select

from backend.audit import log
from backend.core import clock, db, tokens
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people import queries as people_queries
from backend.people.access import PERMISSIONS, Permission, Viewer
from backend.submissions import speaking
from backend.submissions.models import SignOff, Submission


class NeedsSignOff(Refusal):
    """An organisation speaks once, through its lead or a deputy."""

    status = 403
    title = mark("Your lead or a deputy does this")
    words = mark(
        "What your organisation has sent, or is about to send, is in the hands of its lead and deputies. "
        "Ask one of them, or leave them a note."
    )
    way_on = ("/organisation/feedback", mark("Go to your organisation’s feedback"))


def must_sign(submission: Submission, viewer: Viewer) -> None:
    """Go on with an organisation's feedback only as its lead or deputy. Raises NeedsSignOff."""
    if submission.organisation_id is not None and not viewer.may(Permission.SIGN_OFF):
        raise NeedsSignOff()


def hold_place(session: Session, submission: Submission, viewer: Viewer) -> None:
    """Read anew whether this person signs off for the organisation, and let nobody change it while they do.

    They may have been removed or suspended since they came in. Raises NeedsSignOff.
    """
    organisation = submission.organisation
    if organisation is None:
        return
    db.lock(session, organisation, key_share=True)
    members = people_queries.members(session, organisation)
    signing = [each.person_id for each in members if Permission.SIGN_OFF in PERMISSIONS[each.standing]]
    if organisation.suspended_at is not None or viewer.known.id not in signing:
        raise NeedsSignOff()


def sign(session: Session, submission: Submission, items: Sequence[object], *, by: Viewer) -> SignOff:
    """Note that these items, each with its own digest, are sent by this person as the next part.

    Whoever signs at the same moment waits. Raises NeedsSignOff.
    """
    must_sign(submission, by)
    db.lock(session, submission)
    last = session.exec(select(func.max(SignOff.number)).where(SignOff.submission_id == submission.id)).one()
    part = SignOff(
        submission_id=submission.id,
        number=(last or 0) + 1,
        signed_by_id=by.known.id,
        digest=tokens.digest(tokens.canonical(items)),
        at=clock.now(),
    )
    session.add(part)
    session.flush()
    speaking.note_sent(session, submission)
    log.record(
        session, "feedback signed off", f"submission {submission.reference}", by=by.person,
        part=part.number, items=len(items), digest=part.digest,
    )  # fmt: skip
    return part
