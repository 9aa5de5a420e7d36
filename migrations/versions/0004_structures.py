"""The structure a person works for, the cases entrusted to structures, links that choose a password.

Revision: 0004, after 0003. Every new column is empty or has a default, so that the previous release keeps
running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entrustment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_entrustment_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_entrustment_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_entrustment_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entrustment")),
    )
    op.create_index("ix_entrustment_partner", "entrustment", ["partner_id", "until", "case_id"])
    op.create_index("ix_entrustment_case", "entrustment", ["case_id", "relation"])
    op.create_index(op.f("ix_entrustment_territory_id"), "entrustment", ["territory_id"])
    op.create_index(
        "uq_entrustment_current",
        "entrustment",
        ["case_id", "relation"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    keep_in_territory("entrustment")
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_invitation_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_invitation_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("link", name=op.f("uq_invitation_link")),
    )
    op.create_index(op.f("ix_invitation_user_id"), "invitation", ["user_id"])
    with op.batch_alter_table("membership") as membership:
        membership.add_column(sa.Column("partner_id", sa.Uuid(), nullable=True))
        membership.create_foreign_key(
            op.f("fk_membership_partner_id_partner"), "partner", ["partner_id"], ["id"]
        )
        membership.create_index(op.f("ix_membership_partner_id"), ["partner_id"])
    op.add_column("partner", sa.Column("address", sa.String(), server_default="", nullable=False))
    op.add_column("partner", sa.Column("note", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("partner", "note")
    op.drop_column("partner", "address")
    with op.batch_alter_table("membership") as membership:
        membership.drop_index(op.f("ix_membership_partner_id"))
        membership.drop_constraint(op.f("fk_membership_partner_id_partner"), type_="foreignkey")
        membership.drop_column("partner_id")
    op.drop_index(op.f("ix_invitation_user_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("uq_entrustment_current", table_name="entrustment")
    op.drop_index(op.f("ix_entrustment_territory_id"), table_name="entrustment")
    op.drop_index("ix_entrustment_case", table_name="entrustment")
    op.drop_index("ix_entrustment_partner", table_name="entrustment")
    op.drop_table("entrustment")
