"""What a public body owes its readers is kept in versions, each from the day on which it holds.

Laws, names and time limits change: what was said when must stay readable, and nobody may rewrite it.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "owed_pages"
down_revision = "round_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "owed_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owed_page")),
        sa.UniqueConstraint("slug", name=op.f("uq_owed_page_slug")),
    )
    op.create_table(
        "page_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("holds_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("welsh_title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("welsh_body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("because", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("written_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_page_version_author_id_person")),
        sa.ForeignKeyConstraint(["page_id"], ["owed_page.id"], name=op.f("fk_page_version_page_id_owed_page")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_version")),
        sa.UniqueConstraint("page_id", "number", name=op.f("uq_page_version_page_id_number")),
    )
    with op.batch_alter_table("page_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_version_author_id"), ["author_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("page_version")
    op.drop_table("owed_page")
