"""The words of a mail as they leave: with the way to stop such mails under them, and the same as HTML."""

import re
from dataclasses import dataclass

from backend.core import i18n, web
from backend.core.config import settings
from backend.notifications import stopping
from backend.notifications.models import OutboxMessage

ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]’”]")


@dataclass(frozen=True)
class Piece:
    """Some words of a line, or an address to follow."""

    words: str
    is_address: bool


def text_of(message: OutboxMessage) -> str:
    """The whole text: what was written, and where it can be stopped where to do that, if it does not say so itself."""
    address = stopping.address(message)
    if address is None or address in message.text:
        return message.text
    with i18n.speaking(message.language):
        end = web.templates().env.get_template("email/_stop.txt").render(address=address)
    return f"{message.text.rstrip()}\n\n{end}"


def html_of(message: OutboxMessage) -> str:
    """The whole text as HTML, with nothing to load and nothing that tells us who has read them.

    Only addresses on this site can be followed: whatever else stands in a mail may have been written by anybody.
    """
    blocks = re.split(r"\n{2,}", text_of(message).strip())
    paragraphs = [[_pieces(line) for line in block.strip("\n").split("\n")] for block in blocks]
    return web.templates().env.get_template("email/_mail.html").render(message=message, paragraphs=paragraphs)


def _pieces(line: str) -> list[Piece]:
    found: list[Piece] = []
    place = 0
    for match in ADDRESS.finditer(line):
        if match[0] == settings().base_url or match[0].startswith(f"{settings().base_url}/"):
            found += [Piece(line[place : match.start()], False), Piece(match[0], True)]
            place = match.end()
    return [*found, Piece(line[place:], False)]
