"""Nobody checks, decides or merges what they or their organisation said."""

from backend.comments.models import Comment
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person


class OwnContribution(Refusal):
    """The point is the person's own, or their organisation's."""

    status = 403
    title = mark("This point is your own")
    words = mark("Point %(reference)s is yours or your organisation’s. Somebody else has to deal with it.")


def organisations_of(person: Person) -> list[int]:
    """The ids of the organisations that the person belongs to."""
    return [membership.organisation_id for membership in person.memberships if membership.left_at is None]


def is_own(person: Person, comment: Comment) -> bool:
    """Whether the person or their organisation made the point, or the person wrote its words for an event."""
    if comment.submission.event and comment.text.changed_by_id == person.id:
        return True
    return comment.author_id == person.id or comment.submission.organisation_id in organisations_of(person)


def must_be_independent(person: Person, comment: Comment) -> None:
    """Go on only with somebody else's point. Raises OwnContribution."""
    if is_own(person, comment):
        raise OwnContribution(reference=comment.reference)
