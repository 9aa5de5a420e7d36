"""Threads of the network.

Revision: 0024, after 0023. Only new tables, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_thread_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_thread_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
    )
    op.create_index("ix_thread_last", "thread", ["territory_id", "last_at"])
    op.create_index(op.f("ix_thread_territory_id"), "thread", ["territory_id"])
    op.create_index(op.f("ix_thread_user_id"), "thread", ["user_id"])
    keep_in_territory("thread")
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone", sa.String(), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_reason", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_post_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_post_user_id_user_account")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_post_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_territory_id"), "post", ["territory_id"])
    op.create_index("ix_post_thread", "post", ["thread_id", "at"])
    op.create_index(op.f("ix_post_user_id"), "post", ["user_id"])
    keep_in_territory("post")
    op.create_table(
        "post_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_file_post_id_post")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_post_file_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_post_file_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_file")),
    )
    op.create_index(op.f("ix_post_file_post_id"), "post_file", ["post_id"])
    op.create_index(op.f("ix_post_file_territory_id"), "post_file", ["territory_id"])
    keep_in_territory("post_file")
    op.create_table(
        "thread_read",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_thread_read_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_thread_read_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_thread_read_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_read")),
        sa.UniqueConstraint("user_id", "thread_id", name=op.f("uq_thread_read_user_id_thread_id")),
    )
    op.create_index(op.f("ix_thread_read_territory_id"), "thread_read", ["territory_id"])
    op.create_index(op.f("ix_thread_read_thread_id"), "thread_read", ["thread_id"])
    keep_in_territory("thread_read")
    op.create_table(
        "exchange_reader",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("rhythm", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_exchange_reader_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_exchange_reader_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_reader")),
        sa.UniqueConstraint("user_id", "territory_id", name=op.f("uq_exchange_reader_user_id_territory_id")),
    )
    op.create_index("ix_exchange_reader_next", "exchange_reader", ["next_at"])
    op.create_index(op.f("ix_exchange_reader_territory_id"), "exchange_reader", ["territory_id"])
    keep_in_territory("exchange_reader")


def downgrade() -> None:
    op.drop_table("exchange_reader")
    op.drop_table("thread_read")
    op.drop_table("post_file")
    op.drop_table("post")
    op.drop_table("thread")
