"""Campaigns that go to the household: targets, rounds, answers."""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCOPED = ("campaign", "campaign_round", "campaign_target", "door_answer", "sheet_preview", "sheet_profile")


def upgrade() -> None:
    op.create_table(
        "sheet_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_sheet_profile_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_profile")),
        sa.UniqueConstraint(
            "territory_id", "kind", "heading", name=op.f("uq_sheet_profile_territory_id_kind_heading")
        ),
    )
    op.create_index(op.f("ix_sheet_profile_territory_id"), "sheet_profile", ["territory_id"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("criteria", sa.String(), server_default="", nullable=False),
        sa.Column("communes", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(), server_default="preparation", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("field_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_campaign_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_campaign_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("process_id", name=op.f("uq_campaign_process_id")),
    )
    op.create_index(op.f("ix_campaign_territory_id"), "campaign", ["territory_id"], unique=False)
    op.create_table(
        "campaign_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pass_number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(), server_default="prete", nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_round_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_campaign_round_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_round")),
        sa.UniqueConstraint("campaign_id", "name", name=op.f("uq_campaign_round_campaign_id_name")),
    )
    op.create_index(op.f("ix_campaign_round_campaign_id"), "campaign_round", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_campaign_round_device"), "campaign_round", ["device"], unique=False)
    op.create_index(op.f("ix_campaign_round_link"), "campaign_round", ["link"], unique=False)
    op.create_index(op.f("ix_campaign_round_territory_id"), "campaign_round", ["territory_id"], unique=False)
    op.create_table(
        "sheet_preview",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.String(), server_default="a_confirmer", nullable=False),
        sa.Column("loaded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_sheet_preview_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_sheet_preview_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_preview")),
    )
    op.create_index(op.f("ix_sheet_preview_campaign_id"), "sheet_preview", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_sheet_preview_territory_id"), "sheet_preview", ["territory_id"], unique=False)
    op.create_table(
        "campaign_target",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("complement", sa.String(), server_default="", nullable=False),
        sa.Column("postcode", sa.String(), server_default="", nullable=False),
        sa.Column("insee", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("match_address", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="a_voir", nullable=False),
        sa.Column("passes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_target_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["campaign_round.id"], name=op.f("fk_campaign_target_round_id_campaign_round")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_campaign_target_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_target")),
    )
    op.create_index(op.f("ix_campaign_target_campaign_id"), "campaign_target", ["campaign_id"], unique=False)
    op.create_index(
        "ix_campaign_target_match",
        "campaign_target",
        ["territory_id", "insee", "match_address"],
        unique=False,
    )
    op.create_index("ix_campaign_target_round", "campaign_target", ["round_id", "place"], unique=False)
    op.create_index(
        op.f("ix_campaign_target_territory_id"), "campaign_target", ["territory_id"], unique=False
    )
    op.create_table(
        "door_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("eligible", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_door_answer_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_door_answer_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["campaign_round.id"], name=op.f("fk_door_answer_round_id_campaign_round")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["campaign_target.id"], name=op.f("fk_door_answer_target_id_campaign_target")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_door_answer_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_answer")),
        sa.UniqueConstraint("territory_id", "device_id", name=op.f("uq_door_answer_territory_id_device_id")),
    )
    op.create_index(op.f("ix_door_answer_campaign_id"), "door_answer", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_door_answer_case_id"), "door_answer", ["case_id"], unique=False)
    op.create_index("ix_door_answer_round", "door_answer", ["round_id", "outcome"], unique=False)
    op.create_index(op.f("ix_door_answer_target_id"), "door_answer", ["target_id"], unique=False)
    op.create_index(op.f("ix_door_answer_territory_id"), "door_answer", ["territory_id"], unique=False)
    for table in SCOPED:
        keep_in_territory(table)


def downgrade() -> None:
    op.drop_index(op.f("ix_door_answer_territory_id"), table_name="door_answer")
    op.drop_index(op.f("ix_door_answer_target_id"), table_name="door_answer")
    op.drop_index("ix_door_answer_round", table_name="door_answer")
    op.drop_index(op.f("ix_door_answer_case_id"), table_name="door_answer")
    op.drop_index(op.f("ix_door_answer_campaign_id"), table_name="door_answer")
    op.drop_table("door_answer")
    op.drop_index(op.f("ix_campaign_target_territory_id"), table_name="campaign_target")
    op.drop_index("ix_campaign_target_round", table_name="campaign_target")
    op.drop_index("ix_campaign_target_match", table_name="campaign_target")
    op.drop_index(op.f("ix_campaign_target_campaign_id"), table_name="campaign_target")
    op.drop_table("campaign_target")
    op.drop_index(op.f("ix_sheet_preview_territory_id"), table_name="sheet_preview")
    op.drop_index(op.f("ix_sheet_preview_campaign_id"), table_name="sheet_preview")
    op.drop_table("sheet_preview")
    op.drop_index(op.f("ix_campaign_round_territory_id"), table_name="campaign_round")
    op.drop_index(op.f("ix_campaign_round_link"), table_name="campaign_round")
    op.drop_index(op.f("ix_campaign_round_device"), table_name="campaign_round")
    op.drop_index(op.f("ix_campaign_round_campaign_id"), table_name="campaign_round")
    op.drop_table("campaign_round")
    op.drop_index(op.f("ix_campaign_territory_id"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_index(op.f("ix_sheet_profile_territory_id"), table_name="sheet_profile")
    op.drop_table("sheet_profile")
