"""What a mail is about, so that it can be called off and emptied with it."""

import sqlalchemy as sa
from alembic import op

revision = "mail_about"
down_revision = "hands_one_by_one"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_outbox_message_about"), ["about"])


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_about"))
        batch_op.drop_column("about")
