"""An organisation signs its feedback off: drafts apart from what was sent, and each part that was signed."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "feedback_signed_off"
down_revision = "first_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_sign_off_signed_by_id_person")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_sign_off_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sa.UniqueConstraint("submission_id", "number", name=op.f("uq_sign_off_submission_id_number")),
    )
    op.create_table(
        "draft",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("replacement", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""),
        sa.Column("saved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("by_others", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("ready_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_draft_comment_id_comment")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_draft_saved_by_id_person")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sends_back", sa.Boolean(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_note_author_id_person")),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_note_comment_id_comment")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_note_entry_id_entry")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_note_submission_id_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_comment_id"), ["comment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_submission_id"), ["submission_id"], unique=False)
    with op.batch_alter_table("comment_text", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sign_off_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("changed_by_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_comment_text_sign_off_id"), ["sign_off_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_comment_text_changed_by_id_person"), "person", ["changed_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_comment_text_sign_off_id_sign_off"), "sign_off", ["sign_off_id"], ["id"]
        )
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ready", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("sent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.alter_column("constituency", existing_type=sa.VARCHAR(length=40), nullable=True)
    with op.batch_alter_table("rating_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sign_off_id", sa.Integer(), nullable=True))
        batch_op.alter_column("constituency", existing_type=sa.VARCHAR(length=40), nullable=True)
        batch_op.create_index(batch_op.f("ix_rating_event_sign_off_id"), ["sign_off_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_rating_event_sign_off_id_sign_off"), "sign_off", ["sign_off_id"], ["id"]
        )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_sent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.execute("UPDATE rating SET sent_at = rated_at")
    op.execute(
        "UPDATE submission SET first_sent_at = created_at WHERE id IN "
        "(SELECT submission_id FROM comment WHERE state <> 'draft') OR voice IN (SELECT voice FROM rating)"
    )
    op.execute(
        "INSERT INTO draft (comment_id, body, replacement, digest, number, saved_at, saved_by_id) "
        "SELECT comment.id, body, replacement, comment_text.digest, number, comment_text.created_at, author_id "
        "FROM comment JOIN comment_text ON comment_id = comment.id AND number = text_number WHERE state = 'draft'"
    )


def downgrade() -> None:
    """Take it back: drafts become texts again, scores that nobody signed go, private ones join the public."""
    op.execute("DELETE FROM rating WHERE sent_at IS NULL")
    for table in ("rating", "rating_event"):
        op.execute(f"UPDATE {table} SET constituency = 'public-and-professional' WHERE constituency IS NULL")
    op.execute("UPDATE comment SET text_number = text_number + 1 WHERE id IN (SELECT comment_id FROM draft)")
    op.execute(
        "INSERT INTO comment_text (comment_id, number, body, replacement, digest, created_at) "
        "SELECT comment_id, text_number, body, replacement, draft.digest, saved_at "
        "FROM draft JOIN comment ON comment.id = comment_id"
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("first_sent_at")
    with op.batch_alter_table("rating_event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_rating_event_sign_off_id_sign_off"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_rating_event_sign_off_id"))
        batch_op.alter_column("constituency", existing_type=sa.VARCHAR(length=40), nullable=False)
        batch_op.drop_column("sign_off_id")
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.alter_column("constituency", existing_type=sa.VARCHAR(length=40), nullable=False)
        batch_op.drop_column("sent_at")
        batch_op.drop_column("ready")
    with op.batch_alter_table("comment_text", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_comment_text_sign_off_id_sign_off"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_comment_text_changed_by_id_person"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_comment_text_sign_off_id"))
        batch_op.drop_column("changed_by_id")
        batch_op.drop_column("sign_off_id")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_submission_id"))
        batch_op.drop_index(batch_op.f("ix_note_comment_id"))
    op.drop_table("note")
    op.drop_table("draft")
    op.drop_table("sign_off")
