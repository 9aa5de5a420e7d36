"""Rebuild ``app/data/communes.tsv.gz``, the national list of communes, from its npm package.

``npm pack @etalab/decoupage-administratif@6.0.0 && tar xzf *.tgz``, then
``python -m tools.communes package``: same package, same bytes. See docs/reference/communes.md.
"""

import gzip
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

OUT: Final = Path(__file__).resolve().parents[1] / "app" / "data" / "communes.tsv.gz"
_CURRENT: Final = "commune-actuelle"
_KINDS: Final = {
    "CC": "Communauté de communes",
    "CA": "Communauté d'agglomération",
    "CU": "Communauté urbaine",
}
_SPACES: Final = str.maketrans({"\t": " ", "\n": " ", "\r": " "})


def lines(package: Path) -> Iterable[str]:
    """Yield the lines of the list: a head, departments, groups, communes, former names and codes.

    Communes without a postcode (nobody lives there) are left out; arrondissements of Paris, Lyon and
    Marseille, delegated and associated communes lead to the commune that they are part of.
    """
    rows = _read(package, "communes")
    current = [row for row in rows if row["type"] == _CURRENT and row.get("codesPostaux")]
    groups = [*_read(package, "epci"), *_read(package, "ept")]
    codes = {row["code"] for row in current}
    member_of: dict[str, list[str]] = {code: [] for code in codes}
    for group in groups:
        for member in group["membres"]:
            member_of[member["code"]].append(group["code"])
    served = {row["departement"] for row in current}
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    yield f"#\t{version}"
    for row in _read(package, "departements"):
        if row["code"] in served:
            yield _line("D", row["code"], row["nom"])
    for group in sorted(groups, key=lambda one: str(one["code"])):
        yield _line("E", group["code"], _named(group))
    for row in sorted(current, key=lambda one: str(one["code"])):
        places = " ".join(row["codesPostaux"])
        yield _line(
            "C", row["code"], row["nom"], places, row["departement"], " ".join(member_of[row["code"]])
        )
    yield from _former(rows, current, codes)


def _former(
    rows: Sequence[Mapping[str, Any]], current: Sequence[Mapping[str, Any]], codes: set[str]
) -> Iterable[str]:
    found = {}
    for row in rows:
        now = row.get("chefLieu") or row.get("commune")
        if row["type"] != _CURRENT and now in codes:
            found[row["code"], row["nom"]] = now
    named = {code for code, _ in found}
    for row in current:
        for code in row.get("anciensCodes", ()):
            if code not in codes and code not in named:
                found[code, ""] = row["code"]
    for (code, name), now in sorted(found.items()):
        yield _line("A", code, name, now)


def _named(group: Mapping[str, Any]) -> str:
    name = str(group["nom"]).replace("''", '"').removeprefix(f"{group['type']} ")
    return f"{_KINDS[group['type']]} {name}" if group["type"] in _KINDS else name


def _line(*cells: str) -> str:
    return "\t".join(" ".join(str(cell).translate(_SPACES).split()) for cell in cells)


def _read(package: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((package / "data" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def write(package: Path, out: Path = OUT) -> int:
    """Write the list of a package; return its size in bytes."""
    data = gzip.compress(("\n".join(lines(package)) + "\n").encode(), 9, mtime=0)
    out.write_bytes(data)
    return len(data)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.communes DOSSIER_DU_PAQUET")
    print(f"{OUT.name}\t{write(Path(sys.argv[1]))}")
