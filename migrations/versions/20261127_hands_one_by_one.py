"""When hands were counted is in the record of what happened, and nowhere else."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "hands_one_by_one"
down_revision = "workshop_venue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("hand_count", schema=None) as batch_op:
        batch_op.drop_column("counted_at")


def downgrade() -> None:
    """Take it back; when it was is not known any more."""
    moment = sqlmodel.sql.sqltypes.UTCDateTime()
    with op.batch_alter_table("hand_count", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counted_at", moment, nullable=False, server_default="2026-11-27 00:00:00+00"))
    with op.batch_alter_table("hand_count", schema=None) as batch_op:
        batch_op.alter_column("counted_at", server_default=None)
