"""The words for what somebody can say or do about taking part, and for what becomes of it."""

from enum import StrEnum

from backend.core.i18n import mark


class Purpose(StrEnum):
    """What somebody lets us write to them about; each is chosen, and withdrawn, by itself."""

    PILOT = "pilot"
    WORKSHOP = "workshop"
    UPDATES = "updates"

    @property
    def label(self) -> str:
        """The purpose on screen."""
        return {
            "pilot": mark("Taking part in the pilot"),
            "workshop": mark("Coming to a workshop"),
            "updates": mark("Updates on the frameworks"),
        }[self.value]


class ConsentAct(StrEnum):
    """What somebody did with their consent."""

    GIVEN = "given"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The act on screen."""
        return {"given": mark("Ticked"), "confirmed": mark("Confirmed"), "withdrawn": mark("Withdrawn")}[self.value]


class Method(StrEnum):
    """How they did it."""

    FORM = "form"
    CONFIRMATION_LINK = "link in the confirmation mail"
    WITHDRAWAL_LINK = "withdrawal link"
    ASKED_STAFF = "asked staff"


class Discipline(StrEnum):
    """From which field somebody looks at a service."""

    POLICY_AND_LAW = "policy-and-law"
    DESIGN = "design"
    ENGINEERING = "engineering"
    TRUST_AND_SAFETY = "trust-and-safety"
    CHILD_DEVELOPMENT = "child-development"
    EDUCATION = "education"
    RESEARCH = "research"

    @property
    def label(self) -> str:
        """The discipline on screen."""
        return {
            "policy-and-law": mark("Policy and law"),
            "design": mark("Design and user research"),
            "engineering": mark("Engineering and security"),
            "trust-and-safety": mark("Trust and safety"),
            "child-development": mark("Child development and health"),
            "education": mark("Education and youth work"),
            "research": mark("Research"),
        }[self.value]


class CallState(StrEnum):
    """Whether a call can be answered now."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class Selected(StrEnum):
    """What has been decided about an applicant."""

    CHOSEN = "chosen"
    RESERVE = "reserve"
    DECLINED = "declined"
    NOT_TAKEN = "not-taken"

    @property
    def label(self) -> str:
        """The choice on screen."""
        return {
            "chosen": mark("Chosen"),
            "reserve": mark("On the reserve list"),
            "declined": mark("Not chosen"),
            "not-taken": mark("Did not take the place"),
        }[self.value]


class OfferState(StrEnum):
    """What has become of an offer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        """The state on screen."""
        return {
            "open": mark("Offered"),
            "accepted": mark("Accepted"),
            "declined": mark("Turned down"),
            "lapsed": mark("Not answered in time"),
        }[self.value]
