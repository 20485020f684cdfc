"""Saying no: a refusal is named as the fact, and carries the words for the person who meets it."""

from collections.abc import Mapping
from typing import ClassVar

from backend.core.i18n import gettext, mark


class Refusal(Exception):  # noqa: N818  # named as the fact, not as an error
    """Something cannot be done, for a reason that can be told."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = mark("You cannot do that now")
    words: ClassVar[str] = mark("What you asked for is not possible at the moment.")
    way_on: tuple[str, str] = ("/", mark("Go to the home page"))
    """Where to go from here: an address and its words."""

    headers: Mapping[str, str] = {}
    """What the answer tells a machine beside the words."""

    def __init__(self, **facts: object) -> None:
        super().__init__(self.words % facts if facts else self.words)
        self.facts = facts

    @property
    def heading(self) -> str:
        """The heading of the page that says so, in the reader's language."""
        return gettext(self.title)

    @property
    def message(self) -> str:
        """What happened and what to do next, in the reader's language."""
        words = gettext(self.words)
        return words % self.facts if self.facts else words


class NotFound(Refusal):
    """There is nothing here, or nothing that this person may know of."""

    status = 404
    title = mark("Page not found")
    words = mark(
        "If you typed the address, check that it is correct. If you followed a link, it may have been cut short."
    )


class Gone(Refusal):
    """It was here, and has been withdrawn."""

    status = 410
    title = mark("This has been withdrawn")
    words = mark("It was here, and its author has withdrawn it.")


class SomethingFirst(Refusal):
    """Another page comes first; the person is taken there and back."""

    page: ClassVar[str] = "/"
    button: ClassVar[str] = mark("Continue")


class NotSignedIn(SomethingFirst):
    """The page is for people who have signed in."""

    status = 401
    title = mark("Sign in to continue")
    words = mark("You need to sign in to use this page.")
    page = "/sign-in"
    button = mark("Sign in")


class NotAllowed(Refusal):
    """The person is known, but this is not theirs to do."""

    status = 403
    title = mark("You cannot use this page")
    words = mark("Your account does not have permission to do this. Contact us if you think that it should.")


class FromAnotherSite(Refusal):
    """A form was posted from somewhere else."""

    status = 403
    title = mark("We did not accept this form")
    words = mark("The form seems to have been sent from another website. Go back to our page and send it from there.")


class BadAddress(Refusal):
    """An address or a filter that nobody can have meant."""

    status = 422
    title = mark("We did not understand that address")
    words = mark("Part of it is not something we know. Start again from the home page.")


class TooLarge(Refusal):
    """More was sent than a form may hold."""

    status = 413
    title = mark("That is too much at once")
    words = mark("What you sent is larger than we can accept. Make it shorter and send it again.")
