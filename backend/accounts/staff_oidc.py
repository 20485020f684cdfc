"""Signing in with a work account: the authority's own provider says who it is, by OpenID Connect.

Nothing here touches the database: what the provider is asked may take seconds, and nobody else waits for it.
"""

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from backend.core import clock
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import mark

LOG = structlog.get_logger()
CALLBACK = "/sign-in/work-account/callback"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the provider can make; never `none`, and never one made with a secret that two know (HS256)."""

PATIENCE = 5.0
"""Seconds for each question to the provider."""

AT_ONCE = 4
"""How many may wait for the provider, out of all who can be answered at once."""

CLOCKS_DIFFER = 60
"""Seconds by which the provider's clock may be wrong."""

KNOWN_FOR = timedelta(hours=1)
"""How long what the provider publishes about itself is taken as known."""

LEFT_ALONE_FOR = timedelta(seconds=10)
"""How long a provider that did not answer is not asked again, and new keys are not looked for twice."""


class ProviderSilent(Refusal):
    """The provider does not answer, or not in a way that makes sense."""

    status = 503
    title = mark("Work accounts cannot be reached at the moment")
    words = mark("The system that knows your work account does not answer. Try again in a few minutes.")
    way_on = ("/sign-in", mark("Try again"))


class NotTrusted(Refusal):
    """What came back does not prove who it is."""

    status = 422
    title = mark("We could not sign you in with your work account")
    words = mark("What came back from the system that knows your work account did not fit. Start again from here.")
    way_on = ("/sign-in", mark("Sign in again"))


class OneFactorOnly(Refusal):
    """The provider did not ask for what this service needs."""

    status = 403
    title = mark("Your work account needs a stronger sign-in")
    words = mark(
        "You signed in to your work account without the second step that this service needs. "
        "Set it up for your work account, or ask those who look after it, then sign in again."
    )
    way_on = ("/sign-in", mark("Sign in again"))


class Stopped(Refusal):
    """The person, or the provider, did not go through with it."""

    status = 422
    title = mark("You did not sign in with your work account")
    words = mark("The system that knows your work account did not let you in, or you turned back.")
    way_on = ("/sign-in", mark("Sign in again"))


@dataclass(frozen=True)
class Shown:
    """What a work account has shown about its holder."""

    issuer: str
    subject: str
    email: str | None
    """The address, where the provider has made sure that it is theirs."""
    signed_in_at: datetime | None
    """When the provider last asked them for it."""


@dataclass(frozen=True)
class Question:
    """What is sent along with the person, and must come back with them."""

    state: str
    nonce: str
    verifier: str


def is_configured() -> bool:
    """Whether staff have work accounts."""
    return bool(settings().oidc_issuer)


def address_to_ask(question: Question, *, anew: bool) -> str:
    """Where the person is sent. With `anew` they are asked again even if they have just signed in there.

    Raises ProviderSilent.
    """
    more: dict[str, Any] = {"prompt": "login", "max_age": 0} if anew else {}
    if settings().oidc_acr:
        more["acr_values"] = settings().oidc_acr
    with _client() as client:
        address, _ = client.create_authorization_url(
            provider().endpoint("authorization_endpoint"),
            state=question.state,
            nonce=question.nonce,
            code_verifier=question.verifier,
            **more,
        )
    return str(address)


def who_came_back(question: Question, *, code: str, state: str, issuer: str = "") -> Shown:
    """Who the provider says it is, checked in every way that the protocol has.

    Raises NotTrusted, OneFactorOnly or ProviderSilent.
    """
    same = hmac.compare_digest(state.encode(), question.state.encode())
    if not same or not code or issuer not in ("", settings().oidc_issuer):
        raise NotTrusted()
    with _asking() as client:
        try:
            answer = client.fetch_token(
                provider().endpoint("token_endpoint"), code=code, code_verifier=question.verifier
            )
        except OAuthError as problem:
            LOG.warning("work account: no token", error=problem.error)
            raise NotTrusted() from problem
    return shown_by(str(answer.get("id_token") or ""), nonce=question.nonce)


def shown_by(id_token: str, *, nonce: str) -> Shown:
    """What an ID token shows, if it is the provider's, for us, of now, and the answer to our question.

    Raises NotTrusted, OneFactorOnly or ProviderSilent.
    """
    try:
        claims = _claims(id_token, nonce)
        claims.validate(now=int(clock.now().timestamp()), leeway=CLOCKS_DIFFER)
        subject, signed_in_at = claims["sub"], claims.get("auth_time")
        if not isinstance(subject, str) or not subject:
            raise NotTrusted()
        last = datetime.fromtimestamp(signed_in_at, clock.now().tzinfo) if signed_in_at else None
    except (JoseError, ValueError, TypeError, OverflowError, OSError) as problem:
        LOG.warning("work account: token refused", error=type(problem).__name__)
        raise NotTrusted() from problem
    _must_be_strong(claims)
    email = claims.get("email") if claims.get("email_verified") is True else None
    return Shown(
        issuer=settings().oidc_issuer,
        subject=subject,
        email=email if isinstance(email, str) else None,
        signed_in_at=last,
    )


def _must_be_strong(claims: CodeIDToken) -> None:
    """The provider asked for what the settings say. Raises OneFactorOnly."""
    acr, amr = settings().oidc_acr.split(), settings().oidc_amr.split()
    given = claims.get("amr") or []
    if (acr and claims.get("acr") not in acr) or (amr and not set(amr) & set(map(str, given))):
        raise OneFactorOnly()


def _claims(id_token: str, nonce: str) -> CodeIDToken:
    """The claims, if one of the provider's keys signed them; keys may have changed since we last looked."""
    try:
        read = jwt.decode(id_token, provider().keys(), algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        read = jwt.decode(id_token, provider().keys(anew=True), algorithms=ALGORITHMS)
    return CodeIDToken(
        read.claims,
        read.header,
        {
            "iss": {"essential": True, "value": settings().oidc_issuer},
            "aud": {"essential": True, "value": settings().oidc_client_id},
        },
        {"nonce": nonce, "client_id": settings().oidc_client_id},
    )


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
            with _asking() as client:
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


PLACES = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def _asking() -> Iterator[OAuth2Client]:
    """Ask the provider something. Raises ProviderSilent where it does not answer, or too many wait for it already."""
    if not PLACES.acquire(blocking=False):
        raise ProviderSilent()
    try:
        with _client() as client:
            yield client
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as problem:
        LOG.warning("work account: provider silent", error=type(problem).__name__)
        raise ProviderSilent() from problem
    finally:
        PLACES.release()


def _client() -> OAuth2Client:
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
