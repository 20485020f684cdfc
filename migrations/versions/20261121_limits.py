"""Counts of how often somebody does something, which all processes share."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "limits"
down_revision = "second_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "limit_count",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_limit_count")),
    )
    with op.batch_alter_table("limit_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_limit_count_until"), ["until"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("limit_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_limit_count_until"))
    op.drop_table("limit_count")
