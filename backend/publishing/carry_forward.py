"""What has become of the words that a point was about."""

from enum import StrEnum

from backend.core.i18n import mark
from backend.releases.models import Revision


class Standing(StrEnum):
    """Whether a point still fits the words as they are now."""

    APPLIES = "still applies"
    TEXT_CHANGED = "text changed"
    RETIRED = "entry retired"

    @property
    def label(self) -> str:
        """The standing on screen."""
        return {
            "still applies": mark("Still applies to the current words"),
            "text changed": mark("The words have changed since"),
            "entry retired": mark("The entry has been retired since"),
        }[self.value]


def standing(given_on: Revision, now: Revision | None) -> Standing:
    """How a point that was given on one revision stands to the entry as it is now; None where the entry is gone.

    Only the words count: a change of terms alone leaves the point where it was.
    """
    if now is None:
        return Standing.RETIRED
    return Standing.APPLIES if given_on.words_digest == now.words_digest else Standing.TEXT_CHANGED
