"""A believable pilot in the middle of its second round, told by the rules themselves, at the times it happened."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, select

from backend.answers import answering, deciding
from backend.answers.models import Answer, Outcome
from backend.comments.models import Comment
from backend.core import clock
from backend.following import round_news
from backend.people.models import Person
from backend.publishing import publish
from backend.releases import queries, revising, rounds
from backend.releases.content import EntryContent
from backend.releases.models import Framework, Release
from backend.suggestions import merging
from backend.suggestions.models import Suggestion
from seed import complaints, informing, interest, loading, workshops
from seed.cast import MODERATOR, RELEASER, Cast, gather
from seed.hearing import Hearing

ROUND_TEXTS = ("title", "use_statement", "can_change", "cannot_change")
STORY = Path(__file__).parent / "content" / "demo.yaml"


def fill(session: Session) -> list[str]:
    """Tell the whole story into a migrated database, once; says what was done, in lines."""
    lines = loading.load(session)
    if session.exec(select(Person.id).where(Person.email == MODERATOR)).first() is not None:
        return [*lines, "The demonstration is there already."]
    facts: dict[str, Any] = yaml.safe_load(STORY.read_text(encoding="utf-8"))
    teller = Teller(session, gather(session, facts))
    teller.hold_round(facts["first_round"], facts["ratings"]["first_round"])
    teller.answer_first_round(facts)
    teller.hold_round(facts["open_round"], facts["ratings"]["open_round"])
    teller.begin_next_release(facts["draft_0_3"])
    informing.inform(teller.cast)
    complaints.tell(session, facts["complaints"])
    workshops.tell(teller.cast)
    lines.append(interest.tell(session, by=teller.cast.person(MODERATOR)))
    return [*lines, f"Demonstration: {len(teller.points)} points in two rounds, releases 0.1 and 0.2, a draft of 0.3."]


class Teller:
    """Knows what has been told so far: the points by the names that they have in the story."""

    def __init__(self, session: Session, cast: Cast) -> None:
        self.session = session
        self.cast = cast
        self.points: dict[str, Comment] = {}
        self.welsh = loading.Welsh.read(loading.CONTENT / "welsh.yaml")
        self.framework: Framework = queries.consulted_framework(session)
        self.midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def hold_round(self, facts: dict[str, Any], ratings: dict[str, Any]) -> None:
        """Open a round, and hear everyone."""
        with clock.at(self._day(facts["opens"])):
            round_ = rounds.open_round(
                self.session,
                queries.release(self.session, self.framework, facts["release"]),
                title=facts["title"],
                opens_at=clock.now(),
                closes_at=self._day(facts["closes"], hours=17),
                use_statement=facts["use_statement"],
                can_change=facts["can_change"],
                cannot_change=facts["cannot_change"],
                questions=[(asked["code"], asked["prompt"], asked["hint"]) for asked in facts["questions"]],
                by=self.cast.person(RELEASER),
            )
            round_news.tell(self.session)
        round_.welsh = self.welsh.of(**{name: facts[name] for name in ROUND_TEXTS})
        for asked in round_.questions:
            asked.welsh = self.welsh.of(prompt=asked.prompt, hint=asked.hint)
        hearing = Hearing(self.cast, round_, self.points, self._day, self._value)
        hearing.hold(facts["points"] + ratings["reasons"], ratings, facts.get("panels", {}))

    def answer_first_round(self, facts: dict[str, Any]) -> None:
        """Draft 0.2, answer every point of the first round, and publish."""
        told = facts["release_0_2"]
        first = facts["first_round"]
        by = self.cast.person(RELEASER)
        with clock.at(self._day(first["closes"], hours=48)):
            draft = revising.open_draft(self.session, self.framework, number=told["number"], title=told["title"], by=by)
            draft.introduction = told["introduction"]
            draft.welsh = self.welsh.of(title=told["title"], introduction=told["introduction"])
            self._change(draft, told["changes"])
            for added in told["added"]:
                content = EntryContent(title=added["title"], sections=added["sections"], terms=added["terms"])
                revision = revising.add_entry(
                    self.session, draft, code=added["code"], content=content, by=by, because=added["because"]
                )
                merging.note_causes(self.session, revision, self._comments(added["caused_by"]), fields=content.fields())
            for retired in told["retired"]:
                revising.retire(
                    self.session,
                    draft,
                    queries.entry(self.session, retired["entry"]),
                    because=retired["because"],
                    superseded_by=queries.entry(self.session, retired["superseded_by"]),
                    by=by,
                )
            decisions = [
                {"point": point["id"], **point["decision"]}
                for point in first["points"] + facts["ratings"]["first_round"]["reasons"]
            ]
            self._answer(draft, facts["answers_0_2"], decisions)
        with clock.at(self._day(told["published"])):
            deciding.make_final(self.session, draft, by)
            publish.publish(self.session, draft, by)

    def begin_next_release(self, facts: dict[str, Any]) -> None:
        """Leave the draft of 0.3 in the middle of the work, with one suggestion that conflicts with it."""
        by = self.cast.person(RELEASER)
        with clock.at(self._day(-3)):
            draft = revising.open_draft(
                self.session, self.framework, number=facts["number"], title=facts["title"], by=by
            )
            self._change(draft, facts["edits"])
            for name in facts["accepted_suggestions"]:
                suggestion = self.session.get_one(Suggestion, self.points[name].id)
                merging.accept(self.session, suggestion, into=draft, by=by)
            self._answer(draft, facts["answers"], facts["decisions"])

    def _day(self, days: int, hours: int = 9) -> datetime:
        """So many days from the day on which the story is told, and so many hours after midnight."""
        return self.midnight + timedelta(days=days, hours=hours)

    def _change(self, draft: Release, changes: Iterable[dict[str, Any]]) -> None:
        for change in changes:
            entry = queries.entry(self.session, change["entry"])
            line = queries.find_line(self.session, draft, entry)
            assert line
            value = self._value(draft, entry.code, change)
            revision = revising.revise(
                self.session, draft, entry, line.revision.content.with_field(change["field"], value),
                seen=line.revision, by=self.cast.person(RELEASER), because=change["because"],
            )  # fmt: skip
            merging.note_causes(self.session, revision, self._comments(change["caused_by"]), fields=[change["field"]])

    def _value(self, release: Release, code: str, change: dict[str, Any]) -> str | tuple[str, ...]:
        """The new value of a field: a text, or the terms that stand with some added and some removed."""
        if "text" in change:
            return str(change["text"])
        line = queries.find_line(self.session, release, queries.entry(self.session, code))
        assert line
        terms = set(line.revision.content.value(change["field"]))
        return tuple((terms | set(change.get("add", []))) - set(change.get("remove", [])))

    def _answer(self, draft: Release, answers: Iterable[dict[str, Any]], decisions: Iterable[dict[str, Any]]) -> None:
        by = self.cast.person(RELEASER)
        written: dict[str, Answer] = {}
        for told in answers:
            written[told["id"]] = answering.write(
                self.session, draft, title=told["title"], you_said=told["you_said"], we_did=told["we_did"],
                outcome=_outcome(told["outcome"]), by=by,
            )  # fmt: skip
            written[told["id"]].welsh = self.welsh.of(**{name: told[name] for name in ("title", "you_said", "we_did")})
        for decided in decisions:
            place = decided.get("links", [{}])[0]
            deciding.decide(
                self.session,
                self.points[decided["point"]],
                outcome=_outcome(decided["outcome"]),
                reason=decided["because"],
                release=draft,
                by=by,
                answer=written[decided["answer"]] if decided.get("answer") else None,
                entry=queries.entry(self.session, place["entry"]) if place else None,
                field=place.get("field"),
            )

    def _comments(self, names: Iterable[str]) -> list[Comment]:
        return [self.points[name] for name in names]


def _outcome(told: str) -> Outcome:
    return Outcome(told.replace("-", " "))
