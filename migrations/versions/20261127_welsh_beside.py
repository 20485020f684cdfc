"""What is written in English can have Welsh beside it, so that a Welsh page need not speak two languages."""

import sqlalchemy as sa
from alembic import op

revision = "welsh_beside"
down_revision = "told_and_invited"
branch_labels = None
depends_on = None

TABLES = ("scheme", "term", "framework", "criterion", "release", "round", "question", "answer")


def upgrade() -> None:
    """Make the change."""
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("welsh", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Take it back."""
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("welsh")
