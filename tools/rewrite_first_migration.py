"""Rewrite ``migrations/versions/0001_first.py`` from the models, until the first release is out.

Once a server holds data, 0001 is history: this tool refuses as soon as a second migration exists.
"""

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from app.config import ROOT
from app.database import Base, Scoped
from app.services import schema

VERSIONS = ROOT / "migrations" / "versions"
TARGET = VERSIONS / "0001_first.py"
PAGE = '''"""Create the tables, keep each row in its territory, keep the journal as it was written.

Revision: 0001, after nothing. Written by ``make first-migration`` from the models, then read.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import append_only, keep_in_territory, rewritable

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCOPED = (
{scoped}
)
APPEND_ONLY = ({append_only},)


def upgrade() -> None:
    {upgrade}
    for table in SCOPED:
        keep_in_territory(table)
    for table in APPEND_ONLY:
        append_only(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        rewritable(table)
    {downgrade}
'''


def page() -> str:
    """Return the text of the migration that builds today's models from nothing."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=schema.comparison())
        script = produce_migrations(context, Base.metadata)
        sides = [
            _without_marks(
                render_python_code(side, render_item=schema.render_item, migration_context=context)
            )
            for side in (script.upgrade_ops, script.downgrade_ops)
            if side is not None
        ]
    scoped = sorted(m.class_.__tablename__ for m in Base.registry.mappers if issubclass(m.class_, Scoped))
    return PAGE.format(
        scoped="\n".join(f'    "{name}",' for name in scoped),
        append_only=", ".join(f'"{name}"' for name in sorted(schema.APPEND_ONLY)),
        upgrade=sides[0],
        downgrade=sides[1],
    )


def _without_marks(code: str) -> str:
    return "\n".join(line for line in code.splitlines() if not line.lstrip().startswith("# ###")).strip()


def main() -> int:
    """Rewrite the file; 1 when it is too late for that."""
    others = [path.name for path in VERSIONS.glob("[0-9]*.py") if path != TARGET]
    if others:
        print(f"0001 est publié ({', '.join(others)} le suit) : ajoutez une migration.", file=sys.stderr)
        return 1
    TARGET.write_text(page(), encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "format", "-q", TARGET], check=True)
    print(f"{TARGET.relative_to(ROOT)} réécrit : relisez-le.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
