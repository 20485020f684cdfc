"""What is said of words and scores is kept with them: a receipt shows for ever what was signed.

Whom a point spoke for and what might be published of it stood on the point alone, where a later text changed it. What a
view rests on stood beside the ratings, where it changed without being signed.
"""

import sqlalchemy as sa
from alembic import op

revision = "said_when_signed"
down_revision = "limits"
branch_labels = None
depends_on = None

SAID = ("kind", "speaking_for", "on_behalf_of", "publish_as")


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("comment_text", schema=None) as batch_op:
        for name in SAID:
            batch_op.add_column(sa.Column(name, sa.String(length=40) if name != "on_behalf_of" else sa.String()))
    for name in SAID:
        op.execute(f"UPDATE comment_text SET {name} = (SELECT {name} FROM comment WHERE comment.id = comment_id)")
    with op.batch_alter_table("comment_text", schema=None) as batch_op:
        for name in SAID:
            batch_op.alter_column(name, nullable=False)
    for table in ("rating", "rating_event"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("grounds", sa.JSON(), nullable=False, server_default="[]"))
        its = f"grounding.voice = {table}.voice AND grounding.revision_id = {table}.revision_id"
        op.execute(
            f"UPDATE {table} SET grounds = (SELECT grounds FROM grounding WHERE {its}) "
            f"WHERE EXISTS (SELECT 1 FROM grounding WHERE {its})"
        )
    op.drop_table("grounding")


def downgrade() -> None:
    """Take it back: what a view rests on stands beside its ratings again, as it was last said."""
    op.create_table(
        "grounding",
        sa.Column("voice", sa.String(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_grounding_revision_id_revision")),
        sa.PrimaryKeyConstraint("voice", "revision_id", name=op.f("pk_grounding")),
    )
    op.execute(
        "INSERT INTO grounding (voice, revision_id, grounds) SELECT voice, revision_id, grounds FROM rating "
        "WHERE id IN (SELECT max(id) FROM rating GROUP BY voice, revision_id)"
    )
    for table in ("rating_event", "rating"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("grounds")
    with op.batch_alter_table("comment_text", schema=None) as batch_op:
        for name in reversed(SAID):
            batch_op.drop_column(name)
