"""Registrations, groups, decisions taken together.

Revision: 0023, after 0022. Only new tables, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SCOPED = ("consultation", "gathering", "public_paper", "registration", "voice")


def upgrade() -> None:
    op.create_table(
        "consultation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round_number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.String(), server_default="ouverte", nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_consultation_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_consultation_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
        sa.UniqueConstraint("process_id", name=op.f("uq_consultation_process_id")),
    )
    op.create_index(
        "ix_consultation_status", "consultation", ["territory_id", "status", "opened_at"], unique=False
    )
    op.create_index(op.f("ix_consultation_territory_id"), "consultation", ["territory_id"], unique=False)
    op.create_table(
        "gathering",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), server_default="ouverte", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_gathering_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_gathering_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gathering")),
        sa.UniqueConstraint("process_id", name=op.f("uq_gathering_process_id")),
        sa.UniqueConstraint("token", name=op.f("uq_gathering_token")),
    )
    op.create_index(op.f("ix_gathering_territory_id"), "gathering", ["territory_id"], unique=False)
    op.create_table(
        "public_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("approvals", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_public_paper_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_public_paper_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_paper")),
        sa.UniqueConstraint("process_id", name=op.f("uq_public_paper_process_id")),
    )
    op.create_index(op.f("ix_public_paper_territory_id"), "public_paper", ["territory_id"], unique=False)
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gathering_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("email_key", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("group_key", sa.String(), server_default="", nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=True),
        sa.Column("on_the_day", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gathering.id"], name=op.f("fk_registration_gathering_id_gathering")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_registration_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    op.create_index(
        "ix_registration_gathering", "registration", ["gathering_id", "status", "queued_at"], unique=False
    )
    op.create_index("ix_registration_link", "registration", ["link"], unique=False)
    op.create_index(op.f("ix_registration_territory_id"), "registration", ["territory_id"], unique=False)
    op.create_table(
        "voice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("choice", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("by", sa.String(), server_default="", nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_voice_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_voice_partner_id_partner")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_voice_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice")),
        sa.UniqueConstraint(
            "consultation_id",
            "round_number",
            "partner_id",
            name=op.f("uq_voice_consultation_id_round_number_partner_id"),
        ),
    )
    op.create_index("ix_voice_link", "voice", ["link"], unique=False)
    op.create_index(op.f("ix_voice_territory_id"), "voice", ["territory_id"], unique=False)
    for table in SCOPED:
        keep_in_territory(table)


def downgrade() -> None:
    op.drop_table("voice")
    op.drop_table("registration")
    op.drop_table("public_paper")
    op.drop_table("gathering")
    op.drop_table("consultation")
