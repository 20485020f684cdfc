"""Secrets, references and digests."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken

from backend.core import clock
from backend.core.config import settings

LETTERS = "BCDFGHJKMNPQRSTVWXYZ"
DIGITS = "23456789"


def reference() -> str:
    """Eight characters to read out: no look-alikes, and a digit in each third place so that no word appears."""
    return "".join(secrets.choice(_alphabet(place)) for place in range(8))


def code(purpose: str, text: str) -> str:
    """Eight characters like a reference that only this deployment can work out from the text."""
    drawn = bytes.fromhex(signature(purpose, text))
    pairs = zip(drawn[::2], drawn[1::2], strict=True)
    numbers = [256 * high + low for high, low in pairs][:8]
    return "".join(_alphabet(place)[number % len(_alphabet(place))] for place, number in enumerate(numbers))


def _alphabet(place: int) -> str:
    return DIGITS if place % 3 == 2 else LETTERS


def secret() -> str:
    """An unguessable token of 256 bits for a link or a cookie."""
    return secrets.token_urlsafe(32)


def digest(text: str | bytes) -> str:
    """The SHA-256 of the text, in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def signature(purpose: str, text: str) -> str:
    """An HMAC of the text under this deployment's secret, kept apart by purpose."""
    key = settings().secret_key.get_secret_value().encode()
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def canonical(value: object) -> str:
    """JSON with one spelling for one value, so that a digest never depends on who wrote it."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sealed(purpose: str, text: str) -> str:
    """The text so that only this deployment can read it, and nobody can change it unnoticed."""
    return _seal(purpose).encrypt_at_time(text.encode(), int(clock.now().timestamp())).decode()


def unsealed(purpose: str, kept: str, *, within: timedelta | None = None) -> str | None:
    """The text that was sealed for this purpose; None if it is not ours, or was sealed longer ago than this."""
    try:
        if within is None:
            return _seal(purpose).decrypt(kept.encode()).decode()
        now = int(clock.now().timestamp())
        return _seal(purpose).decrypt_at_time(kept.encode(), int(within.total_seconds()), now).decode()
    except InvalidToken:
        return None


def _seal(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(signature("seal", purpose))))
