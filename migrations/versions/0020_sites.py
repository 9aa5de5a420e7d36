"""Sites of a programme, their referents, ambassadors and challenges; what is planned, what is given in kind.

Revision: 0020, after 0019. Only new tables and columns, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SCOPED = (
    "site", "site_zoning", "site_referent", "site_process", "site_ambassador", "site_challenge",
    "challenge_building", "goal", "donation",
)  # fmt: skip
EXACT = sa.Numeric(12, 2).with_variant(sa.Integer(), "sqlite")
"""Two decimals; SQLite, whose numbers are binary, keeps whole hundredths."""


def upgrade() -> None:
    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), server_default="", nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("landlord_id", sa.Uuid(), nullable=True),
        sa.Column("landlord", sa.String(), server_default="", nullable=False),
        sa.Column("dwellings", sa.Integer(), nullable=True),
        sa.Column("phase", sa.String(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["landlord_id"], ["partner.id"], name=op.f("fk_site_landlord_id_partner")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_site_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_index("ix_site_landlord", "site", ["territory_id", "landlord_id"], unique=False)
    op.create_index(op.f("ix_site_territory_id"), "site", ["territory_id"], unique=False)
    op.create_table(
        "site_zoning",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("zoning", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_zoning_site_id_site")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_site_zoning_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_zoning")),
    )
    op.create_index("ix_site_zoning_site", "site_zoning", ["site_id", "since"], unique=False)
    op.create_index(op.f("ix_site_zoning_territory_id"), "site_zoning", ["territory_id"], unique=False)
    op.create_table(
        "site_referent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("landlord_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("phone", sa.String(), server_default="", nullable=False),
        sa.Column("email", sa.String(), server_default="", nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["landlord_id"], ["partner.id"], name=op.f("fk_site_referent_landlord_id_partner")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_referent_site_id_site")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_site_referent_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_referent")),
    )
    op.create_index(op.f("ix_site_referent_landlord_id"), "site_referent", ["landlord_id"], unique=False)
    op.create_index(
        "ix_site_referent_site", "site_referent", ["territory_id", "site_id", "until"], unique=False
    )
    op.create_index(op.f("ix_site_referent_territory_id"), "site_referent", ["territory_id"], unique=False)
    op.create_table(
        "site_process",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_site_process_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_process_site_id_site")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_site_process_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_process")),
        sa.UniqueConstraint("process_id", name=op.f("uq_site_process_process_id")),
    )
    op.create_index(op.f("ix_site_process_site_id"), "site_process", ["site_id"], unique=False)
    op.create_index(op.f("ix_site_process_territory_id"), "site_process", ["territory_id"], unique=False)
    op.create_table(
        "site_ambassador",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), server_default="", nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=False),
        sa.Column("trained_by", sa.String(), server_default="", nullable=False),
        sa.Column("active_until", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_ambassador_site_id_site")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_site_ambassador_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_ambassador")),
    )
    op.create_index(op.f("ix_site_ambassador_site_id"), "site_ambassador", ["site_id"], unique=False)
    op.create_index(
        op.f("ix_site_ambassador_territory_id"), "site_ambassador", ["territory_id"], unique=False
    )
    op.create_table(
        "site_challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("judged_on", sa.Date(), nullable=True),
        sa.Column("prize", sa.String(), server_default="", nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"],
            ["process_instance.id"],
            name=op.f("fk_site_challenge_process_id_process_instance"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_challenge_site_id_site")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_site_challenge_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_challenge")),
    )
    op.create_index(op.f("ix_site_challenge_process_id"), "site_challenge", ["process_id"], unique=False)
    op.create_index(op.f("ix_site_challenge_site_id"), "site_challenge", ["site_id"], unique=False)
    op.create_index(op.f("ix_site_challenge_territory_id"), "site_challenge", ["territory_id"], unique=False)
    op.create_table(
        "challenge_building",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("challenge_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dwellings", sa.Integer(), nullable=False),
        sa.Column("before", EXACT, nullable=True),
        sa.Column("after", EXACT, nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["site_challenge.id"],
            name=op.f("fk_challenge_building_challenge_id_site_challenge"),
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_challenge_building_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge_building")),
    )
    op.create_index(
        op.f("ix_challenge_building_challenge_id"), "challenge_building", ["challenge_id"], unique=False
    )
    op.create_index(
        op.f("ix_challenge_building_territory_id"), "challenge_building", ["territory_id"], unique=False
    )
    op.create_table(
        "goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_goal_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    op.create_index("ix_goal_code", "goal", ["territory_id", "code", "starts_on"], unique=False)
    op.create_index(op.f("ix_goal_territory_id"), "goal", ["territory_id"], unique=False)
    op.create_table(
        "donation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("giver", sa.String(), server_default="", nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_reason", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_donation_partner_id_partner")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_donation_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donation")),
    )
    op.create_index("ix_donation_kind", "donation", ["territory_id", "kind", "received_on"], unique=False)
    op.create_index(op.f("ix_donation_partner_id"), "donation", ["partner_id"], unique=False)
    op.create_index(op.f("ix_donation_territory_id"), "donation", ["territory_id"], unique=False)
    op.add_column("case_file", sa.Column("site_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_case_file_site_id"), "case_file", ["site_id"])
    for table in SCOPED:
        keep_in_territory(table)


def downgrade() -> None:
    op.drop_index(op.f("ix_case_file_site_id"), table_name="case_file")
    op.drop_column("case_file", "site_id")
    op.drop_index("ix_donation_kind", table_name="donation")
    op.drop_index(op.f("ix_donation_partner_id"), table_name="donation")
    op.drop_index(op.f("ix_donation_territory_id"), table_name="donation")
    op.drop_table("donation")
    op.drop_index("ix_goal_code", table_name="goal")
    op.drop_index(op.f("ix_goal_territory_id"), table_name="goal")
    op.drop_table("goal")
    op.drop_index(op.f("ix_challenge_building_challenge_id"), table_name="challenge_building")
    op.drop_index(op.f("ix_challenge_building_territory_id"), table_name="challenge_building")
    op.drop_table("challenge_building")
    op.drop_index(op.f("ix_site_challenge_process_id"), table_name="site_challenge")
    op.drop_index(op.f("ix_site_challenge_site_id"), table_name="site_challenge")
    op.drop_index(op.f("ix_site_challenge_territory_id"), table_name="site_challenge")
    op.drop_table("site_challenge")
    op.drop_index(op.f("ix_site_ambassador_site_id"), table_name="site_ambassador")
    op.drop_index(op.f("ix_site_ambassador_territory_id"), table_name="site_ambassador")
    op.drop_table("site_ambassador")
    op.drop_index(op.f("ix_site_process_site_id"), table_name="site_process")
    op.drop_index(op.f("ix_site_process_territory_id"), table_name="site_process")
    op.drop_table("site_process")
    op.drop_index(op.f("ix_site_referent_landlord_id"), table_name="site_referent")
    op.drop_index("ix_site_referent_site", table_name="site_referent")
    op.drop_index(op.f("ix_site_referent_territory_id"), table_name="site_referent")
    op.drop_table("site_referent")
    op.drop_index("ix_site_zoning_site", table_name="site_zoning")
    op.drop_index(op.f("ix_site_zoning_territory_id"), table_name="site_zoning")
    op.drop_table("site_zoning")
    op.drop_index("ix_site_landlord", table_name="site")
    op.drop_index(op.f("ix_site_territory_id"), table_name="site")
    op.drop_table("site")
