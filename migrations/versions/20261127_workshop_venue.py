"""Where a workshop is held is its venue: a place is what somebody has at it."""

from alembic import op

revision = "workshop_venue"
down_revision = "reason_in_welsh"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("workshop", schema=None) as batch_op:
        batch_op.alter_column("place", new_column_name="venue")


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("workshop", schema=None) as batch_op:
        batch_op.alter_column("venue", new_column_name="place")
