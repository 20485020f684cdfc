"""Two browsers that show the same thing in the same moment, on a database of their own with real commits."""

import pyotp
import pytest
from sqlmodel import Session, select

from backend.accounts import (
    appointing,
    authenticator,
    enrolling,
    guessing,
    recovery,
    sessions,
    terms,
    work_accounts,
)
from backend.accounts.models import StaffIdentity, TermsAcceptance
from backend.accounts.staff_oidc import Shown
from backend.core import clock
from backend.core.db import Database
from backend.people.models import Constituency, Organisation, Person, SecondFactor, StaffRole, WebSession
from tests import factories
from tests.accounts.showing import give_app
from tests.together import TOGETHER, together


@pytest.fixture(autouse=True)
def sam(live: Database) -> None:
    """One member of staff."""
    with live.transaction() as session:
        factories.make_staff(session, StaffRole.RELEASER).email = "sam@authority.example"


def staff(session: Session) -> Person:
    return session.exec(select(Person)).one()


def half(session: Session) -> WebSession:
    return session.exec(select(WebSession).order_by(WebSession.created_at)).first()  # type: ignore[arg-type, return-value]


def test_a_code_of_the_app_is_good_for_one(live: Database) -> None:
    with live.transaction() as session:
        app: pyotp.TOTP = give_app(session, staff(session))
    code = app.at(clock.now())
    results = together(live, lambda session, _: authenticator.shows(session, staff(session), code))
    assert sorted(map(str, results)) == ["False"] * (TOGETHER - 1) + ["True"]


def test_a_recovery_code_is_good_for_one(live: Database) -> None:
    with live.transaction() as session:
        codes = recovery.make(session, staff(session))
    results = together(live, lambda session, _: recovery.use(session, staff(session), codes[0]))
    assert sorted(map(str, results)) == ["False"] * (TOGETHER - 1) + ["True"]


def test_of_many_second_steps_one_leads_to_a_session(live: Database) -> None:
    with live.transaction() as session:
        sessions.open_session(session, staff(session))
    results = together(live, lambda session, _: sessions.confirm(session, half(session), SecondFactor.APP))
    assert results.count("NotSignedIn") == TOGETHER - 1
    with live.session() as session:
        assert len(sessions.open_sessions(session, staff(session))) == 1


def test_many_wrong_codes_at_once_are_no_more_than_five_tries(live: Database) -> None:
    with live.transaction() as session:
        sessions.open_session(session, staff(session))
    results = together(live, lambda session, _: guessing.count(session, half(session)))
    assert results.count("TooManyWrongCodes") == TOGETHER - guessing.TRIES


def test_of_many_work_accounts_with_one_address_one_is_bound(live: Database) -> None:
    def sign_in(session: Session, number: int) -> str:
        shown = Shown("https://id.example", f"subject-{number}", "sam@authority.example", None)
        return work_accounts.holder(session, shown).email

    results = together(live, sign_in)
    assert results.count("NotOurs") == TOGETHER - 1
    with live.session() as session:
        assert len(session.exec(select(StaffIdentity)).all()) == 1


def test_somebody_new_who_is_appointed_twice_at_once_is_one_person(live: Database) -> None:
    def appoint(session: Session, _: int) -> str:
        return appointing.appoint(session, "new@authority.example", StaffRole.MODERATOR, name="New", by=None).email

    results = together(live, appoint)
    assert results.count("AlreadyAppointed") == TOGETHER - 1


def test_of_many_who_enter_one_organisation_at_once_one_does(live: Database) -> None:
    with live.transaction() as session:
        moderators = [factories.make_staff(session, StaffRole.MODERATOR).id for _ in range(TOGETHER)]

    def enrol(session: Session, number: int) -> str:
        return enrolling.enrol(
            session, name="New Games" if number % 2 else "NEW GAMES", type_code="online-games",
            constituency=Constituency.ONLINE_SERVICES, size_band="", nation="", likely_used_by_children="",
            lead_email="lead@newgames.example", by=session.get_one(Person, moderators[number]),
        ).slug  # fmt: skip

    results = together(live, enrol)
    assert results.count("NameTaken") == TOGETHER - 1


def test_of_many_organisations_that_are_given_one_name_at_once_one_gets_it(live: Database) -> None:
    with live.transaction() as session:
        ids = [factories.make_organisation(session).id for _ in range(TOGETHER)]

    def correct(session: Session, number: int) -> None:
        enrolling.correct(
            session, session.get_one(Organisation, ids[number]), name="New Games", type_code="online-games",
            constituency=Constituency.ONLINE_SERVICES, size_band="", nation="", likely_used_by_children="",
            by=staff(session),
        )  # fmt: skip

    results = together(live, correct)
    assert results.count("NameTaken") == TOGETHER - 1


def test_a_specialist_who_accepts_the_terms_twice_at_once_has_accepted_once(live: Database) -> None:
    together(live, lambda session, _: terms.accept(session, staff(session), None))
    with live.session() as session:
        assert len(session.exec(select(TermsAcceptance)).all()) == 1
