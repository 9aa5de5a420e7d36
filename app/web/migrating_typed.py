"""What the pages of a migration are sent, and what their fields show."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.engine import Place
from app.errors import NotFound
from app.services.migrating import Choice
from app.services.migrating.mapping import STOPS, Asked, Option
from app.services.releases import ReleaseRow

FIELDS: Final = ("vers", "avec", "avec2")
"""The fields of one step: where it goes on, and in which branches beside."""


def choice(sent: Mapping[str, Any], rows: Sequence[ReleaseRow]) -> Choice:
    """Return what is looked for; the target is the newest version unless said otherwise.

    Raises:
        NotFound: the territory has no version.
    """
    if not rows:
        raise NotFound
    wanted = _number(sent.get("vers"))
    target = next((row for row in rows if row.number == wanted), rows[0])
    return Choice(
        target=target.id,
        process=str(sent.get("processus", ""))[:80],
        element=str(sent.get("etape", ""))[:80],
        release=_number(sent.get("depuis")),
        reference=str(sent.get("dossier", "")).strip()[:40],
    )


def _number(text: Any) -> int | None:
    typed = str(text or "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else None


def ids(texts: Iterable[str]) -> list[UUID]:
    """Return the ids among what was ticked; anything else is nobody's."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def round_of(sent: Mapping[str, Any]) -> int:
    """Return the round that a form was made from; one without is out of date."""
    return _number(sent.get("tour")) or 0


def mapping(sent: Any, asked: Sequence[Asked]) -> dict[Place, tuple[Place, ...]]:
    """Return where each step goes on; a step that is left as it is has no line."""
    found: dict[Place, tuple[Place, ...]] = {}
    for one in asked:
        values = [sent.get(f"{field}:{one.key}", "") for field in FIELDS]
        if values[0] == STOPS:
            found[one.place] = ()
            continue
        places = [_place(value) for value in values if value]
        if places and values[0]:
            found[one.place] = tuple(dict.fromkeys(places))
    return found


def _place(text: str) -> Place:
    process, _, element = text.partition("/")
    return process[:80], element[:80]


def asked(one: Asked) -> dict[str, Any]:
    """Return a step for its fields: what is chosen, else what is proposed."""
    chosen = ["/".join(place) for place in one.chosen or ()]
    if one.chosen == ():
        chosen = [STOPS]
    proposed = "/".join(one.proposed) if one.proposed is not None and one.chosen is None else ""
    values = chosen or ([proposed] if proposed else [])
    return {
        "step": one,
        "values": dict(zip(FIELDS, [*values, "", "", ""], strict=False)),
        "proposed": bool(proposed),
        "beside": len(chosen) > 1,
    }


def grouped(options: Sequence[Option]) -> list[tuple[str, list[Option]]]:
    """Return the elements that may be chosen, by process."""
    found: dict[str, list[Option]] = {}
    for option in options:
        found.setdefault(option.process_name, []).append(option)
    return list(found.items())
