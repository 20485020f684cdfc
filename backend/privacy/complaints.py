"""Complaining, and answering: acknowledged within 30 days, and every complaint ends with an outcome that is told.

Section 164A of the Data Protection Act 2018 asks for it of every controller.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, select

from backend.accounts import limits
from backend.audit import log
from backend.core import clock, db, i18n, tokens
from backend.core.config import settings
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people.models import Person
from backend.privacy import queries
from backend.privacy.models import Complaint, ComplaintOutcome, ComplaintStep, ComplaintWords, StepKind

ACKNOWLEDGED_WITHIN = timedelta(days=30)


class AcknowledgedAlready(Refusal):
    """Somebody has acknowledged it."""

    title = mark("This complaint has been acknowledged already")
    words = mark("A colleague was faster. Read what they wrote before you do anything else.")
    way_on = ("/staff/complaints", mark("Go to the complaints"))


class ClosedAlready(Refusal):
    """A complaint has one outcome."""

    title = mark("This complaint has been closed already")
    words = mark("A colleague was faster. Read the outcome that they gave. You can still add a note.")
    way_on = ("/staff/complaints", mark("Go to the complaints"))


@dataclass(frozen=True)
class Said:
    """What somebody complains about, and how they can be reached."""

    name: str
    email: str
    went_wrong: str
    would_help: str = ""
    point: str = ""


def make(session: Session, said: Said, *, form: str) -> Complaint:
    """Take a complaint; the same form with the same words makes one, however often it is sent.

    The mail that confirms it quotes nothing: anybody can type somebody else's address.
    """
    key = tokens.digest(tokens.canonical([form, said.name, said.email, said.went_wrong, said.would_help, said.point]))
    now = clock.now()
    complaint = Complaint(
        reference=tokens.reference(), form=key, language=i18n.language.get(), received_at=now,
        acknowledge_by=now + ACKNOWLEDGED_WITHIN,
    )  # fmt: skip
    if not db.add_once(session, complaint, "form"):
        return session.exec(select(Complaint).where(Complaint.form == key)).one()
    session.add(ComplaintWords(complaint_id=complaint.id, **vars(said)))
    session.flush()
    log.record(session, "complaint received", f"complaint {complaint.reference}", by=None)
    if limits.may_confirm_complaint(session, said.email):
        _tell(session, complaint, "complaint-received", mark("We have your complaint %(reference)s"))
    return complaint


def acknowledge(session: Session, complaint: Complaint, words: str, *, by: Person) -> None:
    """Tell whoever complained that a person is looking into it. Raises AcknowledgedAlready."""
    db.lock(session, complaint)
    if complaint.acknowledged_at is not None:
        raise AcknowledgedAlready()
    complaint.acknowledged_at = clock.now()
    _step(session, complaint, StepKind.ACKNOWLEDGED, words, by)
    subject = mark("We are looking into your complaint %(reference)s")
    _tell(session, complaint, "complaint-acknowledged", subject, words=words)


def note(session: Session, complaint: Complaint, words: str, *, by: Person) -> None:
    """Leave a note for colleagues."""
    _step(session, complaint, StepKind.NOTED, words, by)


def close(session: Session, complaint: Complaint, outcome: ComplaintOutcome, words: str, *, by: Person) -> None:
    """Give the outcome and tell it; that acknowledges it too, where nobody had. Raises ClosedAlready."""
    db.lock(session, complaint)
    if complaint.closed_at is not None:
        raise ClosedAlready()
    complaint.closed_at = clock.now()
    complaint.acknowledged_at = complaint.acknowledged_at or complaint.closed_at
    complaint.outcome = outcome
    _step(session, complaint, StepKind.CLOSED, words, by)
    subject = mark("The outcome of your complaint %(reference)s")
    _tell(session, complaint, "complaint-closed", subject, words=words, outcome=outcome)


def address_of(complaint: Complaint) -> str:
    """Where whoever holds the link follows the complaint, without an account."""
    return f"/complaints/{complaint.reference}-{_signature(complaint.reference)}"


def link_of(complaint: Complaint) -> str:
    """The same, to be kept or written in a mail."""
    return settings().base_url.rstrip("/") + address_of(complaint)


def followed(session: Session, token: str) -> Complaint:
    """The complaint whose link this is. Raises NotFound."""
    reference, _, signature = token.partition("-")
    if not hmac.compare_digest(signature.encode(), _signature(reference).encode()):
        raise NotFound()
    found = queries.find_complaint(session, reference)
    if found is None:
        raise NotFound()
    return found


def _signature(reference: str) -> str:
    return tokens.signature("complaint", reference)[:40]


def _step(session: Session, complaint: Complaint, kind: StepKind, words: str, by: Person) -> None:
    session.add(complaint)
    session.add(ComplaintStep(complaint_id=complaint.id, kind=kind, words=words, by_id=by.id))
    log.record(session, f"complaint {kind}", f"complaint {complaint.reference}", by=by)


def _tell(session: Session, complaint: Complaint, kind: str, subject: str, **facts: object) -> None:
    """Write to whoever complained, in the language of their complaint, unless their address has been erased."""
    words = session.get_one(ComplaintWords, complaint.id)
    if not words.email:
        return
    outbox.post(
        session, kind, to=words.email, person=None, subject=later(subject, reference=complaint.reference),
        once_for=complaint.reference, language=complaint.language, concerning="", complaint=complaint,
        link=link_of(complaint), **facts,
    )  # fmt: skip
