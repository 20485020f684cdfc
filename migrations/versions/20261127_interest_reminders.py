"""Interest that has gone quiet is forgotten, and never without a reminder."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "interest_reminders"
down_revision = "selections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_column("reminded_at")
