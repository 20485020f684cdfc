"""What a worker holds is found without a scan: it is settled after each mail."""

import sqlalchemy as sa
from alembic import op

revision = "mail_in_hand"
down_revision = "announcements_in_welsh"
branch_labels = None
depends_on = None

IN_HAND = sa.text("owner IS NOT NULL")


def upgrade() -> None:
    """Make the change."""
    op.create_index(
        "ix_outbox_message_in_hand", "outbox_message", ["owner"], sqlite_where=IN_HAND, postgresql_where=IN_HAND
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_outbox_message_in_hand", table_name="outbox_message")
