"""Why a page that is owed was changed is said in Welsh as well; of earlier versions it is there in English alone."""

import sqlalchemy as sa
from alembic import op

revision = "reason_in_welsh"
down_revision = "pairs_and_places"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("page_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("welsh_because", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("page_version", schema=None) as batch_op:
        batch_op.drop_column("welsh_because")
