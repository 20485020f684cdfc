"""Signing in with a work account: the authority's own provider says who it is, by OpenID Connect.

Nothing here touches the database.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from authlib.integrations.base_client import OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from backend.accounts import staff_provider
from backend.core import clock
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import mark

LOG = structlog.get_logger()
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the provider can make; never `none`, and never one made with a secret that two know (HS256)."""

CLOCKS_DIFFER = 60
"""Seconds by which the provider's clock may be wrong."""


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


def address_to_ask(question: Question, *, anew: bool) -> str:
    """Where the person is sent. With `anew` they are asked again even if they have just signed in there.

    Raises ProviderSilent.
    """
    more: dict[str, Any] = {"prompt": "login", "max_age": 0} if anew else {}
    if settings().oidc_acr:
        more["acr_values"] = settings().oidc_acr
    with staff_provider.client_for_us() as client:
        address, _ = client.create_authorization_url(
            staff_provider.provider().endpoint("authorization_endpoint"),
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
    with staff_provider.asking() as client:
        try:
            answer = client.fetch_token(
                staff_provider.provider().endpoint("token_endpoint"), code=code, code_verifier=question.verifier
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
        read = jwt.decode(id_token, staff_provider.provider().keys(), algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        read = jwt.decode(id_token, staff_provider.provider().keys(anew=True), algorithms=ALGORITHMS)
    return CodeIDToken(
        read.claims,
        read.header,
        {
            "iss": {"essential": True, "value": settings().oidc_issuer},
            "aud": {"essential": True, "value": settings().oidc_client_id},
        },
        {"nonce": nonce, "client_id": settings().oidc_client_id},
    )
