"""New wording that people propose, and what caused each change."""

from sqlmodel import Field, Relationship

from backend.comments.models import Comment
from backend.core.db import Table
from backend.releases.models import Revision


class Suggestion(Table, table=True):
    """A comment that carries a replacement for one field of one revision; the comment's text holds it."""

    comment_id: int = Field(foreign_key="comment.id", primary_key=True)
    base_revision_id: int = Field(foreign_key="revision.id", index=True)
    field: str
    """`title`, `section:<key>` or `terms:<scheme>`."""

    comment: Comment = Relationship()
    base_revision: Revision = Relationship()


class Cause(Table, table=True):
    """This comment led to this change of this field."""

    revision_id: int = Field(foreign_key="revision.id", primary_key=True)
    comment_id: int = Field(foreign_key="comment.id", primary_key=True, index=True)
    field: str = Field(primary_key=True)

    revision: Revision = Relationship()
    comment: Comment = Relationship()
