"""An entry's words in Welsh, each wording for ever, and whether a framework asks for them before it is published."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "words_in_welsh"
down_revision = "language_of_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "revision_translation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_revision_translation_revision_id_revision")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_revision_translation_author_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision_translation")),
        sa.UniqueConstraint(
            "revision_id", "language", "number", name=op.f("uq_revision_translation_revision_id_language_number")
        ),
    )
    with op.batch_alter_table("framework", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asks_for_welsh", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("framework", schema=None) as batch_op:
        batch_op.drop_column("asks_for_welsh")
    op.drop_table("revision_translation")
