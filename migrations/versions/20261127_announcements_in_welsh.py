"""Announcements have Welsh beside the English."""

import sqlalchemy as sa
from alembic import op

revision = "announcements_in_welsh"
down_revision = "round_news"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("welsh", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.alter_column("welsh", server_default=None)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.drop_column("welsh")
