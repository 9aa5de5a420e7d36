"""The table of what the shipped programmes share: which takes what of the base, and what it replaces.

``python -m tools.shared_base`` writes ``docs/reference/base-partagee.md``; a test sees that it is current.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from app.catalog.bundle import Bundle, resolve

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "base-partagee.md"
KINDS = (
    ("bpmn", "Diagrammes", "Une activité appelée par un parcours, ou un processus du territoire."),
    ("dmn", "Tables de décision", ""),
    ("forms", "Formulaires", ""),
)
TAKEN, OWN, NONE = "oui", "propre", "–"
_CALL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}callActivity"
_PROCESS = "{http://www.omg.org/spec/BPMN/20100524/MODEL}process"


@dataclass(frozen=True)
class Programme:
    """A shipped programme: its bundle, and the names of the files that it brings itself."""

    code: str
    bundle: Bundle
    own: frozenset[str]

    @property
    def label(self) -> str:
        """Return its name up to the comma: columns are narrow."""
        return self.bundle.settings.name.partition(",")[0]


def programmes(root: Path = ROOT) -> list[Programme]:
    """Return the shipped programmes, by code."""
    found = []
    for settings in sorted((root / "bpmn" / "territories").glob("*/territoire.toml")):
        code = settings.parent.name
        folders = (settings.parent, root / "forms" / "territories" / code)
        own = {_named(path) for folder in folders for path in folder.rglob("*") if path.is_file()}
        found.append(Programme(code, resolve(root, code), frozenset(own)))
    return found


def _named(path: Path) -> str:
    kind = {".bpmn": "bpmn", ".dmn": "dmn", ".json": "forms"}.get(path.suffix, path.parent.name)
    return f"{kind}/{path.name}"


def _base(root: Path, kind: str) -> Iterator[str]:
    folder = root / ("forms" if kind == "forms" else "bpmn") / "base"
    ending = {"bpmn": "bpmn", "dmn": "dmn", "forms": "json"}[kind]
    yield from sorted(f"{kind}/{path.name}" for path in folder.glob(f"*.{ending}"))


def state(programme: Programme, name: str) -> str:
    """Return how a programme stands to a file of the base: taken, replaced by its own, or not used."""
    if name in programme.own:
        return OWN
    return TAKEN if name in programme.bundle.files else NONE


def _title(name: str, data: bytes) -> str:
    if name.startswith("forms/"):
        found = re.search(rb'"titre"\s*:\s*"([^"]+)"', data)
        return found.group(1).decode() if found else name
    root = etree.fromstring(data)
    titled = next((node.get("name") for node in root.iter() if node.get("name")), None)
    return titled or name


def _calls(programme: Programme) -> Mapping[str, set[str]]:
    """Return, by called process, the processes of a programme that call it."""
    found: dict[str, set[str]] = {}
    for path, data in programme.bundle.files.items():
        if path.startswith("bpmn/"):
            for process in etree.fromstring(data).iter(_PROCESS):
                for call in process.iter(_CALL):
                    found.setdefault(call.get("calledElement", ""), set()).add(process.get("id", ""))
    return found


def written(root: Path = ROOT) -> str:
    """Return the page as Markdown."""
    shipped = programmes(root)
    heads = " | ".join(one.label for one in shipped)
    parts = [_INTRODUCTION]
    for kind, title, words in KINDS:
        parts.append(f"## {title}\n{words}\n" if words else f"## {title}\n")
        parts.append(f"| Base | {heads} |\n|---|{'---|' * len(shipped)}")
        for name in _base(root, kind):
            place = root / ("forms" if kind == "forms" else "bpmn") / "base" / name.partition("/")[2]
            cells = " | ".join(state(one, name) for one in shipped)
            parts.append(f"| {_title(name, place.read_bytes())} (`{name.partition('/')[2]}`) | {cells} |")
        parts.append("")
    parts.append("## Qui appelle quoi\nLes activités de la base et les parcours qui les appellent.\n")
    parts.append(f"| Appelé | {heads} |\n|---|{'---|' * len(shipped)}")
    calls = [_calls(one) for one in shipped]
    for name in _base(root, "bpmn"):
        called = Path(name).stem
        if any(called in one for one in calls):
            cells = " | ".join(_callers(one.get(called, set())) for one in calls)
            parts.append(f"| `{called}` | {cells} |")
    parts.append("")
    parts.append("## Ce que chacun apporte\n")
    parts += [_brings(root, one) for one in shipped]
    return "\n".join(parts).rstrip() + "\n"


def _callers(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or NONE


def _brings(root: Path, one: Programme) -> str:
    shared = {name for kind, _, _ in KINDS for name in _base(root, kind)}
    held = {name for name in one.bundle.files if name.partition("/")[0] in {kind for kind, _, _ in KINDS}}
    own, replaced = sorted((held & one.own) - shared), sorted(held & one.own & shared)
    taken = len(held - one.own)
    line = f"- **{one.bundle.settings.name}** (`{one.code}`) : {taken} pris à la base, {len(own)} à lui seul"
    return f"{line}, {len(replaced)} remplacés" + (f" ({_callers({*replaced})})." if replaced else ".")


_INTRODUCTION = """# Ce que les dispositifs partagent

Cette page est faite par `python -m tools.shared_base` ; un test vérifie qu'elle est à jour. « oui » :
le dispositif prend le fichier de la base, tel quel. « propre » : il a son fichier du même nom, qui remplace
celui de la base chez lui. « – » : il ne s'en sert pas. Ce qui change d'un dispositif à l'autre sans changer
de diagramme est dans son `territoire.toml` : couloirs, rôles, délais, réglages, partenaires.
"""


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
