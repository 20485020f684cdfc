"""What tests of taking part share: an open round, people who take part, and the public reading along."""

from sqlmodel import Session, col, select

from backend.people.access import Viewer, viewer_for
from backend.people.models import Membership, Person, Standing
from backend.sending import queries as sending_queries
from backend.submissions.models import Submission
from tests.browsing import Visitor
from tests.factories import make_member, make_organisation, sign_everything

HOSTILE = (
    "<script>alert(1)</script> <div data-hx-get=/x data-hx-trigger=load>boo</div> "
    "[click](javascript:alert(1)) <img src=//evil.example/x onerror=alert(1)>"
)


def assert_inert(page: object) -> None:
    """Nothing of the hostile text became markup."""
    main = page.find(".//main")  # type: ignore[attr-defined]
    assert not main.xpath(".//script | .//img | .//iframe")
    assert not [link for link in main.iter("a") if (link.get("href") or "").lower().startswith("javascript")]
    assert not main.xpath(".//*[@data-hx-trigger='load']")
    assert "<script>alert(1)</script>" in main.text_content()


def hidden(visitor: Visitor) -> dict[str, str]:
    """The hidden fields of the form on the page."""
    return {
        field.get("name"): field.get("value") or "" for field in visitor.page.xpath("//main//input[@type='hidden']")
    }


def viewer_of(session: Session, person: Person) -> Viewer:
    """The person as the app sees them."""
    session.refresh(person)
    return viewer_for(person)


def with_members(session: Session, *names: str) -> list[Person]:
    """One member of a new organisation of each name."""
    return [make_member(session, make_organisation(session, name=name)) for name in names]


def sign_off_all(session: Session) -> None:
    """The lead of each organisation signs off all that waits in its feedback."""
    session.expire_all()
    for submission in session.exec(select(Submission).where(col(Submission.organisation_id).is_not(None))):
        if not sending_queries.waiting(session, submission):
            continue
        mine = (Membership.organisation_id == submission.organisation_id, Membership.standing == Standing.LEAD)
        [lead] = session.exec(select(Person).join(Membership).where(*mine)).all()
        sign_everything(session, submission, lead)
    session.commit()
