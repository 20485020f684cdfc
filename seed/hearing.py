"""One round of the demonstration: people write, leads sign off, moderators check, each at the time it happened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from backend.comments import commenting, drafting, moderation
from backend.comments.models import Comment, Kind, State, WithheldBecause
from backend.core import clock
from backend.people.models import Organisation
from backend.ratings import rating
from backend.releases import queries
from backend.releases.models import ReleaseEntry, Round
from backend.sending import queries as sending_queries
from backend.sending import receipts, sending_back, signing_off
from backend.submissions import looking, speaking
from backend.submissions import queries as submission_queries
from backend.submissions.models import PublishAs, SpeakingFor, Submission
from backend.suggestions import suggesting
from seed.cast import MODERATOR, Cast

JUST_NOW = timedelta(minutes=10)
"""What happened last happened so long ago."""

Act = tuple[datetime, Callable[[], None]]


@dataclass(frozen=True)
class Hearing:
    """A round that is open, who is in it, and what they have said, by the names that points have in the story."""

    cast: Cast
    round_: Round
    points: dict[str, Comment]
    day: Callable[..., datetime]
    value: Callable[..., Any]

    def hold(self, said: list[dict[str, Any]], ratings: dict[str, Any], panels: dict[str, list[str]]) -> None:
        """Tell everything that happened in the round, in the order in which it happened."""
        acts = [*self._choosing(panels), *self._rating(ratings), *self._saying(said), *self._sending(said)]
        for at, act in sorted(acts, key=lambda act: act[0]):
            with clock.at(at):
                act()

    def _said_at(self, point: dict[str, Any]) -> datetime:
        return self.day(point["days"]) + timedelta(minutes=7 * (len(point["body"]) % 60))

    def _choosing(self, panels: dict[str, list[str]]) -> Iterator[Act]:
        for voice, codes in panels.items():
            yield self.round_.opens_at + timedelta(hours=4), partial(self._choose, voice, codes)

    def _rating(self, facts: dict[str, Any]) -> Iterator[Act]:
        """Everybody rates on the first day; the leads sign it off on the next."""
        yield self.round_.opens_at + timedelta(hours=5), partial(self._rate, facts)
        for slug in self.cast.leads:
            yield self.round_.opens_at + timedelta(hours=29), partial(self._sign, slug, [])

    def _saying(self, said: list[dict[str, Any]]) -> Iterator[Act]:
        for point in said:
            yield self._said_at(point), partial(self._say, point)

    def _sending(self, said: list[dict[str, Any]]) -> Iterator[Act]:
        """Each organisation signs its points off, in one part or, where there are more, in two; all are checked."""
        for part in self._parts(said):
            organisation, at = self._organisation(part[0]), self._said_at(part[-1])
            if organisation:
                at = min(at + timedelta(hours=2), clock.now() - 3 * JUST_NOW)
                yield at, partial(self._sign, organisation.slug, [point["id"] for point in part])
            for point in part:
                yield min(at + timedelta(days=2), clock.now() - JUST_NOW), partial(self._check, point)

    def _parts(self, said: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """The points that were sent together: a person's own one by one."""
        theirs: dict[str, list[dict[str, Any]]] = {}
        for point in sorted(said, key=self._said_at):
            organisation = self._organisation(point)
            if point["state"] == State.DRAFT:
                continue
            if organisation:
                theirs.setdefault(organisation.slug, []).append(point)
            else:
                yield [point]
        for points in theirs.values():
            half = len(points) // 2
            yield from filter(None, (points[:half], points[half:]))

    def _organisation(self, point: dict[str, Any]) -> Organisation | None:
        is_theirs = speaking.is_for_an_organisation(SpeakingFor(point["speaking_for"]))
        return self.cast.viewer(point["by"]).organisation if is_theirs else None

    def _choose(self, voice: str, codes: list[str]) -> None:
        looking.choose_entries(
            self.cast.session, self._submission(voice), [queries.entry(self.cast.session, code) for code in codes]
        )

    def _say(self, point: dict[str, Any]) -> None:
        session, viewer = self.cast.session, self.cast.viewer(point["by"])
        entry = queries.entry(session, point["entry"]) if point.get("entry") else None
        question = next((asked for asked in self.round_.questions if asked.code == point.get("question")), None)
        how: dict[str, Any] = {
            "body": point["body"].strip(),
            "speaking_for": SpeakingFor(point["speaking_for"]),
            "publish_as": PublishAs(point["publish_as"]),
            "on_behalf_of": point.get("on_behalf_of", ""),
        }
        is_drafted = point["state"] == State.DRAFT or self._organisation(point) is not None
        if suggested := point.get("suggestion"):
            assert entry
            suggest = suggesting.begin if is_drafted else suggesting.suggest
            comment = suggest(
                session, viewer, self.round_, entry=entry, field=suggested["field"],
                value=self.value(self.round_.release, entry.code, suggested), **how,
            )  # fmt: skip
        else:
            say = drafting.begin if is_drafted else commenting.send
            comment = say(
                session, viewer, self.round_, kind=Kind(point["kind"]), entry=entry,
                section=point.get("section"), question=question, **how,
            )  # fmt: skip
        self.points[point["id"]] = comment
        if not is_drafted:
            receipts.for_comment(session, comment)
        elif point["state"] != State.DRAFT or point.get("offered"):
            drafting.offer(session, comment, by=viewer)
        if words := point.get("sent_back"):
            lead = self.cast.viewer(self.cast.leads[viewer.organisation.slug if viewer.organisation else ""])
            sending_back.send_back(session, comment.submission, comment.reference, by=lead, because=words)

    def _check(self, point: dict[str, Any]) -> None:
        session, comment, state = self.cast.session, self.points[point["id"]], State(point["state"])
        moderator = self.cast.person(MODERATOR)
        if state in (State.PUBLISHED, State.KEPT):
            moderation.publish_or_keep(session, comment, moderator)
        elif state is State.WITHHELD:
            moderation.withhold(
                session, comment, by=moderator, because=WithheldBecause(point["withheld_because"]),
                words=point["withheld_words"],
            )  # fmt: skip
        elif state is State.WITHDRAWN:
            organisation = self._organisation(point)
            who = self.cast.leads[organisation.slug] if organisation else point["by"]
            commenting.withdraw(session, comment, by=self.cast.viewer(who))

    def _sign(self, slug: str, names: list[str]) -> None:
        """The lead signs these points, or all ratings where none are named."""
        submission = submission_queries.find_submission(self.cast.session, self.round_, self._voice(slug))
        if submission is None:
            return
        wanted = {self.points[name].reference for name in names}
        items = sending_queries.waiting(self.cast.session, submission)
        keys = [item.key for item in items if (item.comment.reference in wanted if item.comment else not names)]
        if keys:
            lead = self.cast.viewer(self.cast.leads[slug])
            part = signing_off.sign_off(self.cast.session, submission, keys, by=lead)
            receipts.for_sign_off(self.cast.session, part)

    def _rate(self, facts: dict[str, Any]) -> None:
        codes = [criterion.code for criterion in self.round_.release.framework.criteria]
        for told in facts["scores"]:
            entry = queries.entry(self.cast.session, told["entry"])
            line = commenting.line_of(self.cast.session, self.round_, entry)
            for constituency, voices in facts["voices"].items():
                given = {code: told[code][constituency] for code in codes if constituency in told.get(code, {})}
                for place, voice in enumerate(voices):
                    self._rate_one(line, voice, {code: _score(listed[place]) for code, listed in given.items()})

    def _rate_one(self, line: ReleaseEntry, voice: str, scores: dict[str, int | None]) -> None:
        by = self.cast.rater(voice).known
        rating.rate(self.cast.session, self._submission(voice), line.revision, scores, by=by)

    def _submission(self, voice: str) -> Submission:
        """The submission of an organisation, by its slug, or of a specialist, by their address."""
        viewer = self.cast.rater(voice)
        speaking_for = SpeakingFor.ORGANISATION if viewer.organisation else SpeakingFor.SPECIALIST
        return speaking.speak(
            self.cast.session, self.round_, viewer, speaking_for=speaking_for, publish_as=PublishAs.NAMED
        )

    def _voice(self, slug: str) -> str:
        organisation = self.cast.rater(slug).organisation
        return f"organisation:{organisation.id}" if organisation else ""


def _score(told: int | str) -> int | None:
    return None if told == "cannot-say" else int(told)
