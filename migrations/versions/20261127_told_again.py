"""When a mailbox was last told that it has booked already, so that a stranger cannot have it written to again and again."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "told_again"
down_revision = "hands_one_by_one"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    moment = sqlmodel.sql.sqltypes.UTCDateTime()
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_again_at", moment, nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_column("told_again_at")
