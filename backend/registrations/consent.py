"""Consent: the words that are shown for it, by version, and the record of what somebody did with theirs."""

from collections.abc import Iterable

from sqlmodel import Session

from backend.core.i18n import language, mark
from backend.registrations.kinds import ConsentAct, Method, Purpose
from backend.registrations.models import ConsentRecord

WORDINGS: dict[str, dict[str, str]] = {
    "1": {
        "pilot": mark("Write to me about taking part in the pilot, such as when there are places"),
        "workshop": mark("Write to me about workshops, such as when one is planned"),
        "updates": mark("Write to me when a release, an answer or a round is published"),
        "notice": mark(
            "We keep what you enter here only to do what you tick. The basis is your consent. You can withdraw it at "
            "any time, for each purpose by itself, by the link in every email, at once and without signing in. "
            "What you have not confirmed within seven days is erased."
        ),
    },
}
"""Every wording that was ever shown, by its version: a new text is a new version, so that a record says what was read.

The words are illustrative drafts.
"""

VERSION = "1"


def words() -> dict[str, str]:
    """The wording that is shown now."""
    return WORDINGS[VERSION]


def record(session: Session, reference: str, purposes: Iterable[Purpose], act: ConsentAct, *, method: Method) -> None:
    """Note for each purpose what was done, by which words, in which language and how."""
    for purpose in purposes:
        session.add(
            ConsentRecord(
                reference=reference,
                purpose=purpose,
                act=act,
                wording=VERSION,
                language=language.get(),
                method=method,
            )
        )
