"""Administrators drop mail that could not be delivered, for a reason; what is still parked is found without a scan."""

import sqlalchemy as sa
from alembic import op

revision = "mail_dropped"
down_revision = "reminders_wanted"
branch_labels = None
depends_on = None

PARKED = sa.text("parked_because IS NOT NULL AND dropped_because IS NULL")


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dropped_because", sa.String(length=40), nullable=True))
    op.create_index(
        "ix_outbox_message_parked", "outbox_message", ["id"], sqlite_where=PARKED, postgresql_where=PARKED
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_outbox_message_parked", table_name="outbox_message")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_column("dropped_because")
