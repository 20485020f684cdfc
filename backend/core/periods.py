"""How long personal data is kept.

The worker erases by these, and the privacy notice is filled in from them, so that neither can say other than the other.
All are proposals, until the authority has agreed them with its records manager.
"""

from datetime import timedelta

UNCONFIRMED = timedelta(days=7)
"""What somebody typed whose mailbox has not confirmed it, such as an interest or a place that was booked."""

INTEREST = timedelta(days=730)
"""A confirmed interest, after the last contact: 24 months."""

INTEREST_REMINDED = timedelta(days=30)
"""How long before that somebody is asked whether they would stay."""

ATTENDANCE = timedelta(days=90)
"""Who had a place at a workshop, after it was held."""

DRAFT = timedelta(days=90)
"""A draft that was never sent, after its round closed."""

SENT_MAIL = timedelta(days=30)
"""The copy of an email that was sent."""

UNSENT_MAIL = timedelta(days=90)
"""An email that could not be sent, after it was written."""

SIGN_IN = timedelta(days=365)
"""When and with what somebody signed in, after it ended: 12 months."""

COMPLAINT = timedelta(days=730)
"""Who complained, what they wrote and what they were told, after the outcome: 24 months."""


def in_months(period: timedelta) -> int:
    """The period in months, as people say it."""
    return period.days * 12 // 365
