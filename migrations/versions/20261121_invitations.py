"""Organisations and specialists are invited, and accept the terms."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "invitations"
down_revision = "feedback_signed_off"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("invited_as", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("expertise", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("type_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("constituency", sa.String(length=40), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("accepted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["person.id"], name=op.f("fk_invitation_accepted_by_id_person")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["person.id"], name=op.f("fk_invitation_invited_by_id_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["invitation.id"], name=op.f("fk_invitation_replaced_by_id_invitation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_organisation_id"), ["organisation_id"], unique=False)
    op.create_table(
        "terms_acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_terms_acceptance_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_terms_acceptance_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_acceptance")),
        sa.UniqueConstraint(
            "person_id",
            "organisation_id",
            "version",
            name=op.f("uq_terms_acceptance_person_id_organisation_id_version"),
        ),
    )
    with op.batch_alter_table("terms_acceptance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_terms_acceptance_organisation_id"), ["organisation_id"], unique=False)
    op.create_index(
        "once_for_themselves", "terms_acceptance", ["person_id", "version"], unique=True,
        sqlite_where=sa.text("organisation_id IS NULL"), postgresql_where=sa.text("organisation_id IS NULL"),
    )  # fmt: skip
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("name_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("profile_confirmed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("suspended_because", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
    _fill_name_keys()
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.alter_column("name_key", nullable=False)
        batch_op.create_unique_constraint(op.f("uq_organisation_name_key"), ["name_key"])
    op.create_index(
        "one_place", "membership", ["person_id"], unique=True,
        sqlite_where=sa.text("left_at IS NULL"), postgresql_where=sa.text("left_at IS NULL"),
    )  # fmt: skip
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("digest", sa.String(length=40), nullable=False, server_default="now"))
        batch_op.add_column(sa.Column("specialist_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def _fill_name_keys() -> None:
    """Organisations that share a name already keep it; the key of the later ones is told apart by their number."""
    organisation = sa.table("organisation", sa.column("id"), sa.column("name"), sa.column("name_key"))
    connection = op.get_bind()
    taken: set[str] = set()
    for number, name in connection.execute(sa.select(organisation.c.id, organisation.c.name).order_by("id")).all():
        key = name.casefold() if name.casefold() not in taken else f"{name.casefold()} ({number})"
        taken.add(key)
        connection.execute(sa.update(organisation).where(organisation.c.id == number).values(name_key=key))


def downgrade() -> None:
    """Take it back."""
    op.drop_index("one_place", "membership")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("specialist_until")
        batch_op.drop_column("digest")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("suspended_because")
        batch_op.drop_column("profile_confirmed_at")
        batch_op.drop_constraint(op.f("uq_organisation_name_key"), type_="unique")
        batch_op.drop_column("name_key")
        batch_op.drop_column("about")
    op.drop_index("once_for_themselves", "terms_acceptance")
    with op.batch_alter_table("terms_acceptance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_terms_acceptance_organisation_id"))
    op.drop_table("terms_acceptance")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_invitation_email"))
    op.drop_table("invitation")
