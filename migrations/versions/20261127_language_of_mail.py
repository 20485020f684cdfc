"""Each mail knows its language: what is put around its words as it leaves is in it too, and mailboxes are told of it."""

import sqlalchemy as sa
from alembic import op

revision = "language_of_mail"
down_revision = "workshops_in_welsh"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change; mail to people with an account was written in the language that they had chosen."""
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(), nullable=False, server_default="en"))
    op.execute(
        "UPDATE outbox_message SET language = (SELECT person.language FROM person "
        "WHERE person.id = outbox_message.person_id) WHERE person_id IS NOT NULL"
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.alter_column("language", server_default=None)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_column("language")
