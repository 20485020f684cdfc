"""The provider of work accounts: what it publishes about itself and the keys it signs with, and how it is asked.

Nothing here touches the database: what the provider is asked may take seconds, and nobody else waits for it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx2
import structlog
from authlib.integrations.httpx_client import OAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from backend.core import clock
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import mark

LOG = structlog.get_logger()
CALLBACK = "/sign-in/work-account/callback"

PATIENCE = 5.0
"""Seconds for each question to the provider."""

AT_ONCE = 4
"""How many may wait for the provider, out of all who can be answered at once."""

KNOWN_FOR = timedelta(hours=1)
"""How long what the provider publishes about itself is taken as known."""

LEFT_ALONE_FOR = timedelta(seconds=10)
"""How long a provider that did not answer is not asked again, and new keys are not looked for twice."""

PLACES = threading.BoundedSemaphore(AT_ONCE)


class ProviderSilent(Refusal):
    """The provider does not answer, or not in a way that makes sense."""

    status = 503
    title = mark("Work accounts cannot be reached at the moment")
    words = mark("The system that knows your work account does not answer. Try again in a few minutes.")
    way_on = ("/sign-in", mark("Try again"))


def is_configured() -> bool:
    """Whether staff have work accounts."""
    return bool(settings().oidc_issuer)


class Provider:
    """What the provider publishes about itself, kept for an hour."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.about: dict[str, Any] = {}
        self.key_set: KeySet | None = None
        self.looked_at: datetime | None = None
        self.keys_looked_at: datetime | None = None
        self.failed_at: datetime | None = None

    def endpoint(self, name: str) -> str:
        """The address for one of the steps. Raises ProviderSilent."""
        if self.looked_at is None or clock.now() > self.looked_at + KNOWN_FOR:
            about = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if about.get("issuer") != self.issuer:
                LOG.warning("work account: another issuer answers")
                raise ProviderSilent()
            self.about, self.looked_at, self.key_set = about, clock.now(), None
        found = self.about.get(name)
        if not isinstance(found, str):
            raise ProviderSilent()
        return found

    def keys(self, *, anew: bool = False) -> KeySet:
        """The keys with which it signs. Raises ProviderSilent."""
        address = self.endpoint("jwks_uri")
        lately = self.keys_looked_at is not None and clock.now() < self.keys_looked_at + LEFT_ALONE_FOR
        if self.key_set is None or (anew and not lately):
            try:
                self.key_set = KeySet.import_key_set(self._get(address))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as problem:
                raise ProviderSilent() from problem
            self.keys_looked_at = clock.now()
        return self.key_set

    def _get(self, address: str) -> dict[str, Any]:
        if self.failed_at is not None and clock.now() < self.failed_at + LEFT_ALONE_FOR:
            raise ProviderSilent()
        try:
            with asking() as client:
                answer = client.request("GET", address, withhold_token=True)
                answer.raise_for_status()
                read = answer.json()
        except ProviderSilent:
            self.failed_at = clock.now()
            raise
        if not isinstance(read, dict):
            raise ProviderSilent()
        return read


@cache
def _provider_of(issuer: str) -> Provider:
    return Provider(issuer)


def provider() -> Provider:
    """The provider of the settings."""
    return _provider_of(settings().oidc_issuer)


@contextmanager
def asking() -> Iterator[OAuth2Client]:
    """Ask the provider something. Raises ProviderSilent where it does not answer, or too many wait for it already."""
    if not PLACES.acquire(blocking=False):
        raise ProviderSilent()
    try:
        with client_for_us() as client:
            yield client
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as problem:
        LOG.warning("work account: provider silent", error=type(problem).__name__)
        raise ProviderSilent() from problem
    finally:
        PLACES.release()


def client_for_us() -> OAuth2Client:
    """Ourselves, as the provider knows us."""
    secret = settings().oidc_client_secret.get_secret_value()
    return OAuth2Client(
        client_id=settings().oidc_client_id,
        client_secret=secret or None,
        token_endpoint_auth_method="client_secret_basic" if secret else "none",  # noqa: S106  # how, not what
        scope="openid email",
        redirect_uri=settings().base_url.rstrip("/") + CALLBACK,
        code_challenge_method="S256",
        timeout=PATIENCE,
    )
