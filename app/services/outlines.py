"""Outlines of communes for the map: imported from a GeoJSON by an administrator, checked, simplified.

Only what the territory serves is kept, found by INSEE code; names come from the settings, not from the file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from sqlalchemy import delete, select

from app import clock, tenancy
from app.database import db, transaction
from app.errors import Forbidden, RelaisError
from app.ids import new_id
from app.models import Outline
from app.services import journal, releases
from app.services.actors import Actor

MOST_BYTES: Final = 12_000_000
MOST_FEATURES: Final = 40_000
MOST_POINTS: Final = 2_000_000
FINEST: Final = 0.0008
"""Degrees within which a point adds nothing that a page shows (about 80 m)."""
ADMIN: Final = "territoire.administrer"
_CODES: Final = ("code", "insee", "code_insee", "codgeo", "insee_com", "insee_commune", "com")
Point = tuple[float, float]
Ring = list[Point]


class BadOutlines(RelaisError):
    """The file cannot be used; ``cause`` says why and what to do."""

    sentence_template = "{cause}"


@dataclass(frozen=True)
class Imported:
    """What an import kept, and what was not found in it or not wanted of it."""

    kept: int
    missing: tuple[str, ...]
    ignored: int


def import_geojson(content: bytes, actor: Actor) -> Imported:
    """Replace the outlines of the territory by those of a file.

    Args:
        content: a GeoJSON ``FeatureCollection`` of polygons in degrees, each with its INSEE code as ``code``,
            ``insee``, ``codgeo`` or ``insee_com``.

    Raises:
        Forbidden: the role does not administer the territory.
        BadOutlines: too large, no GeoJSON, a geometry that is no surface, coordinates that are no degrees, or
            no commune of the territory.
    """
    if not actor.rights.may(ADMIN):
        raise Forbidden
    communes = {one.insee: one.name for one in releases.current().settings.communes}
    found: dict[str, list[Ring]] = {}
    ignored, room = 0, [MOST_POINTS]
    for number, feature in enumerate(_features(content), start=1):
        code = _code(feature)
        if code not in communes:
            ignored += 1
            continue
        found.setdefault(code, []).extend(_rings(feature.get("geometry"), number, room))
    if not found:
        raise BadOutlines(
            cause="Aucune commune de ce territoire n'est dans ce fichier. Vérifiez que chaque contour porte "
            "son code INSEE, dans « code », « insee » ou « codgeo »."
        )
    _store(found, communes, actor)
    missing = tuple(name for code, name in communes.items() if code not in found)
    return Imported(len(found), missing, ignored)


def _features(content: bytes) -> Iterator[Mapping[str, Any]]:
    if len(content) > MOST_BYTES:
        raise BadOutlines(
            cause=f"Ce fichier dépasse {MOST_BYTES // 1_000_000} Mo. Prenez des contours simplifiés."
        )
    try:
        parsed = json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise BadOutlines(
            cause="Ce fichier n'est pas du GeoJSON. Exportez de nouveau les contours."
        ) from fault
    features = parsed.get("features") if isinstance(parsed, dict) else None
    if not isinstance(features, list) or parsed.get("type") != "FeatureCollection":
        raise BadOutlines(cause="Ce fichier n'est pas une collection de contours (« FeatureCollection »).")
    if len(features) > MOST_FEATURES:
        raise BadOutlines(cause="Ce fichier a trop de contours. Gardez ceux de votre territoire.")
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            raise BadOutlines(cause=f"Le contour n° {number} n'a pas de propriétés : son code INSEE manque.")
        yield feature


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _code(feature: Mapping[str, Any]) -> str:
    """Return the INSEE code of a feature, empty when it has none."""
    held = {str(key).lower(): value for key, value in feature["properties"].items()}
    for key in _CODES:
        value = held.get(key)
        if isinstance(value, str) and len(value) == 5:
            return value
    return ""


def _rings(geometry: object, number: int, room: list[int]) -> list[Ring]:
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    held = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    polygons = [held] if kind == "Polygon" else held if kind == "MultiPolygon" else None
    if not isinstance(polygons, list) or not polygons:
        raise BadOutlines(
            cause=f"Le contour n° {number} n'est pas une surface (« Polygon », « MultiPolygon »). Retirez-le."
        )
    rings = []
    for polygon in polygons:
        for ring in polygon if isinstance(polygon, list) and polygon else [None]:
            points = [_point(item, number) for item in ring] if isinstance(ring, list) else []
            room[0] -= len(points)
            if len(points) < 4 or room[0] < 0:
                raise BadOutlines(
                    cause=f"Le contour n° {number} est vide, ouvert ou trop détaillé. Corrigez-le."
                )
            rings.append(simplified(points))
    return rings


def _point(item: object, number: int) -> Point:
    if isinstance(item, list) and len(item) >= 2:
        longitude, latitude = item[0], item[1]
        plain = all(
            isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            for value in (longitude, latitude)
        )
        if plain and abs(longitude) <= 180 and abs(latitude) <= 90:
            return float(longitude), float(latitude)
    raise BadOutlines(
        cause=f"Le contour n° {number} n'est pas en degrés (longitude, latitude). Exportez-le en WGS 84."
    )


def simplified(ring: Sequence[Point], finest: float = FINEST) -> Ring:
    """Return a closed ring without the points that no page shows (Douglas and Peucker, without recursion)."""
    keep = {0, len(ring) - 1}
    middle = max(range(len(ring)), key=lambda place: _apart(ring[0], ring[place]))
    keep.add(middle)
    waiting = [(0, middle), (middle, len(ring) - 1)]
    while waiting:
        start, end = waiting.pop()
        far, most = 0, finest
        for place in range(start + 1, end):
            off = _off(ring[place], ring[start], ring[end])
            if off > most:
                far, most = place, off
        if far:
            keep.add(far)
            waiting += [(start, far), (far, end)]
    kept = [ring[place] for place in sorted(keep)]
    rounded = [(round(x, 5), round(y, 5)) for x, y in kept]
    return rounded if rounded[0] == rounded[-1] else [*rounded, rounded[0]]


def _apart(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _off(point: Point, start: Point, end: Point) -> float:
    """Return how far a point is from a segment."""
    length = _apart(start, end)
    if not length:
        return float(_apart(point, start) ** 0.5)
    along = (point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (end[1] - start[1])
    share = max(0.0, min(1.0, along / length))
    foot = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
    return float(_apart(point, foot) ** 0.5)


def _store(found: Mapping[str, list[Ring]], communes: Mapping[str, str], actor: Actor) -> None:
    with transaction() as session:
        session.execute(delete(Outline).where(Outline.territory_id == tenancy.current_id()))
        for code, rings in found.items():
            session.add(
                Outline(
                    id=new_id(),
                    insee=code,
                    name=communes[code],
                    rings=[[list(point) for point in ring] for ring in rings],
                    imported_at=clock.now(),
                    imported_by=actor.name,
                )
            )
        journal.write(
            "carte.importee", actor=actor.name, user_id=actor.user_id, details={"communes": len(found)}
        )


def remove(actor: Actor) -> None:
    """Take the map away.

    Raises:
        Forbidden: the role does not administer the territory.
    """
    if not actor.rights.may(ADMIN):
        raise Forbidden
    with transaction() as session:
        session.execute(delete(Outline).where(Outline.territory_id == tenancy.current_id()))
        journal.write("carte.retiree", actor=actor.name, user_id=actor.user_id)


def shapes() -> dict[str, list[Ring]]:
    """Return the rings of each commune by INSEE code, none before an import."""
    rows = db.session.execute(select(Outline.insee, Outline.rings).order_by(Outline.insee))
    return {row.insee: [[(x, y) for x, y in ring] for ring in row.rings] for row in rows}
