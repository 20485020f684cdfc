"""Complaints have a clock and an outcome; who complained, and in which words, can be emptied while that stays."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "complaints"
down_revision = "owed_pages"
branch_labels = None
depends_on = None

WORDS = sqlmodel.sql.sqltypes.AutoString
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", WORDS(), nullable=False),
        sa.Column("form", WORDS(), nullable=False),
        sa.Column("language", WORDS(), nullable=False),
        sa.Column("received_at", MOMENT(), nullable=False),
        sa.Column("acknowledge_by", MOMENT(), nullable=False),
        sa.Column("acknowledged_at", MOMENT(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("closed_at", MOMENT(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("form", name=op.f("uq_complaint_form")),
        sa.UniqueConstraint("reference", name=op.f("uq_complaint_reference")),
    )
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_closed_at"), ["closed_at"], unique=False)
    op.create_table(
        "complaint_words",
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("name", WORDS(), nullable=False),
        sa.Column("email", WORDS(), nullable=False),
        sa.Column("went_wrong", WORDS(), nullable=False),
        sa.Column("would_help", WORDS(), nullable=False),
        sa.Column("point", WORDS(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_words_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_complaint_words")),
    )
    op.create_table(
        "complaint_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", WORDS(), nullable=False),
        sa.Column("at", MOMENT(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_complaint_step_by_id_person")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_step_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_step")),
    )
    with op.batch_alter_table("complaint_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_step_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_step_complaint_id"), ["complaint_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("complaint_step")
    op.drop_table("complaint_words")
    op.drop_table("complaint")
