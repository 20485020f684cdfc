"""Data for tests, each function with believable defaults."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from sqlmodel import Session

from backend.comments.models import Comment, CommentText, Draft, Kind, State
from backend.core import clock, tokens
from backend.pages import queries as pages
from backend.pages import writing
from backend.pages.models import Owed, PageVersion
from backend.people.access import viewer_for
from backend.people.models import (
    Appointment,
    Constituency,
    Membership,
    Organisation,
    Person,
    StaffRole,
    Standing,
)
from backend.privacy import complaints
from backend.privacy.models import Complaint
from backend.ratings import rating
from backend.registrations.models import Application, Call, Registration
from backend.releases import queries, revising, rounds
from backend.releases.content import EntryContent
from backend.releases.kinds import Scale
from backend.releases.models import Criterion, Entry, Framework, Release, Revision, Round, Scheme, Term
from backend.sending import queries as sending_queries
from backend.sending import signing_off
from backend.submissions.models import PublishAs, SpeakingFor, Submission
from backend.suggestions.models import Cause
from backend.workshops.models import Place, PlaceState, TableEntry, Workshop, WorkshopSession

SERIAL = count(1)


def make_person(session: Session, *, email: str = "", name: str = "Robin Example", **facts: Any) -> Person:
    """Someone with an account and no role."""
    person = Person(email=email or f"person{next(SERIAL)}@example.org", name=name, **facts)
    session.add(person)
    session.flush()
    return person


def make_staff(session: Session, *roles: StaffRole) -> Person:
    """A member of staff; a moderator and releaser unless told otherwise."""
    person = make_person(session, email=f"staff{next(SERIAL)}@authority.example", name="Sam Staff")
    for role in roles or (StaffRole.MODERATOR, StaffRole.RELEASER):
        session.add(Appointment(person_id=person.id, role=role))
    session.flush()
    return person


def make_specialist(session: Session, *, name: str = "Dr Ana Specialist") -> Person:
    """An independent specialist."""
    return make_person(
        session, name=name, expertise="Child development", type_code="academia", constituency=Constituency.SPECIALISTS
    )


def make_organisation(
    session: Session,
    *,
    name: str = "",
    type_code: str = "online-games",
    constituency: Constituency = Constituency.ONLINE_SERVICES,
) -> Organisation:
    """An organisation without people."""
    number = next(SERIAL)
    organisation = Organisation(
        slug=f"organisation-{number}",
        name=name or f"Organisation {number}",
        type_code=type_code,
        constituency=constituency,
    )
    session.add(organisation)
    session.flush()
    return organisation


def make_member(
    session: Session,
    organisation: Organisation | None = None,
    *,
    standing: Standing = Standing.MEMBER,
    name: str = "Mo Member",
) -> Person:
    """Someone who takes part for an organisation."""
    organisation = organisation or make_organisation(session)
    person = make_person(session, name=name)
    session.add(Membership(organisation_id=organisation.id, person_id=person.id, standing=standing))
    session.flush()
    session.refresh(person)
    return person


def make_framework(
    session: Session, *, entries: int = 3, slug: str = "harms", prefix: str = "CCHF", is_reference: bool = False
) -> Framework:
    """A framework with a published release 0.1."""
    for scheme, codes in {"code-standards": "1 2 5 7 12", "uncrc-articles": "3 6 16 17"}.items():
        make_scheme(session, scheme, codes.split())
    framework = Framework(
        slug=slug,
        title=f"{slug.capitalize()} framework",
        code_prefix=prefix,
        summary="What can go wrong, and what helps.",
        notice="Illustrative draft.",
        is_reference=is_reference,
        sections=[
            {"key": "description", "label": "Description"},
            {"key": "mitigations", "label": "Mitigations"},
        ],
        schemes=["code-standards", "uncrc-articles"],
        grounds=[{"code": "research", "label": "Research"}, {"code": "own-data", "label": "Our own data"}],
    )
    session.add(framework)
    session.flush()
    criteria = [("clarity", Scale.AGREEMENT, True, "words"), ("standards-mapping", Scale.AGREEMENT, False, "links"),
                ("likelihood", Scale.LIKELIHOOD, False, "words")]  # fmt: skip
    for position, (code, scale, is_core, about) in enumerate(criteria, start=1):
        label = code.replace("-", " ").capitalize()
        session.add(Criterion(framework_id=framework.id, code=code, label=label, prompt=f"{label}: do you agree?",
                              scale=scale, is_core=is_core, about=about, position=position))  # fmt: skip
    session.flush()
    release = revising.open_draft(session, framework, number="0.1", title="Beta", by=None)
    for number in range(1, entries + 1):
        revising.add_entry(
            session,
            release,
            code=f"{prefix}-{number:02}",
            content=make_content(number),
            by=None,
            because="First version",
        )
    revising.freeze(session, release, by=None)
    session.flush()
    return framework


def make_scheme(session: Session, slug: str, codes: Iterable[str]) -> Scheme:
    """A scheme with these terms."""
    title = slug.replace("-", " ").capitalize()
    scheme = Scheme(slug=slug, title=title, term_title=title.removesuffix("s"))
    session.add(scheme)
    session.flush()
    for position, code in enumerate(codes):
        session.add(Term(scheme_id=scheme.id, code=code, label=f"{title} {code}", position=position))
    session.flush()
    return scheme


def make_content(number: int = 1, **fields: Any) -> EntryContent:
    """The content of an entry; the number makes it differ from others."""
    return EntryContent(**{
        "title": f"Harm number {number}",
        "sections": {
            "description": f"A service shares what harm {number} needs.\n\nIt starts switched on.",
            "mitigations": "- Keep it off by default\n- Show a clear sign",
        },
        "terms": {"code-standards": ("2", "7"), "uncrc-articles": ("6", "16")},
        **fields,
    })  # fmt: skip


def make_draft(session: Session, framework: Framework, number: str = "0.2") -> Release:
    """The next draft release."""
    return revising.open_draft(session, framework, number=number, title="Next", by=None)


def make_round(session: Session, framework: Framework, *, opened_days_ago: int = 7, closes_in_days: int = 14) -> Round:
    """A round on the current release, open unless told otherwise."""
    return rounds.open_round(
        session,
        queries.current_release(session, framework),
        title="First round",
        opens_at=clock.now() - timedelta(days=opened_days_ago),
        closes_at=clock.now() + timedelta(days=closes_in_days),
        use_statement="We read every point.",
        can_change="The words of entries.",
        cannot_change="The code itself.",
        questions=[("missing", "Which harms are missing?", "Name one or two.")],
        by=None,
    )


def make_workshop(
    session: Session, *, in_days: float = 14, sessions: int = 1, entries: Iterable[Entry] = (), **facts: Any
) -> Workshop:
    """A workshop two weeks from now unless told otherwise, whose sessions have been recorded."""
    starts_at = (clock.now() + timedelta(days=in_days)).replace(microsecond=0)
    known = {"title": "Location and nudges", "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2), **facts}
    workshop = Workshop(slug=f"workshop-{next(SERIAL)}", **known)
    session.add(workshop)
    session.flush()
    for number in range(1, sessions + 1):
        session.add(WorkshopSession(workshop_id=workshop.id, number=number, title=f"Talk {number}",
                                    speaker="Kim Speaker", duration="PT8M45S", video_id="abcdefghijk"))  # fmt: skip
    for position, entry in enumerate(entries):
        session.add(TableEntry(workshop_id=workshop.id, entry_id=entry.id, position=position))
    session.flush()
    return workshop


def make_place(session: Session, workshop: Workshop, person: Person | None = None, **facts: Any) -> Place:
    """Somebody's place, booked with an account."""
    person = person or make_person(session)
    known = {"state": PlaceState.BOOKED, "number": 1, "wording": "1", "link_seed": tokens.secret(), **facts}
    place = Place(
        workshop_id=workshop.id, person_id=person.id, name=person.name, email=person.email,
        link_digest=tokens.secret(), **known,
    )  # fmt: skip
    session.add(place)
    session.flush()
    return place


def make_submission(
    session: Session,
    round_: Round,
    *,
    organisation: Organisation | None = None,
    person: Person | None = None,
    publish_as: PublishAs = PublishAs.NAMED,
) -> Submission:
    """The submission of an organisation, or of a specialist, of which something was sent."""
    submission = Submission(
        reference=tokens.reference(),
        round_id=round_.id,
        voice=f"organisation:{organisation.id}" if organisation else f"person:{person and person.id}",
        organisation_id=organisation.id if organisation else None,
        person_id=person.id if person else None,
        speaking_for=SpeakingFor.ORGANISATION if organisation else SpeakingFor.SPECIALIST,
        publish_as=publish_as,
        first_sent_at=clock.now(),
    )
    session.add(submission)
    session.flush()
    return submission


def make_comment(
    session: Session,
    submission: Submission,
    author: Person,
    *,
    entry: Entry | None = None,
    body: str = "Say more about autoplay.",
    kind: Kind = Kind.MISSING_ACTIVITY,
    state: State = State.HELD,
    section: str | None = None,
    replacement: str | None = None,
) -> Comment:
    """A comment on an entry as it is in the round's release, or on the framework as a whole; sent, or a draft."""
    is_draft = state is State.DRAFT
    line = queries.find_line(session, submission.round.release, entry) if entry else None
    digest = tokens.digest(tokens.canonical({"body": body, "replacement": replacement}))
    comment = Comment(
        reference=tokens.reference(),
        form_token=tokens.secret(),
        round_id=submission.round_id,
        submission_id=submission.id,
        author_id=author.id,
        entry_id=entry.id if entry else None,
        revision_id=line.revision_id if line else None,
        section=section,
        kind=kind,
        state=state,
        speaking_for=submission.speaking_for,
        publish_as=submission.publish_as,
        digest=digest,
        text_number=0 if is_draft else 1,
        sent_at=None if is_draft else clock.now(),
    )
    session.add(comment)
    session.flush()
    words: dict[str, Any] = {"comment_id": comment.id, "body": body, "replacement": replacement, "digest": digest}
    said = {name: getattr(comment, name) for name in ("kind", "speaking_for", "on_behalf_of", "publish_as")}
    session.add(Draft(**words, saved_by_id=author.id) if is_draft else CommentText(**words, **said, number=1))
    session.flush()
    return comment


def make_page(session: Session, page: Owed = Owed.PRIVACY, **facts: Any) -> PageVersion:
    """The next version of a page that is owed, from now on."""
    seen = len(pages.versions(session, page))
    words = {
        "title": "Privacy notice", "body": "What we do.", "because": "The law has changed.",
        "welsh_title": "Hysbysiad preifatrwydd", "welsh_body": "Yr hyn a wnawn.",
        "welsh_because": "Mae’r gyfraith wedi newid.",
    }  # fmt: skip
    words |= {name: facts.pop(name) for name in words.keys() & facts.keys()}
    return writing.write(
        session, page, writing.Words(**words), **{"holds_from": None, "by": None, "seen": seen, **facts}
    )


def make_complaint(session: Session, *, form: str = "", **said: Any) -> Complaint:
    """A complaint that has just been made."""
    words = {"name": "Casey Complainant", "email": "casey@example.org", "went_wrong": "You published my name."}
    return complaints.make(session, complaints.Said(**{**words, **said}), form=form or f"form {next(SERIAL)}")


def make_cause(session: Session, revision: Revision, comment: Comment, field: str) -> Cause:
    """This comment led to this change."""
    cause = Cause(revision_id=revision.id, comment_id=comment.id, field=field)
    session.add(cause)
    session.flush()
    return cause


def make_ratings(
    session: Session,
    round_: Round,
    entry: Entry,
    scores: Iterable[int | None],
    *,
    criterion: str = "clarity",
    constituency: Constituency = Constituency.ONLINE_SERVICES,
) -> None:
    """One signed rating of the entry by each of as many new organisations as scores; None is `cannot say`."""
    line = queries.find_line(session, round_.release, entry)
    assert line
    for score in scores:
        organisation = make_organisation(session, constituency=constituency)
        submission = make_submission(session, round_, organisation=organisation)
        lead = make_member(session, organisation, standing=Standing.LEAD)
        rating.rate(session, submission, line.revision, {criterion: score}, by=lead)
        sign_everything(session, submission, lead)


def sign_everything(session: Session, submission: Submission, lead: Person) -> None:
    """Sign off all that waits, as this lead."""
    keys = [item.key for item in sending_queries.waiting(session, submission)]
    signing_off.sign_off(session, submission, keys, by=viewer_for(lead))


def make_application(
    session: Session,
    call: Call,
    *,
    name: str = "Ada Example",
    type_code: str = "online-games",
    second_to: Application | None = None,
    **facts: Any,
) -> Application:
    """A confirmed application to the call."""
    registration = Registration(
        email=f"applicant{next(SERIAL)}@example.org",
        name=name,
        organisation_name="Playful",
        type_code=type_code,
        language="en",
        token_digest=tokens.secret(),
        expires_at=clock.now() + timedelta(days=7),
        confirmed_at=clock.now(),
        **{call.is_for.value: True},
    )
    session.add(registration)
    session.flush()
    application = Application(
        call_id=call.id,
        registration_id=registration.id,
        second_to_id=second_to.id if second_to else None,
        **facts,
    )
    session.add(application)
    session.flush()
    return application
