"""What each kind of mail is, in the words of the staff pages."""

from backend.core.i18n import gettext, mark

LABELS = {
    "account-closed": mark("Account closed"),
    "address-changed": mark("Address changed"),
    "address-new": mark("Confirm a new address"),
    "address-old": mark("Change of address asked for"),
    "address-taken": mark("Address already in use"),
    "application-decided": mark("What became of an application"),
    "complaint-acknowledged": mark("Complaint acknowledged"),
    "complaint-closed": mark("Outcome of a complaint"),
    "complaint-received": mark("Complaint received"),
    "digest": mark("What a release answers and changes"),
    "interest-confirm": mark("Confirm your interest"),
    "interest-news": mark("News for people who are interested"),
    "interest-reminder": mark("Reminder of a registration"),
    "invitation": mark("Invitation"),
    "invitation-accepted": mark("Invitation accepted"),
    "lead-handed-over": mark("Lead handed over"),
    "member-removed": mark("Removed from an organisation"),
    "organisation-resumed": mark("Organisation takes part again"),
    "organisation-suspended": mark("Organisation suspended"),
    "pair-ended": mark("Colleague does not come along"),
    "place-accepted": mark("Place after a call accepted"),
    "place-offered": mark("Place after a call offered"),
    "ratings-receipt": mark("Receipt for ratings"),
    "receipt": mark("Receipt for a point"),
    "reminder": mark("Reminder before a round closes"),
    "role-changed": mark("Staff role changed"),
    "round": mark("A round opens, or closes at another time"),
    "second-step": mark("Second step changed"),
    "sent-back": mark("Point sent back"),
    "sign-in": mark("Sign-in link"),
    "sign-in-at-work": mark("Sign in with a work account"),
    "sign-off-receipt": mark("Receipt for what was signed off"),
    "specialist-stopped": mark("Specialist’s part ended"),
    "standing-changed": mark("Part in an organisation changed"),
    "withheld": mark("Point withheld"),
    "workshop-again": mark("Workshop booked a second time"),
    "workshop-cancelled": mark("Workshop cancelled"),
    "workshop-changed": mark("Workshop changed"),
    "workshop-confirm": mark("Confirm a place at a workshop"),
    "workshop-given-up": mark("Place at a workshop given up"),
    "workshop-notes": mark("Asked to take notes at a workshop"),
    "workshop-place": mark("Place at a workshop"),
}
"""By the name of the template that a mail is written from."""


def label(kind: str) -> str:
    """The kind on screen; the name of its template where nobody has given it words."""
    return gettext(LABELS.get(kind, kind))
