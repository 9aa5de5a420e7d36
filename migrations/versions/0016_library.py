"""The handbook of a release, laid out once and kept.

Revision: 0016, after 0015. A new table only, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handbook_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_handbook_file_release_id_release")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_handbook_file_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_handbook_file_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handbook_file")),
        sa.UniqueConstraint(
            "territory_id", "release_id", name=op.f("uq_handbook_file_territory_id_release_id")
        ),
    )
    op.create_index(op.f("ix_handbook_file_territory_id"), "handbook_file", ["territory_id"])
    keep_in_territory("handbook_file")


def downgrade() -> None:
    op.drop_table("handbook_file")
