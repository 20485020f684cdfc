"""Old mails are found to be emptied, and are known by a digest: the occasion of some was told by a secret."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "forgetting_mail"
down_revision = "language_of_mail"
branch_labels = None
depends_on = None

FOLLOWING = ":following"
WORDED = sa.text("text <> ''")


def upgrade() -> None:
    """Make the change; a mail that follows changes while it waits still does."""
    outbox = sa.table("outbox_message", sa.column("id"), sa.column("kind"), sa.column("dedupe"))
    for row in op.get_bind().execute(sa.select(outbox)).all():
        occasion = row.dedupe.removeprefix(f"{row.kind}:")
        ending = FOLLOWING if occasion.endswith(FOLLOWING) else ""
        digest = hashlib.sha256(occasion.removesuffix(FOLLOWING).encode()).hexdigest()
        key = f"{row.kind}:{digest}{ending}"
        op.execute(outbox.update().where(outbox.c.id == row.id).values(dedupe=key))
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_message_worded", ["created_at"], unique=False, sqlite_where=WORDED, postgresql_where=WORDED
        )


def downgrade() -> None:
    """Take it back; keys stay digests, which are as unique."""
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_message_worded")
