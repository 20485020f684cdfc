"""What people say about a framework, point by point."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock
from backend.core.db import Table, choice
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases.models import Entry, Question, Revision, Round
from backend.submissions.models import PublishAs, SpeakingFor, Submission


class Kind(StrEnum):
    """What sort of point it is."""

    WORDING = "suggested-wording"
    MISSING_ACTIVITY = "missing-activity"
    WRONG_MAPPING = "wrong-mapping"
    EVIDENCE = "evidence"
    EXAMPLE = "example-from-practice"
    CHILDRENS_VIEWS = "childrens-views"
    QUESTION = "question"
    ERROR = "error"
    REASON = "reason"
    """The reason given with a rating; not offered for comments."""

    @property
    def label(self) -> str:
        """The kind on screen."""
        return {
            "suggested-wording": mark("Suggested wording"),
            "missing-activity": mark("Missing activity"),
            "wrong-mapping": mark("Wrong mapping"),
            "evidence": mark("Evidence"),
            "example-from-practice": mark("Example from practice"),
            "childrens-views": mark("Children’s views, gathered by an adult"),
            "question": mark("Question"),
            "error": mark("Error"),
            "reason": mark("Reason for a rating"),
        }[self.value]


OFFERED = tuple(kind for kind in Kind if kind is not Kind.REASON)
"""The kinds to choose from when commenting."""


class State(StrEnum):
    """Where a comment is in its life."""

    DRAFT = "draft"
    HELD = "held"
    PUBLISHED = "published"
    KEPT = "kept"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"

    @property
    def label(self) -> str:
        """The state on screen."""
        return {
            "draft": mark("Draft"),
            "held": mark("Waiting to be checked"),
            "published": mark("Published"),
            "kept": mark("Checked, not for publication"),
            "withheld": mark("Withheld"),
            "withdrawn": mark("Withdrawn"),
            "escalated": mark("With the safeguarding lead"),
        }[self.value]


class WithheldBecause(StrEnum):
    """Why a point is withheld."""

    PERSONAL_DATA = "personal-data"
    CHILD_IDENTIFIABLE = "child-identifiable"
    OFFENSIVE = "offensive"
    CONFIDENTIAL = "confidential"
    UNLAWFUL = "unlawful"
    UNSAFE_DETAIL = "unsafe-detail"
    NOT_ABOUT_THIS = "not-about-this"

    @property
    def label(self) -> str:
        """The reason on screen."""
        return {
            "personal-data": mark("It holds personal data"),
            "child-identifiable": mark("A child could be identified from it"),
            "offensive": mark("It is abusive or offensive"),
            "confidential": mark("It holds someone else’s confidential information"),
            "unlawful": mark("It could be unlawful to publish"),
            "unsafe-detail": mark("It could help someone to get round a safety measure"),
            "not-about-this": mark("It is not about the framework"),
        }[self.value]


class Comment(Table, table=True):
    """One point. Its words stand in `comment_text`, numbered, so that history is kept and each can be expunged."""

    __table_args__ = (
        Index("ix_comment_entry_state", "entry_id", "state", "id"),
        Index("ix_comment_round_state", "round_id", "state", "id"),
        Index("ix_comment_submission", "submission_id", "id"),
        Index("ix_comment_revision", "revision_id"),
    )

    id: int = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    form_token: str = Field(unique=True)
    """Made with the form, so that a form sent twice makes one comment."""
    round_id: int = Field(foreign_key="round.id")
    submission_id: int = Field(foreign_key="submission.id")
    author_id: int = Field(foreign_key="person.id", index=True)
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    revision_id: int | None = Field(default=None, foreign_key="revision.id")
    """The exact words that it is about; None for a question or the framework as a whole."""
    section: str | None = None
    question_id: int | None = Field(default=None, foreign_key="question.id")
    kind: Kind = Field(sa_type=choice(Kind))
    state: State = Field(sa_type=choice(State))
    speaking_for: SpeakingFor = Field(sa_type=choice(SpeakingFor))
    on_behalf_of: str = ""
    """The members or the client, where it speaks for them."""
    publish_as: PublishAs = Field(sa_type=choice(PublishAs))
    language: str = "en"
    text_number: int = 0
    """Which of its texts is the current one; 0 for a draft that was never sent."""
    digest: str
    """The SHA-256 of the current text, or of the draft."""
    created_at: datetime = Field(default_factory=clock.now)
    sent_at: datetime | None = None
    checked_at: datetime | None = None
    withdrawn_at: datetime | None = None

    round: Round = Relationship()
    submission: Submission = Relationship()
    author: Person = Relationship()
    entry: Entry = Relationship()
    revision: Revision = Relationship()
    question: Question = Relationship()
    text: "CommentText" = Relationship(
        sa_relationship_kwargs={
            "primaryjoin": "and_(Comment.id == CommentText.comment_id, Comment.text_number == CommentText.number)",
            "foreign_keys": "[CommentText.comment_id, CommentText.number]",
            "uselist": False,
            "viewonly": True,
        }
    )
    """The current one of its texts."""


class Draft(Table, table=True):
    """The words of a point that has not been sent, which its own voice may change; they go when it is sent."""

    comment_id: int = Field(foreign_key="comment.id", primary_key=True)
    body: str
    replacement: str | None = None
    digest: str
    number: int = 1
    """Grows with every change: who changes it must have seen the last one."""
    form: str = ""
    """The digest of the form that the last change came from: who goes on writing there has seen it."""
    saved_at: datetime = Field(default_factory=clock.now)
    saved_by_id: int = Field(foreign_key="person.id")
    by_others: bool = False
    """Whether anybody besides the author has worked on it: then it stays with the organisation."""
    ready_at: datetime | None = None
    """When its author said that it can be signed off; None while it is being written or was sent back."""

    saved_by: Person = Relationship()


class CommentText(Table, table=True):
    """The words of a comment at one moment: the point itself and, for a suggestion, the replacement."""

    __table_args__ = (UniqueConstraint("comment_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    comment_id: int = Field(foreign_key="comment.id")
    number: int
    body: str
    replacement: str | None = None
    """The proposed value of the field as canonical JSON: a string, or a list of codes."""
    digest: str
    kind: Kind = Field(sa_type=choice(Kind))
    speaking_for: SpeakingFor = Field(sa_type=choice(SpeakingFor))
    on_behalf_of: str = ""
    publish_as: PublishAs = Field(sa_type=choice(PublishAs))
    """What was said of the words when they were sent; a later text may say otherwise."""
    sign_off_id: int | None = Field(default=None, foreign_key="sign_off.id", index=True)
    changed_by_id: int | None = Field(default=None, foreign_key="person.id")
    """The colleague who changed the draft last before it was signed off, where that was not the author."""
    created_at: datetime = Field(default_factory=clock.now)

    changed_by: Person = Relationship()


class Check(Table, table=True):
    """What a moderator decided when checking a comment, with the words to its author."""

    id: int = Field(default=None, primary_key=True)
    comment_id: int = Field(foreign_key="comment.id", index=True)
    text_number: int
    moderator_id: int = Field(foreign_key="person.id")
    outcome: State = Field(sa_type=choice(State))
    because: WithheldBecause | None = Field(default=None, sa_type=choice(WithheldBecause))
    words: str = ""
    at: datetime = Field(default_factory=clock.now)
