"""Passkeys: keys that a person's device keeps, and uses after it has checked who holds it."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import update
from sqlmodel import Session, col, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backend.accounts import second_factor
from backend.accounts.models import Passkey
from backend.audit import log
from backend.core import clock, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import gettext, mark
from backend.people.models import Person, WebSession

CHALLENGE_LASTS = timedelta(minutes=5)


class PasskeyNotAccepted(Refusal):
    """What came from the device does not show what it should."""

    status = 422
    title = mark("Your passkey was not accepted")
    words = mark(
        "Try again. Your device has to check that it is you, for example by PIN, finger or face. "
        "If it still fails, use another way."
    )
    way_on = ("/account/second-step", mark("Your second step"))


NOT_SHOWN = (WebAuthnException, ValueError, RecursionError, PasskeyNotAccepted)
"""All that can be wrong with what a browser sends; JSON that is nested too deep ends in a RecursionError."""


def to_show(session: Session, web_session: WebSession) -> dict[str, Any]:
    """What the browser needs to ask for one of the person's passkeys; there is a new challenge each time."""
    options = webauthn.generate_authentication_options(
        rp_id=_site(),
        challenge=_challenge(session, web_session),
        allow_credentials=_known(session, web_session.person),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def to_add(session: Session, web_session: WebSession) -> dict[str, Any]:
    """What the browser needs to make a new passkey for the person."""
    person = web_session.person
    options = webauthn.generate_registration_options(
        rp_id=_site(),
        rp_name=settings().service_name,
        user_id=bytes.fromhex(tokens.signature("passkey holder", str(person.id))),
        user_name=person.email,
        user_display_name=person.name,
        challenge=_challenge(session, web_session),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_known(session, person),
    )
    return options_to_json_dict(options)


def add(session: Session, web_session: WebSession, credential: str, *, name: str) -> Passkey | None:
    """Keep a new passkey of the person; None if it cannot be accepted.

    Let the request end well also then, so that the challenge is used up.
    """
    try:
        challenge = _take_challenge(session, web_session)
        shown = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_site(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
    except NOT_SHOWN:
        return None
    credential_id = bytes_to_base64url(shown.credential_id)
    if session.exec(select(Passkey.id).where(Passkey.credential_id == credential_id)).first() is not None:
        return None
    passkey = Passkey(
        person_id=web_session.person_id,
        credential_id=credential_id,
        public_key=bytes_to_base64url(shown.credential_public_key),
        sign_count=shown.sign_count,
        name=name,
    )
    session.add(passkey)
    session.flush()
    person = web_session.person
    log.record(session, "second factor added", f"person {person.id}", by=person, kind="passkey")
    second_factor.tell(session, person, gettext("The passkey “%(name)s” was added.") % {"name": name})
    return passkey


def shows(session: Session, web_session: WebSession, credential: str) -> bool:
    """Whether this is one of the person's passkeys, answering the challenge that this session was given.

    A count of uses that does not go up tells of a copied key: then it is refused. Of two at once one wins.
    """
    try:
        challenge = _take_challenge(session, web_session)
        mine = (Passkey.person_id == web_session.person_id, Passkey.credential_id == _id_in(credential))
        passkey = session.exec(select(Passkey).where(*mine)).first()
        if passkey is None:
            return False
        shown = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_site(),
            expected_origin=_origin(),
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except NOT_SHOWN:
        return False
    unmoved = (col(Passkey.id) == passkey.id, col(Passkey.sign_count) == passkey.sign_count)
    used = session.execute(
        update(Passkey).where(*unmoved).values(sign_count=shown.new_sign_count, last_used_at=clock.now())
    )
    return used.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _id_in(credential: str) -> str:
    """The id of the key. Raises ValueError."""
    shown = json.loads(credential)
    if not isinstance(shown, dict):
        raise ValueError("not an object")  # noqa: TRY004  # whatever is wrong, the key was not shown
    return str(shown.get("id"))


def _challenge(session: Session, web_session: WebSession) -> bytes:
    challenge = tokens.secret()
    web_session.challenge = challenge
    web_session.challenge_until = clock.now() + CHALLENGE_LASTS
    session.add(web_session)
    return base64url_to_bytes(challenge)


def _take_challenge(session: Session, web_session: WebSession) -> bytes:
    """The challenge of this session, which is so used up. Raises PasskeyNotAccepted."""
    challenge, until = web_session.challenge, web_session.challenge_until
    mine = (col(WebSession.id) == web_session.id, col(WebSession.challenge) == challenge)
    taken = session.execute(update(WebSession).where(*mine).values(challenge=None, challenge_until=None))
    if challenge is None or until is None or taken.rowcount != 1 or until <= clock.now():  # type: ignore[attr-defined]
        raise PasskeyNotAccepted()
    return base64url_to_bytes(challenge)


def _known(session: Session, person: Person) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id))
        for passkey in second_factor.factors_of(session, person).passkeys
    ]


def _site() -> str:
    return urlsplit(settings().base_url).hostname or ""


def _origin() -> str:
    parts = urlsplit(settings().base_url)
    return f"{parts.scheme}://{parts.netloc}"
