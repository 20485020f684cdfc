"""Every word that a mail says by itself is in the language of who reads it, up to its last line and in its headers."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import nodes

from backend.core import i18n, web
from backend.core.config import settings
from backend.core.i18n import later
from backend.notifications import kinds, mailers, outbox
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from tests.test_every_word import LETTERS, SAME, WELSH_DATES, Brackets, unbracketed

KINDS = sorted(kinds.LABELS)
TEMPLATES = sorted(path.name for path in (web.TEMPLATES / "email").iterdir())


class Fact(datetime):
    """Whatever a template asks for: a time, a number, a list, a pair, a thing with all attributes; said in brackets."""

    def __getattr__(self, name: str) -> "Fact":
        if name.startswith("__"):
            raise AttributeError(name)
        return {} if name == "welsh" else FACT  # type: ignore[return-value]

    def __iter__(self) -> Iterator["Fact"]:
        return iter([FACT, FACT])

    def __len__(self) -> int:
        return 2

    def __gt__(self, _: object) -> bool:
        return True

    def __str__(self) -> str:
        return "⟦fact⟧"


FACT = Fact(2026, 11, 27, 12, tzinfo=UTC)
OTHERS: dict[str, object] = {"items": [("⟦fact⟧", "⟦fact⟧")]}
"""Facts that a template does more with than say them."""


def parsed(name: str) -> nodes.Template:
    """What a template of mails is made of."""
    env = web.templates().env
    return env.parse((web.TEMPLATES / "email" / name).read_text())


def facts_of(name: str) -> dict[str, object]:
    """What this template and those that it includes ask for."""
    tree = parsed(name)
    names = {node.name for node in tree.find_all(nodes.Name)} - web.templates().env.globals.keys()
    included = [node.template.value.removeprefix("email/") for node in tree.find_all(nodes.Include)]  # type: ignore[attr-defined]
    found = {name: OTHERS.get(name, FACT) for name in names}
    return found | {name: fact for each in included for name, fact in facts_of(each).items()}


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Welsh is a language of brackets for a while."""
    english = i18n.catalogue
    monkeypatch.setattr(i18n, "catalogue", lambda code: Brackets() if code == "cy" else english(code))


def outside(words: str) -> str:
    """What stands outside brackets and is neither a name nor an address."""
    for known in (settings().service_name, settings().authority_name):
        words = words.replace(known, " ")
    words = WELSH_DATES.sub(" ", SAME.sub(" ", unbracketed(" ".join(words.split()))))
    return words if LETTERS.search(words) else ""


def written(kind: str, language: str) -> OutboxMessage:
    """A mail of this kind to somebody who reads this language, while somebody else's page is in English."""
    person = Person(id=1, email="robin@example.org", name="Robin", language=language)
    message = outbox._message(kind, person.email, person, later("Hello"), "x", facts_of(f"{kind}.txt"))
    message.id = 7
    return message


def parts(message: OutboxMessage) -> tuple[Any, str, str]:
    """The mail as it leaves, its text and its HTML."""
    mail = mailers.as_mail(message)
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert page
    return mail, plain.get_content(), page.get_content()


@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_in_welsh_has_a_word_of_english(kind: str, brackets: None) -> None:
    mail, text, page = parts(written(kind, "cy"))
    assert outside(mail["Subject"]) == ""
    assert outside(text) == ""
    assert outside(re.sub(r"<[^>]*>", " ", page)) == ""
    assert mail["Content-Language"] == "cy"
    assert '<html lang="cy">' in page


@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_in_english_has_a_word_of_another_language(kind: str, brackets: None) -> None:
    with i18n.speaking("cy"):
        mail, text, page = parts(written(kind, "en"))
    assert "⟦" not in text.replace("⟦fact⟧", "")
    assert mail["Content-Language"] == "en"
    assert '<html lang="en">' in page


@pytest.mark.parametrize("name", TEMPLATES)
def test_all_that_is_written_out_in_a_template_can_be_translated(name: str) -> None:
    """Also in the branches that no fact leads to."""
    literal = " ".join(node.data for node in parsed(name).find_all(nodes.TemplateData))
    assert outside(re.sub(r"<[^>]*>", " ", literal)) == ""
