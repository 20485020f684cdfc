"""Email addresses: one spelling for each mailbox, and none that only looks like another."""

import re
from typing import Annotated, Any

import idna
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from backend.core.errors import Refusal
from backend.core.i18n import mark

LONGEST = 254
"""The most characters that a mail server takes (RFC 5321)."""

LOCAL = re.compile(r"[!-~]{1,64}")
FORBIDDEN = frozenset('<>,;:"()[]\\@')
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
FORMAT = mark("Enter an email address in the correct format, like name@example.com")


class NotAnAddress(Refusal):
    """No mailbox can have this address, or it could be mistaken for somebody else’s."""

    status = 422
    title = mark("That is not an email address")
    words = FORMAT


def normalised(address: str) -> str:
    """The one spelling under which an address is kept and looked up: ASCII, in lower case, without spaces around it.

    The domain may be written in any script, and is kept as the name system has it (`xn--…`), so that a look-alike
    shows. The part before the @ must be ASCII: nothing else tells whose mailbox a look-alike is. What is not ASCII is
    refused before letters are made small, because the Kelvin sign would become a k. Raises NotAnAddress.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not LOCAL.fullmatch(local) or FORBIDDEN.intersection(local):
        raise NotAnAddress()
    labels = [_label(label) for label in domain.split(".")]
    found = f"{local.lower()}@{'.'.join(labels)}"
    if len(labels) < 2 or len(found) > LONGEST:
        raise NotAnAddress()
    return found


def _label(label: str) -> str:
    """One part of a domain as the name system has it."""
    if not label.isascii():
        try:
            label = idna.encode("".join(_small(letter) for letter in label)).decode()
        except idna.IDNAError as problem:
            raise NotAnAddress() from problem
    label = label.lower()
    if not LABEL.fullmatch(label):
        raise NotAnAddress()
    return label


def _small(letter: str) -> str:
    """The small letter, unless an ASCII one would come of something that is not."""
    small = letter.lower()
    return small if letter.isascii() or not small.isascii() else letter


def masked(address: str) -> str:
    """An address as shown to somebody who may not be its owner: enough to recognise one’s own."""
    local, _, domain = address.rpartition("@")
    return f"{local[0]}•••@{domain}"


def _as_typed(value: Any) -> Any:
    """Not normalised as other text is: that would make an ordinary letter of a look-alike."""
    return value.strip() if isinstance(value, str) else ""


def _checked(value: str) -> str:
    try:
        return normalised(value)
    except NotAnAddress as refusal:
        raise PydanticCustomError("address", "not an email address") from refusal


Address = Annotated[str, BeforeValidator(_as_typed), AfterValidator(_checked)]
"""A field of a form that takes an email address; the form’s `mistakes` say FORMAT."""
