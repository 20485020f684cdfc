"""Before a round closes people are reminded of what is unfinished: a row says that it was done, so that it is done once."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "round_reminders"
down_revision = "announcements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "round_reminder",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("closes_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_reminder_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "closes_at", "days", name=op.f("pk_round_reminder")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("round_reminder")
