"""How entries are rated, and where a release and a round are in their lives."""

from enum import StrEnum

from backend.core.i18n import mark


class Scale(StrEnum):
    """How a criterion is rated."""

    AGREEMENT = "agreement"
    LIKELIHOOD = "likelihood"
    SEVERITY = "severity"

    @property
    def labels(self) -> dict[int, str]:
        """Each score with its word, lowest first."""
        words = {
            "agreement": [
                mark("Strongly disagree"), mark("Disagree"), mark("Neither agree nor disagree"),
                mark("Agree"), mark("Strongly agree"),
            ],
            "likelihood": [mark("Remote"), mark("Possible"), mark("Probable")],
            "severity": [mark("Minimal"), mark("Significant"), mark("Severe")],
        }[self.value]  # fmt: skip
        return dict(enumerate(words, start=1))


class ReleaseState(StrEnum):
    """Where a release is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class RoundState(StrEnum):
    """Where a round is in time."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
