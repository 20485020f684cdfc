"""The Welsh of what staff write beside entries: of a framework and its questions, a round, a release, an answer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from backend.answers.models import Answer
from backend.audit import log
from backend.core import db, tokens
from backend.core.bilingual import Bilingual
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import gettext, mark
from backend.people.models import Person
from backend.releases import activity
from backend.releases.models import Framework, Release, Round


class Kind(StrEnum):
    """What has texts of its own."""

    FRAMEWORK = "framework"
    ROUND = "round"
    RELEASE = "release"
    ANSWER = "answer"


class WelshMovedOn(Refusal):
    """Somebody else has saved some of it, or changed the English, since it was read."""

    title = mark("The texts have changed")
    words = mark("Somebody else has changed these texts since you opened the page. What you wrote stands below.")


@dataclass(frozen=True)
class Text:
    """One text that readers see, in English, with the Welsh that stands beside it."""

    row: Bilingual
    name: str
    label: str
    english: str
    is_long: bool = False

    @property
    def welsh(self) -> str:
        """The Welsh, or nothing."""
        return self.row.welsh.get(self.name, "")


def thing(session: Session, kind: Kind, number: int) -> Bilingual:
    """The framework, round, release or answer with this number. Raises NotFound."""
    tables: dict[Kind, type[Bilingual]] = {
        Kind.FRAMEWORK: Framework, Kind.ROUND: Round, Kind.RELEASE: Release, Kind.ANSWER: Answer,
    }  # fmt: skip
    found: Bilingual | None = session.get(tables[kind], number)
    if found is None:
        raise NotFound()
    return found


def texts(row: Bilingual) -> list[Text]:
    """Every text of it that has words, in the order of the page."""
    of: dict[type[Any], Callable[[Any], Iterator[Text]]] = {
        Framework: _of_framework, Round: _of_round, Release: _of_release, Answer: _of_answer,
    }  # fmt: skip
    return [each for each in of[type(row)](row) if each.english.strip()]


def missing(row: Bilingual) -> int:
    """How many of its texts have no Welsh."""
    return sum(not each.welsh for each in texts(row))


def version(row: Bilingual) -> str:
    """A digest of all its texts in both languages, so that nobody overwrites what they have not seen."""
    return tokens.digest(tokens.canonical([[each.english, each.welsh] for each in texts(row)]))


def save(session: Session, row: Bilingual, words: Mapping[int, str], *, seen: str, by: Person) -> None:
    """Keep the Welsh of each text, by its place in the list; an empty one takes it away. Raises WelshMovedOn."""
    db.lock(session, row, key_share=True)
    listed = texts(row)
    if version(row) != seen:
        raise WelshMovedOn()
    for place, text in enumerate(listed):
        kept = {name: welsh for name, welsh in text.row.welsh.items() if name != text.name}
        text.row.welsh = {**kept, text.name: words[place]} if words.get(place) else kept
        session.add(text.row)
    session.flush()
    activity.framework_changed(session, framework_of(row))
    subject = f"{type(row).__name__.lower()} {row.id}"  # type: ignore[attr-defined]
    log.record(session, "welsh written", subject, by=by, digest=version(row))


def ask_for_it(session: Session, framework: Framework, *, asked: bool, by: Person) -> None:
    """From now on a release is published only once all of it has its Welsh; or without."""
    framework.asks_for_welsh = asked
    session.add(framework)
    log.record(session, "welsh asked for", f"framework {framework.slug}", by=by, asked=asked)


def framework_of(row: Bilingual) -> Framework:
    """The framework that it belongs to."""
    if isinstance(row, Framework):
        return row
    release = row if isinstance(row, Release) else row.release  # type: ignore[attr-defined]
    return release.framework


def _of_framework(framework: Framework) -> Iterator[Text]:
    yield Text(framework, "title", gettext("Title"), framework.title)
    yield Text(framework, "summary", gettext("Summary"), framework.summary, is_long=True)
    yield Text(framework, "notice", gettext("Notice"), framework.notice, is_long=True)
    for section in framework.sections:
        yield Text(framework, f"section:{section['key']}", gettext("Section"), section["label"])
    for ground in framework.grounds:
        yield Text(framework, f"ground:{ground['code']}", gettext("What a rating may rest on"), ground["label"])
    for criterion in framework.criteria:
        yield Text(criterion, "label", gettext("Criterion"), criterion.label)
        yield Text(criterion, "prompt", gettext("What is asked"), criterion.prompt)


def _of_round(round_: Round) -> Iterator[Text]:
    yield Text(round_, "title", gettext("Title"), round_.title)
    yield Text(round_, "use_statement", gettext("How we may use it"), round_.use_statement, is_long=True)
    yield Text(round_, "can_change", gettext("What can change"), round_.can_change, is_long=True)
    yield Text(round_, "cannot_change", gettext("What cannot change"), round_.cannot_change, is_long=True)
    yield Text(round_, "times_changed_because", gettext("Why its times changed"), round_.times_changed_because)
    for question in round_.questions:
        yield Text(question, "prompt", gettext("Question"), question.prompt)
        yield Text(question, "hint", gettext("Hint"), question.hint)


def _of_release(release: Release) -> Iterator[Text]:
    yield Text(release, "title", gettext("Title"), release.title)
    yield Text(release, "introduction", gettext("Introduction"), release.introduction, is_long=True)


def _of_answer(answer: Answer) -> Iterator[Text]:
    yield Text(answer, "title", gettext("Title"), answer.title)
    yield Text(answer, "you_said", gettext("You said"), answer.you_said, is_long=True)
    yield Text(answer, "we_did", gettext("We did"), answer.we_did, is_long=True)
