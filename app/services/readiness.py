"""Whether a server can serve: its database answers, is at this version, and its key is the right one."""

from functools import cache

from alembic.migration import MigrationContext
from sqlalchemy.exc import SQLAlchemyError

from app import tenancy
from app.database import db, end_read
from app.services import journal, releases, schema


def reason() -> str | None:
    """Return why the server cannot serve, in one word; None when it can.

    ``database``: it does not answer. ``migrations``: it stands at another version. ``key``: the data key is
    not the one that sealed the journal.
    """
    try:
        if revision() != _head():
            return "migrations"
        return None if key_fits() in {True, None} else "key"
    except SQLAlchemyError:
        db.session.remove()
        return "database"


def revision() -> str | None:
    """Return the revision the database of this application stands at."""
    with tenancy.unscoped("maintenance"):
        at = MigrationContext.configure(db.session.connection()).get_current_revision()
    end_read()
    return at


def key_fits() -> bool | None:
    """Whether the data key sealed the newest line of the journal; None while nothing was ever written."""
    fits = None
    for territory_id in [territory.id for territory in releases.all_territories()]:
        with tenancy.serving(territory_id):
            fits = journal.newest_fits()
        if fits is not None:
            break
    end_read()
    return fits


@cache
def _head() -> str:
    return schema.head()
