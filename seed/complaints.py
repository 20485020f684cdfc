"""The complaints of the demonstration: one closed, one overdue, one that is looked into."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from backend.core import clock, tokens
from backend.people import queries
from backend.privacy import complaints
from backend.privacy.models import ComplaintOutcome

ADMINISTRATOR = "admin@authority.example"


def tell(session: Session, facts: list[dict[str, Any]]) -> None:
    """Make each complaint on its day, and answer it as far as the story goes."""
    by = queries.person(session, ADMINISTRATOR)
    morning = clock.now().replace(hour=10, minute=0, second=0, microsecond=0)
    for told in facts:
        begun = morning - timedelta(days=told["days_ago"])
        said = complaints.Said(told["name"], told["email"], told["went_wrong"], told["would_help"])
        with clock.at(begun):
            complaint = complaints.make(session, said, form=tokens.secret())
        if step := told.get("acknowledged"):
            with clock.at(begun + timedelta(days=step["after"])):
                complaints.acknowledge(session, complaint, step["words"], by=by)
        if step := told.get("note"):
            with clock.at(begun + timedelta(days=step["after"])):
                complaints.note(session, complaint, step["words"], by=by)
        if step := told.get("closed"):
            with clock.at(begun + timedelta(days=step["after"])):
                complaints.close(session, complaint, ComplaintOutcome(step["outcome"]), step["words"], by=by)
