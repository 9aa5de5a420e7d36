"""``territoire.toml`` of a territory that opens on another's programme: its own words in their place.

Roles, lanes, partners and rules stay those of the programme; identity, communes, labels, who answers in each
lane, calendar, Anah, contact become the new territory's. Comments and order of the rest are kept.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from app.catalog import identity
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.errors import BundleFault


def adapted(text: str, state: Mapping[str, Any], *, with_live_rows: bool = False) -> str:
    """Return the settings of a new territory.

    Args:
        text: those of the release it starts from.
        state: ``code``, ``nom``, ``communes`` (``{insee, nom, cp: […]}``), ``roles`` (label by role),
            ``couloirs`` (roles by lane), ``jours_fermes`` and ``ancres`` (ISO days), ``annee_anah``,
            ``zone_anah``, ``contact``.
        with_live_rows: keep the source's dated rows too (sites, prices, budgets): for a year that is only
            lived in a simulation. The new territory writes its own.

    Raises:
        BundleFault: the settings are laid out so that something cannot be written in.
    """
    text = identity.renamed(text.replace("\r\n", "\n"), code=state["code"], name=state["nom"])
    text = identity.with_block(_headed(text), "communes", _communes(state["communes"]))
    others = load_toml(text).get(identity.LIVE, {}) if with_live_rows else {}
    text = identity.with_live(text, {**others, **_live(state)})
    try:
        document = tomlkit.parse(text)
        _labels(document, state)
        for row in document.get("calendrier", ()):
            anchor = state.get("ancres", {}).get(str(row.get("processus")))
            if anchor:
                row["ancre"] = date.fromisoformat(anchor)
        written = tomlkit.dumps(document)
    except (TOMLKitError, KeyError, TypeError, ValueError) as fault:
        raise BundleFault(
            file=SETTINGS_FILE, cause="ce fichier est écrit d'une façon qui ne peut pas être adaptée ici."
        ) from fault
    load_toml(written)
    return written


def _headed(text: str) -> str:
    """Return the settings without communes written as one value: theirs come under headers, at the end."""
    document = tomlkit.parse(text)
    if "communes" not in document or isinstance(document["communes"], AoT):
        return text
    del document["communes"]
    return tomlkit.dumps(document)


def _labels(document: Any, state: Mapping[str, Any]) -> None:
    for role, label in state.get("roles", {}).items():
        if role in document.get("roles", {}) and document["roles"][role]["libelle"] != label:
            document["roles"][role]["libelle"] = label
    for lane, roles in state.get("couloirs", {}).items():
        if (
            lane in document.get("couloirs", {})
            and list(document["couloirs"][lane].get("roles", ())) != roles
        ):
            document["couloirs"][lane]["roles"] = roles


def _communes(rows: Sequence[Mapping[str, Any]]) -> str:
    blocks = []
    for row in rows:
        codes = list(row["cp"])
        said = _quoted(codes[0]) if len(codes) == 1 else f"[{', '.join(map(_quoted, codes))}]"
        blocks.append(
            f"[[communes]]\ninsee = {_quoted(row['insee'])}\nnom = {_quoted(row['nom'])}\ncp = {said}"
        )
    return "\n\n".join(blocks)


def _quoted(text: str) -> str:
    return tomlkit.string(text).as_string()


def _live(state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "annee_anah": state.get("annee_anah"),
        "zone_anah": state.get("zone_anah"),
        "jours_fermes": [date.fromisoformat(day) for day in state.get("jours_fermes", ())],
        "contact": {key: value for key, value in state.get("contact", {}).items() if value},
    }
