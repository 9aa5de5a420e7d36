"""Sheets of the directory, personal links of structures, the charter and who signed it, their figures.

Revision: 0022, after 0021. Only new tables, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("missions", sa.String(), server_default="", nullable=False),
        sa.Column("competences", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("publics", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("schemes", sa.String(), server_default="", nullable=False),
        sa.Column("tenures", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("incomes", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("needs", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("conditions", sa.String(), server_default="", nullable=False),
        sa.Column("contact", sa.String(), server_default="", nullable=False),
        sa.Column("website", sa.String(), server_default="", nullable=False),
        sa.Column("delay", sa.String(), server_default="", nullable=False),
        sa.Column("delay_days", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.String(), server_default="", nullable=False),
        sa.Column("intake", sa.String(), server_default="", nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_by", sa.String(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_directory_sheet_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_directory_sheet_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_sheet")),
        sa.UniqueConstraint(
            "territory_id", "partner_id", name=op.f("uq_directory_sheet_territory_id_partner_id")
        ),
    )
    op.create_index(op.f("ix_directory_sheet_partner_id"), "directory_sheet", ["partner_id"])
    op.create_index(op.f("ix_directory_sheet_territory_id"), "directory_sheet", ["territory_id"])
    keep_in_territory("directory_sheet")
    op.create_table(
        "sheet_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_sheet_change_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_sheet_change_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_change")),
    )
    op.create_index("ix_sheet_change_partner", "sheet_change", ["partner_id", "at"])
    op.create_index(op.f("ix_sheet_change_territory_id"), "sheet_change", ["territory_id"])
    keep_in_territory("sheet_change")
    op.create_table(
        "structure_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=True),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_structure_link_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_structure_link_partner_id_partner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structure_link")),
        sa.UniqueConstraint("link", name=op.f("uq_structure_link_link")),
    )
    op.create_index("ix_structure_link_partner", "structure_link", ["partner_id", "purpose"])
    op.create_index(op.f("ix_structure_link_territory_id"), "structure_link", ["territory_id"])
    keep_in_territory("structure_link")
    op.create_table(
        "charter_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_charter_text_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charter_text")),
        sa.UniqueConstraint("territory_id", "number", name=op.f("uq_charter_text_territory_id_number")),
    )
    op.create_index(op.f("ix_charter_text_territory_id"), "charter_text", ["territory_id"])
    keep_in_territory("charter_text")
    op.create_table(
        "charter_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("charter_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("means", sa.String(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_charter_signature_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_charter_signature_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["charter_id"], ["charter_text.id"], name=op.f("fk_charter_signature_charter_id_charter_text")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_charter_signature_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charter_signature")),
    )
    op.create_index(op.f("ix_charter_signature_charter_id"), "charter_signature", ["charter_id"])
    op.create_index("ix_charter_signature_partner", "charter_signature", ["partner_id", "ended_on"])
    op.create_index(op.f("ix_charter_signature_territory_id"), "charter_signature", ["territory_id"])
    keep_in_territory("charter_signature")
    op.create_table(
        "watch_figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_watch_figure_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_watch_figure_partner_id_partner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_figure")),
        sa.UniqueConstraint(
            "territory_id",
            "partner_id",
            "quarter",
            "key",
            name=op.f("uq_watch_figure_territory_id_partner_id_quarter_key"),
        ),
    )
    op.create_index(op.f("ix_watch_figure_partner_id"), "watch_figure", ["partner_id"])
    op.create_index(op.f("ix_watch_figure_territory_id"), "watch_figure", ["territory_id"])
    keep_in_territory("watch_figure")


def downgrade() -> None:
    op.drop_table("watch_figure")
    op.drop_table("charter_signature")
    op.drop_table("charter_text")
    op.drop_table("structure_link")
    op.drop_table("sheet_change")
    op.drop_table("directory_sheet")
