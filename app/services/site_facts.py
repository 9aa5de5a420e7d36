"""What forms, expressions and pages read of a site: its name, its landlord, how it is classed (BAT-2)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select

from app import clock
from app.catalog.sites import DIFFUSE
from app.database import db
from app.handlers.effects import Effect
from app.handlers.site_effects import AttachSite
from app.handlers.site_rows import FACTS, facts
from app.models import Case, Site
from app.services.releases import LoadedRelease

LISTED: Final = "sites"
"""The name under which a form lists the sites (« options »), then households on no site."""
OPEN_ONES: Final = "sites_ouverts"
"""The same without households on no site: what an opening, a contest or an ambassador asks for."""

NAMES: Final = frozenset({LISTED, OPEN_ONES})


def choices(release: LoadedRelease, *, closed: bool = False, diffuse: bool = True) -> list[dict[str, str]]:
    """Return the sites as a choice names them, then « diffuse » where the territory has a word for it.

    Args:
        release: gives the names of communes and the words.
        closed: also those that have closed; they still name what was chosen before.
        diffuse: offer « diffuse » too.
    """
    words = release.settings.sites
    if words is None:
        return []
    query = select(Site).order_by(Site.name, Site.id)
    if not closed:
        query = query.where(or_(Site.closed_on.is_(None), Site.closed_on > clock.today()))
    found = [{"valeur": str(row.id), "libelle": full_name(row, release)} for row in db.session.scalars(query)]
    return found + ([{"valeur": DIFFUSE, "libelle": words.diffuse}] if words.diffuse and diffuse else [])


def of_case(case: Case, release: LoadedRelease) -> str:
    """Return the name of the site a case belongs to; empty for none."""
    row = db.session.scalar(select(Site).where(Site.id == case.site_id)) if case.site_id is not None else None
    return full_name(row, release) if row is not None else ""


def full_name(site: Site, release: LoadedRelease) -> str:
    """Return « Chat perché, Cergy »."""
    commune = release.settings.commune(site.commune or "")
    return f"{site.name}, {commune.name}" if commune is not None else site.name


class OfCase(Mapping[str, Any]):
    """The site of a case as expressions read it; read from the database when asked for, once.

    What the step under way has just said counts already. Empty for a case on no site.
    """

    def __init__(self, case: Case, earlier: Sequence[Effect]) -> None:
        said = [one for one in earlier if isinstance(one, AttachSite)]
        self._site_id: UUID | None = said[-1].site_id if said else case.site_id

    @cached_property
    def _facts(self) -> dict[str, Any]:
        site = db.session.scalar(select(Site).where(Site.id == self._site_id)) if self._site_id else None
        return facts(site, clock.today())

    def __getitem__(self, key: str) -> Any:
        return self._facts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(FACTS)

    def __len__(self) -> int:
        return len(FACTS)
