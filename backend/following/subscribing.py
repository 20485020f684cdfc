"""Following something, and not following it any more."""

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.comments.models import Comment
from backend.core import db
from backend.following import queries
from backend.following.models import Subscription
from backend.following.queries import Followable
from backend.people.models import Person
from backend.releases.models import Entry, Framework


def follow(session: Session, person: Person, thing: Followable) -> None:
    """From now on the person is told what a release does to this. Following twice is following once."""
    wanted = Subscription(
        person_id=person.id,
        target=queries.target(thing),
        framework_id=thing.id if isinstance(thing, Framework) else None,
        entry_id=thing.id if isinstance(thing, Entry) else None,
        comment_id=thing.id if isinstance(thing, Comment) else None,
    )
    db.add_once(session, wanted, "person_id", "target")


def stop(session: Session, person: Person, thing: Followable) -> None:
    """The person follows this no more; who did not follow it still does not."""
    mine = (col(Subscription.person_id) == person.id, col(Subscription.target) == queries.target(thing))
    session.execute(delete(Subscription).where(*mine))


def stop_everything(session: Session, person: Person) -> None:
    """The person follows nothing any more, and nothing is left of what they followed."""
    session.execute(delete(Subscription).where(col(Subscription.person_id) == person.id))
