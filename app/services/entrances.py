"""Where a household may be signalled without an account: where the programme takes alerts (CAR-4)."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import select

from app import tenancy
from app.catalog.settings import FILE, load_toml
from app.database import db
from app.errors import BundleFault
from app.models import Release
from app.services import releases


def places() -> list[tuple[str, str]]:
    """Return code and name of each territory whose newest release takes alerts, by name."""
    found = []
    for code, name, ident in [(one.code, one.name, one.id) for one in releases.all_territories()]:
        with tenancy.serving(ident):
            newest = releases.newest()
            if newest is not None and _takes_alerts(newest.id):
                found.append((code, name))
    return found


@lru_cache(maxsize=256)
def _takes_alerts(release_id: UUID) -> bool:
    """Whether a release, which never changes, has an entry; read from its settings, without compiling."""
    held = db.session.scalar(select(Release.files).where(Release.id == release_id)) or {}
    try:
        return "dossier" in load_toml(str(held.get(FILE, "")))
    except BundleFault:
        return False
