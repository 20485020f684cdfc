"""An organisation of four in an open round, with drafts, as the tests of signing off need it."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import Session

from backend.comments import drafting
from backend.comments.models import Comment, State
from backend.core import tokens
from backend.people.access import Viewer, viewer_for
from backend.people.models import Organisation, Person, Standing
from backend.ratings import rating
from backend.releases import queries
from backend.releases.models import Entry, Round
from backend.sending import queries as sending_queries
from backend.submissions.models import Submission
from backend.suggestions.models import Suggestion
from tests import factories

JUST_AFTER = timedelta(seconds=1)


@dataclass
class Team:
    """Brightplay: its people, its round, and what it has drafted."""

    round_: Round
    organisation: Organisation
    lead: Person
    deputy: Person
    member: Person
    submission: Submission
    entries: list[Entry]
    drafts: list[Comment] = field(default_factory=list)

    def as_(self, person: Person) -> Viewer:
        """The person as somebody who acts."""
        return viewer_for(person)

    def draft(self, session: Session, body: str = "Say more about autoplay.", *, entry: int = 0, ready: bool = True,
              by: Person | None = None) -> Comment:  # fmt: skip
        """A draft about one of the entries, offered unless told otherwise."""
        author = by or self.member
        comment = factories.make_comment(
            session, self.submission, author, entry=self.entries[entry], body=body, state=State.DRAFT
        )
        if ready:
            drafting.offer(session, comment, by=viewer_for(author))
        self.drafts.append(comment)
        return comment

    def suggest(self, session: Session, words: str = "Other words.", *, entry: int = 0) -> Comment:
        """A drafted suggestion for the description of an entry."""
        comment = factories.make_comment(
            session, self.submission, self.member, entry=self.entries[entry], state=State.DRAFT, section="description",
            replacement=tokens.canonical(words),
        )  # fmt: skip
        assert comment.revision_id
        session.add(
            Suggestion(comment_id=comment.id, base_revision_id=comment.revision_id, field="section:description")
        )
        drafting.offer(session, comment, by=viewer_for(self.member))
        return comment

    def rate(self, session: Session, score: int | None = 4, *, entry: int = 0, by: Person | None = None) -> None:
        """Answer two questions about an entry."""
        line = queries.find_line(session, self.round_.release, self.entries[entry])
        assert line
        scores = {"clarity": score, "likelihood": 2}
        rating.rate(session, self.submission, line.revision, scores, by=by or self.member)

    def keys(self, session: Session) -> list[str]:
        """The keys of all that waits."""
        return [item.key for item in sending_queries.waiting(session, self.submission)]


def make_team(session: Session, *, entries: int = 3, name: str = "Brightplay", round_: Round | None = None) -> Team:
    """A lead, a deputy and a member, who have not sent anything yet."""
    round_ = round_ or factories.make_round(session, factories.make_framework(session, entries=entries))
    organisation = factories.make_organisation(session, name=name)
    people = [
        factories.make_member(session, organisation, standing=standing, name=named)
        for standing, named in (
            (Standing.LEAD, "Lea Lead"), (Standing.DEPUTY, "Dee Deputy"), (Standing.MEMBER, "Mo Member")
        )
    ]  # fmt: skip
    submission = factories.make_submission(session, round_, organisation=organisation)
    submission.first_sent_at = None
    session.add(submission)
    session.flush()
    lines = queries.manifest(session, round_.release)
    lead, deputy, member = people
    return Team(round_, organisation, lead, deputy, member, submission, [line.entry for line in lines])
