"""The trend of a landlord's arrears beside its sites: the figures of a dated series (BAT-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app import clock
from app.handlers.site_rows import landlord_of
from app.models import Site
from app.services import references, releases
from app.services.text import fold


@dataclass(frozen=True)
class Trend:
    """The figures of one landlord, the oldest first; ``unit`` as the series writes it."""

    label: str
    unit: str
    landlord: str
    points: Sequence[tuple[date, Decimal]]


def trends(sites: Sequence[Site] | None = None) -> list[Trend]:
    """Return the trend of each landlord that the series of ``[sites]`` knows; of those of ``sites`` alone.

    A landlord is known by its name: that of the series and that of the site read the same.
    """
    settings = releases.current().settings
    series = settings.series.get(settings.sites.series or "") if settings.sites is not None else None
    if series is None:
        return []
    wanted = None if sites is None else {fold(landlord_of(one)) for one in sites}
    places = {key: label for key, label in series.places.items() if wanted is None or fold(label) in wanted}
    today = clock.today()
    found = [
        Trend(
            series.label,
            series.unit,
            label,
            [(one.on, one.value) for one in references.between(series.id, key, date.min, today)],
        )
        for key, label in places.items()
    ]
    return [one for one in found if one.points]
