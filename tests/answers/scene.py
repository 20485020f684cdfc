"""A round that has closed, the points sent in it, and the draft that answers them."""

from sqlmodel import Session

from backend.answers import deciding
from backend.answers.models import Decision, Outcome
from backend.comments.models import Comment, Kind, State
from backend.people.models import Person
from backend.publishing import publish
from backend.releases import queries as release_queries
from backend.releases import revising
from backend.releases.models import Framework, Release, Round
from tests import factories


class Scene:
    """A closed round with points from one organisation, and the draft that answers them."""

    def __init__(self, session: Session, *, points: int = 1, closed: bool = True) -> None:
        self.session = session
        self.framework: Framework = factories.make_framework(session)
        self.round: Round = factories.make_round(
            session, self.framework, opened_days_ago=30, closes_in_days=-1 if closed else 10
        )
        self.organisation = factories.make_organisation(session, name="Brightplay")
        self.author: Person = factories.make_member(session, self.organisation)
        self.submission = factories.make_submission(session, self.round, organisation=self.organisation)
        self.entry = release_queries.entry(session, "CCHF-01")
        self.comments: list[Comment] = [
            factories.make_comment(
                session, self.submission, self.author, entry=self.entry, kind=Kind.EVIDENCE, state=State.PUBLISHED,
                body=f"Point number {number}.",
            )
            for number in range(points)
        ]  # fmt: skip
        self.draft: Release = factories.make_draft(session, self.framework)
        self.staff: Person = factories.make_staff(session)

    @property
    def comment(self) -> Comment:
        """The first point."""
        return self.comments[0]

    def decide(self, outcome: Outcome = Outcome.NOT_CHANGED, **facts: object) -> Decision:
        """Draft a decision on the first point."""
        return deciding.decide(
            self.session, self.comment,
            **{"outcome": outcome, "reason": "Because.", "release": self.draft, "by": self.staff, **facts},  # type: ignore[arg-type]
        )  # fmt: skip

    def change(self, code: str = "CCHF-01", because: str = "Clearer.") -> None:
        """Change the title of an entry in the draft."""
        entry = release_queries.entry(self.session, code)
        line = release_queries.find_line(self.session, self.draft, entry)
        assert line
        content = line.revision.content.with_field("title", f"New title of {code}")
        revising.revise(self.session, self.draft, entry, content, seen=line.revision, by=self.staff, because=because)

    def publish(self) -> None:
        """Settle and publish the draft, saying in the introduction what is new."""
        self.draft.introduction = "Answers to the first round."
        deciding.make_final(self.session, self.draft, self.staff)
        publish.publish(self.session, self.draft, self.staff)
        self.session.commit()
