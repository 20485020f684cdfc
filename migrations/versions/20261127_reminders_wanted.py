"""A person may stop being reminded before a round closes, and still hear what became of what they said."""

import sqlalchemy as sa
from alembic import op

revision = "reminders_wanted"
down_revision = "words_in_welsh"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminders", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("reminders")
