"""What a pilot wants to know of an organisation, so that its mix can be seen: a few words to choose from."""

from enum import StrEnum

from backend.core.i18n import mark


class SizeBand(StrEnum):
    """How many people work there."""

    UNDER_10 = "under-10"
    TO_49 = "10-to-49"
    TO_249 = "50-to-249"
    MORE = "250-or-more"

    @property
    def label(self) -> str:
        """The band on screen."""
        return {
            "under-10": mark("Fewer than 10 people"),
            "10-to-49": mark("10 to 49 people"),
            "50-to-249": mark("50 to 249 people"),
            "250-or-more": mark("250 people or more"),
        }[self.value]


class Nation(StrEnum):
    """Where in the United Kingdom it works."""

    ENGLAND = "england"
    SCOTLAND = "scotland"
    WALES = "wales"
    NORTHERN_IRELAND = "northern-ireland"
    UK_WIDE = "uk-wide"

    @property
    def label(self) -> str:
        """The nation on screen."""
        return {
            "england": mark("England"),
            "scotland": mark("Scotland"),
            "wales": mark("Wales"),
            "northern-ireland": mark("Northern Ireland"),
            "uk-wide": mark("The whole of the UK"),
        }[self.value]


class UsedByChildren(StrEnum):
    """Whether its service is likely to be used by children."""

    YES = "yes"
    NO = "no"
    NOT_SURE = "not-sure"

    @property
    def label(self) -> str:
        """The answer on screen."""
        return {
            "yes": mark("Yes"),
            "no": mark("No, or it runs no service"),
            "not-sure": mark("Not sure"),
        }[self.value]
