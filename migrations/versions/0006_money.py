"""Agreements, envelopes, quotas, commitments, payments."""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCOPED = ("agreement", "quota", "envelope", "payment", "commitment", "quota_place")
EXACT = sa.Numeric(12, 2).with_variant(sa.Integer(), "sqlite")
"""Two decimals; SQLite, whose numbers are binary, keeps whole hundredths."""


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("party", sa.String(), server_default="", nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount", EXACT, nullable=True),
        sa.Column("advance_limit", EXACT, nullable=True),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("files", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_agreement_partner_id_partner")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_agreement_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index("ix_agreement_key", "agreement", ["territory_id", "key", "starts_on"], unique=False)
    op.create_index(op.f("ix_agreement_partner_id"), "agreement", ["partner_id"], unique=False)
    op.create_index("ix_agreement_remind", "agreement", ["remind_at"], unique=False)
    op.create_index(op.f("ix_agreement_territory_id"), "agreement", ["territory_id"], unique=False)
    op.create_table(
        "quota",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_quota_partner_id_partner")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_quota_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota")),
    )
    op.create_index("ix_quota_code", "quota", ["territory_id", "code", "starts_on"], unique=False)
    op.create_index(op.f("ix_quota_partner_id"), "quota", ["partner_id"], unique=False)
    op.create_index(op.f("ix_quota_territory_id"), "quota", ["territory_id"], unique=False)
    op.create_table(
        "envelope",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("amount", EXACT, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_envelope_agreement_id_agreement")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_envelope_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope")),
    )
    op.create_index(op.f("ix_envelope_agreement_id"), "envelope", ["agreement_id"], unique=False)
    op.create_index("ix_envelope_code", "envelope", ["territory_id", "code", "starts_on"], unique=False)
    op.create_index(op.f("ix_envelope_territory_id"), "envelope", ["territory_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", EXACT, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(), server_default="", nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_reason", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_payment_agreement_id_agreement")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_payment_partner_id_partner")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_payment_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_payment_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_agreement_id"), "payment", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_payment_partner_id"), "payment", ["partner_id"], unique=False)
    op.create_index(op.f("ix_payment_territory_id"), "payment", ["territory_id"], unique=False)
    op.create_table(
        "commitment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("nature", sa.String(), nullable=False),
        sa.Column("label", sa.String(), server_default="", nullable=False),
        sa.Column("unit_amount", EXACT, nullable=False),
        sa.Column("quantity", EXACT, nullable=False),
        sa.Column("amount", EXACT, nullable=False),
        sa.Column("engaged_on", sa.Date(), nullable=False),
        sa.Column("engaged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("services", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.Column("released", EXACT, server_default="0", nullable=False),
        sa.Column("hours", EXACT, nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_commitment_agreement_id_agreement")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_commitment_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelope.id"], name=op.f("fk_commitment_envelope_id_envelope")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_commitment_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_commitment_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_commitment_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
    )
    op.create_index(op.f("ix_commitment_agreement_id"), "commitment", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_commitment_case_id"), "commitment", ["case_id"], unique=False)
    op.create_index("ix_commitment_envelope", "commitment", ["envelope_id", "engaged_on"], unique=False)
    op.create_index(
        "ix_commitment_partner", "commitment", ["territory_id", "partner_id", "engaged_on"], unique=False
    )
    op.create_index(op.f("ix_commitment_partner_id"), "commitment", ["partner_id"], unique=False)
    op.create_index(op.f("ix_commitment_process_id"), "commitment", ["process_id"], unique=False)
    op.create_index(op.f("ix_commitment_territory_id"), "commitment", ["territory_id"], unique=False)
    op.create_table(
        "quota_place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("quota_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_reason", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_quota_place_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_quota_place_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_quota_place_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(["quota_id"], ["quota.id"], name=op.f("fk_quota_place_quota_id_quota")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_quota_place_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_place")),
    )
    op.create_index(op.f("ix_quota_place_case_id"), "quota_place", ["case_id"], unique=False)
    op.create_index(
        "ix_quota_place_code", "quota_place", ["territory_id", "code", "status", "asked_at"], unique=False
    )
    op.create_index(op.f("ix_quota_place_partner_id"), "quota_place", ["partner_id"], unique=False)
    op.create_index(op.f("ix_quota_place_process_id"), "quota_place", ["process_id"], unique=False)
    op.create_index(op.f("ix_quota_place_quota_id"), "quota_place", ["quota_id"], unique=False)
    op.create_index(op.f("ix_quota_place_territory_id"), "quota_place", ["territory_id"], unique=False)
    for table in SCOPED:
        keep_in_territory(table)


def downgrade() -> None:
    op.drop_index(op.f("ix_quota_place_territory_id"), table_name="quota_place")
    op.drop_index(op.f("ix_quota_place_quota_id"), table_name="quota_place")
    op.drop_index(op.f("ix_quota_place_process_id"), table_name="quota_place")
    op.drop_index(op.f("ix_quota_place_partner_id"), table_name="quota_place")
    op.drop_index("ix_quota_place_code", table_name="quota_place")
    op.drop_index(op.f("ix_quota_place_case_id"), table_name="quota_place")
    op.drop_table("quota_place")
    op.drop_index(op.f("ix_commitment_territory_id"), table_name="commitment")
    op.drop_index(op.f("ix_commitment_process_id"), table_name="commitment")
    op.drop_index(op.f("ix_commitment_partner_id"), table_name="commitment")
    op.drop_index("ix_commitment_partner", table_name="commitment")
    op.drop_index("ix_commitment_envelope", table_name="commitment")
    op.drop_index(op.f("ix_commitment_case_id"), table_name="commitment")
    op.drop_index(op.f("ix_commitment_agreement_id"), table_name="commitment")
    op.drop_table("commitment")
    op.drop_index(op.f("ix_payment_territory_id"), table_name="payment")
    op.drop_index(op.f("ix_payment_partner_id"), table_name="payment")
    op.drop_index(op.f("ix_payment_agreement_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_index(op.f("ix_envelope_territory_id"), table_name="envelope")
    op.drop_index("ix_envelope_code", table_name="envelope")
    op.drop_index(op.f("ix_envelope_agreement_id"), table_name="envelope")
    op.drop_table("envelope")
    op.drop_index(op.f("ix_quota_territory_id"), table_name="quota")
    op.drop_index(op.f("ix_quota_partner_id"), table_name="quota")
    op.drop_index("ix_quota_code", table_name="quota")
    op.drop_table("quota")
    op.drop_index(op.f("ix_agreement_territory_id"), table_name="agreement")
    op.drop_index("ix_agreement_remind", table_name="agreement")
    op.drop_index(op.f("ix_agreement_partner_id"), table_name="agreement")
    op.drop_index("ix_agreement_key", table_name="agreement")
    op.drop_table("agreement")
