"""Kits: what is in stock, what was handed over.

Revision: 0021, after 0020. Only new tables, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _amount() -> sa.types.TypeEngine[object]:
    """Whole cents on SQLite, two decimals elsewhere: what the models read and write."""
    return sa.Numeric(12, 2).with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stock_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("place", sa.String(), server_default="", nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("value", _amount(), nullable=False),
        sa.Column("last_cost", _amount(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_stock_item_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_item")),
        sa.UniqueConstraint(
            "territory_id", "article", "place", name=op.f("uq_stock_item_territory_id_article_place")
        ),
    )
    op.create_index(op.f("ix_stock_item_territory_id"), "stock_item", ["territory_id"])
    keep_in_territory("stock_item")
    op.create_table(
        "stock_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("place", sa.String(), server_default="", nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cost", _amount(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_stock_move_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_stock_move_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_stock_move_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["stock_move.id"], name=op.f("fk_stock_move_undoes_id_stock_move")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_stock_move_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_move")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_stock_move_undoes_id")),
    )
    op.create_index("ix_stock_move_article", "stock_move", ["territory_id", "article", "day"])
    op.create_index("ix_stock_move_case", "stock_move", ["case_id"])
    op.create_index(op.f("ix_stock_move_process_id"), "stock_move", ["process_id"])
    op.create_index(op.f("ix_stock_move_territory_id"), "stock_move", ["territory_id"])
    keep_in_territory("stock_move")


def downgrade() -> None:
    op.drop_table("stock_move")
    op.drop_table("stock_item")
