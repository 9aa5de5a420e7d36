"""Where a territory's programme comes from: releases of other territories, the nearest first."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from app.errors import BundleFault

FILE: Final = "lignee.json"
MAX_GENERATIONS: Final = 100

_CODE: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = frozenset({"territoire", "version", "empreinte", "le"})


def checked(value: object) -> list[dict[str, Any]]:
    """Return the lineage that ``lignee.json`` tells: code, number, fingerprint and date, nothing else.

    Raises:
        BundleFault: anything but a short list of such plain rows.
    """
    rows = value.get("lignee") if isinstance(value, dict) and set(value) == {"lignee"} else None
    if not isinstance(rows, list) or len(rows) > MAX_GENERATIONS or not all(map(_is_ancestor, rows)):
        raise BundleFault(
            file=FILE,
            cause="chaque ligne de « lignee » donne « territoire », « version », « empreinte » et « le », et "
            "rien d'autre. Reprenez le fichier écrit par « relais territory export ».",
        )
    return [dict(row) for row in rows]


def text(ancestors: Iterable[Mapping[str, Any]]) -> str:
    """Return ``lignee.json``: one release a line, always the same bytes for the same lineage."""
    rows = ",\n".join(f"    {json.dumps(dict(row), sort_keys=True, ensure_ascii=False)}" for row in ancestors)
    return '{\n  "lignee": [' + (f"\n{rows}\n  " if rows else "") + "]\n}\n"


def _is_ancestor(row: object) -> bool:
    if not isinstance(row, dict) or set(row) != _KEYS:
        return False
    number = row["version"]
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 1_000_000:
        return False
    if not all(isinstance(row[key], str) for key in ("territoire", "empreinte", "le")):
        return False
    try:
        date.fromisoformat(row["le"])
    except ValueError:
        return False
    return bool(_CODE.fullmatch(row["territoire"]) and _DIGEST.fullmatch(row["empreinte"]))
