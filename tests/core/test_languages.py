"""Two languages: the switch keeps the place and what was typed, mail comes in one's own, and no message is missing."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.util import pathmatch
from sqlmodel import Session, func, select

from backend.audit.models import AuditEvent
from backend.core import cookies, i18n
from backend.notifications.models import OutboxMessage
from backend.people.models import Person, Standing
from tests import factories
from tests.accounts.mailbox import link_in
from tests.browsing import Visitor
from tests.test_every_route import READING, make_world, named, permission_of

ROOT = Path(__file__).parents[2]
SOURCES = [("backend/**.py", "python"), ("templates/**.*", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None, "later": None}
FILLED_IN = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
WELSH_PLURALS = 5


def said(message: str) -> str:
    """The message in Welsh."""
    with i18n.speaking("cy"):
        return i18n.gettext(message)


def messages() -> Iterator[tuple[str, ...]]:
    """Every message of the source, a plural one as its two forms."""
    for folder in ("backend", "templates"):
        methods = [(pattern.partition("/")[2], method) for pattern, method in SOURCES if pattern.startswith(folder)]
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, methods, keywords=KEYWORDS):
            yield tuple(message) if isinstance(message, (tuple, list)) else (message,)


@pytest.fixture(scope="module")
def welsh() -> Catalog:
    with (i18n.TRANSLATIONS / "cy.po").open("rb") as file:
        return read_po(file, locale="cy")


def forms_of(found: Message) -> tuple[str, ...]:
    """Its Welsh, in as many forms as it has."""
    return tuple(found.string) if isinstance(found.string, (tuple, list)) else (found.string,)


def test_every_message_has_its_welsh_in_all_plural_forms(welsh: Catalog) -> None:
    problems = []
    for message in set(messages()):
        found = welsh.get(message[0])
        forms = forms_of(found) if found else ()
        if not forms or not all(form.strip() for form in forms):
            problems.append(f"missing: {message}")
        elif len(message) == 2 and len(forms) != WELSH_PLURALS:
            problems.append(f"not all plural forms: {message}")
        elif any(
            sorted(FILLED_IN.findall(form)) not in [sorted(FILLED_IN.findall(each)) for each in message]
            for form in forms
        ):
            problems.append(f"other things are filled in: {message}")
    assert not problems, "run `make messages` and translate: " + "\n".join(problems)


def test_no_message_is_left_that_the_source_does_not_say(welsh: Catalog) -> None:
    known = {message[0] for message in messages()}
    kept = {found.id[0] if isinstance(found.id, tuple) else found.id for found in welsh if found.id}
    assert not kept - known, "run `make messages`"
    assert pathmatch("backend/**.py", "backend/core/i18n.py"), "the patterns are those of pyproject.toml"


def test_the_switch_keeps_the_place_and_the_browser_the_language(visitor: Visitor, session: Session) -> None:
    factories.make_framework(session)
    session.commit()
    visitor.get("/frameworks/harms?q=harm").press("Cymraeg")
    assert visitor.path == "/frameworks/harms?q=harm"
    assert visitor.page.get("lang") == "cy"
    assert said("Frameworks") in visitor.page.text_content()
    assert (
        said("The wording in this language is a draft, to be checked by a translator.") in visitor.page.text_content()
    )
    visitor.get("/take-part").press("English")
    assert visitor.path == "/take-part" and visitor.page.get("lang") == "en"


@pytest.mark.parametrize("next_", ["https://evil.test/", "//evil.test", "/\\evil.test"])
def test_the_switch_leads_to_no_other_site(visitor: Visitor, next_: str) -> None:
    response = visitor.client.post(
        "/language", data={"to": "cy", "next": next_}, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False
    )
    assert response.headers["location"] == "/"


def test_a_language_that_there_is_not_changes_nothing(visitor: Visitor) -> None:
    visitor.post("/language", {"to": "tlh", "next": "/"})
    assert visitor.status == 404
    visitor.client.cookies.set(cookies.LANGUAGE.name, "../../etc", domain="testserver.local")
    assert visitor.get("/sign-in").page.get("lang") == "en"


def test_what_was_typed_is_kept_and_nothing_is_sent(visitor: Visitor, session: Session) -> None:
    factories.make_round(session, factories.make_framework(session))
    member = factories.make_member(session)
    visitor.sign_in(session, member).get("/frameworks/harms/entries/CCHF-01/comment")
    visitor.press("Cymraeg", body="Half a thought, and", kind="evidence")
    assert visitor.status == 200 and visitor.page.get("lang") == "cy"
    assert visitor.page.xpath("//textarea[@name='body']")[0].text.strip() == "Half a thought, and"
    assert visitor.page.xpath("//input[@name='kind'][@value='evidence']/@checked")
    assert not visitor.page.find_class("govuk-error-summary")
    visitor.get("/my-panel")
    assert visitor.page.get("lang") == "cy", "the browser keeps the language that was asked for on the form"
    session.expire_all()
    assert session.get_one(Person, member.id).language == "cy"


def test_no_form_does_anything_when_only_the_language_is_changed(visitor: Visitor, session: Session) -> None:
    world = make_world(session)
    problems = []
    for route in READING:
        person = world.allowed(permission_of(route))
        visitor.client.cookies.clear()
        if person:
            visitor.sign_in(session, person)
        visitor.get(world.address(route))
        if not visitor.response.headers.get("content-type", "").startswith("text/html"):
            continue
        if not visitor.page.xpath("//form[@id='form']"):
            continue
        before = session.exec(select(func.count()).select_from(AuditEvent)).one()
        visitor.press("Cymraeg")
        session.commit()
        if visitor.status != 200 or visitor.page.get("lang") != "cy":
            problems.append(f"{named(route)}: {visitor.status} in {visitor.page.get('lang')}")
        if session.exec(select(func.count()).select_from(AuditEvent)).one() != before:
            problems.append(f"{named(route)}: something was done")
    assert not problems, "\n".join(problems)


def test_signing_in_goes_on_in_the_language_that_was_chosen_before(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session)
    visitor.client.cookies.set(cookies.LANGUAGE.name, "cy", domain="testserver.local")
    sign_in_by_mail(visitor, session, person)
    assert visitor.page.get("lang") == "cy"
    session.refresh(person)
    assert person.language == "cy", "mail comes in it as well"


def test_a_new_browser_learns_the_language_of_whoever_signs_in(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session)
    person.language = "cy"
    sign_in_by_mail(visitor, session, person)
    assert visitor.get("/account").page.get("lang") == "cy"
    visitor.press(said("Sign out"))
    assert visitor.page.get("lang") == "cy", "and keeps it"


def sign_in_by_mail(visitor: Visitor, session: Session, person: Person) -> None:
    """Ask for a link, and use it."""
    email = person.email
    session.commit()
    visitor.get("/sign-in")
    visitor.post("/sign-in", {"email": email})
    session.commit()
    visitor.get(link_in(session.exec(select(OutboxMessage).where(OutboxMessage.kind == "sign-in")).one()))
    visitor.press(said("Sign in") if visitor.page.get("lang") == "cy" else "Sign in")
    assert not visitor.path.startswith("/sign-in"), visitor.path


def test_the_language_of_mail_can_be_chosen(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session)
    visitor.sign_in(session, person).get("/account/emails").press("Save your choice", language="tlh")
    assert visitor.status == 422 and "Select the language of your emails" in visitor.text
    visitor.press("Save your choice", language="cy")
    session.refresh(person)
    assert person.language == "cy" and visitor.page.get("lang") == "en", "the page stays as it was"


def test_mail_comes_in_the_language_of_who_reads_it(visitor: Visitor, session: Session) -> None:
    organisation = factories.make_organisation(session)
    lead = factories.make_member(session, organisation, standing=Standing.LEAD)
    member = factories.make_member(session, organisation)
    member.language = "cy"
    session.add(member)
    place = member.memberships[0]
    visitor.sign_in(session, lead).get("/organisation")
    visitor.post(f"/organisation/people/{place.id}/name-deputy")
    mail = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "standing-changed")).one()
    assert mail.subject == said("Your part in %(organisation)s has changed") % {"organisation": organisation.name}
    assert "Your part in" not in mail.subject
    assert mail.text.startswith(said("Hello,"))
    assert not mail.text.startswith("Hello")
    assert mail.language == "cy"


def test_dates_are_written_in_the_language_of_the_page() -> None:
    with i18n.speaking("cy"):
        assert i18n.day(factories.clock.now().replace(year=2026, month=11, day=27)) == "27 Tachwedd 2026"


def test_plurals_follow_the_rules_of_welsh() -> None:
    forms = ("%(number)s minute", "%(number)s minutes")
    with i18n.speaking("cy"):
        told = [i18n.ngettext(*forms, number) % {"number": number} for number in (1, 2, 3, 6, 7)]
    assert len(set(told)) >= 3 and "minute" not in " ".join(told).split()


def test_times_of_the_day_are_told_as_each_language_tells_them() -> None:
    with i18n.speaking("cy"):
        assert [i18n.time(datetime(2026, 1, 5, hour, 5, tzinfo=UTC)) for hour in (8, 20)] == ["8:05yb", "8:05yh"]
    assert [i18n.time(datetime(2026, 1, 5, hour, 5, tzinfo=UTC)) for hour in (8, 20)] == ["8:05am", "8:05pm"]


def test_twelve_o_clock_is_midday_or_midnight_on_a_uk_clock() -> None:
    told = [i18n.time(datetime(2027, 7, 1, hour, minute, tzinfo=UTC)) for hour, minute in ((11, 0), (23, 0), (11, 30))]
    assert told == ["midday", "midnight", "12:30pm"]
