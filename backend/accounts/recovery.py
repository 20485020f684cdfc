"""Recovery codes: ten of them, for the day when phone and passkey are lost."""

from sqlalchemy import delete, update
from sqlmodel import Session, col

from backend.accounts import second_factor
from backend.accounts.models import RecoveryCode
from backend.audit import log
from backend.core import clock, tokens
from backend.core.i18n import ngettext
from backend.people.models import Person

CODES = 10


def make(session: Session, person: Person) -> list[str]:
    """Ten new codes in place of the old ones. They are shown once: what is kept does not tell them."""
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))
    codes = [f"{tokens.reference()}-{tokens.reference()}" for _ in range(CODES)]
    session.add_all(RecoveryCode(person_id=person.id, digest=_digest(person, code)) for code in codes)
    log.record(session, "recovery codes made", f"person {person.id}", by=person)
    return codes


def use(session: Session, person: Person, code: str) -> bool:
    """Use a code up, if it is one of the person's and has not been used."""
    mine = (
        col(RecoveryCode.person_id) == person.id,
        col(RecoveryCode.digest) == _digest(person, code),
        col(RecoveryCode.used_at).is_(None),
    )
    used = session.execute(update(RecoveryCode).where(*mine).values(used_at=clock.now()))
    if used.rowcount != 1:  # type: ignore[attr-defined]
        return False
    left = second_factor.factors_of(session, person).recovery_codes
    told = ngettext(
        "A recovery code was used. You have %(left)s code left.",
        "A recovery code was used. You have %(left)s codes left.",
        left,
    )
    second_factor.tell(session, person, told % {"left": left})
    return True


def _digest(person: Person, code: str) -> str:
    typed = "".join(character for character in code.upper() if character.isalnum())
    return tokens.signature("recovery code", f"{person.id}\0{typed}")
