"""What a verdict says, in French: what changes for a case, what is in the way, what to do about it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from app.engine.migrating_plan import MAPPABLE
from app.expressions.calendar import in_paris

READY: Final = "Peut passer"
UNCHANGED: Final = "Peut passer, rien ne change pour lui"
LATER: Final = "Rien de ce qui est ouvert ; une étape à venir change."
"""What changes for a case that waits nowhere the new release touches, and may come there."""

_KEPT: Final = ("due_kept", "date_kept", "entry_unknown", "by_hand")
_OBSTACLES: Final[Mapping[str, str]] = {
    "gone": "l'étape ouverte « {name} » n'existe plus dans la version {version} : dites où elle continue",
    "kind": "« {name} » est devenu autre chose dans la version {version} : dites où elle continue",
    "called": "« {name} » est ouverte dans un sous-parcours que la version {version} remplace par un autre : "
    "dites où elle continue",
    "join": "une branche attend les autres à « {name} », qui n'existe plus dans la version {version} : "
    "dites où elle continue",
    "branch": "une branche attend à « {name} » après « {detail} », qui n'y mène plus dans la version "
    "{version} : dites où elle continue",
    "loop": "« {name} » est ouverte plusieurs fois à la fois et ne se répète plus de la même façon dans la "
    "version {version} : terminez-la d'abord dans sa version",
    "loop_order": "« {name} » est commencée, et ses répétitions ne se suivent plus de la même façon dans la "
    "version {version} (toutes à la fois, ou l'une après l'autre) : terminez-la d'abord dans sa version",
    "loop_item": "« {name} » est ouverte plusieurs fois, et la version {version} donne à chaque répétition "
    "une autre variable que celles qui sont ouvertes n'ont pas : gardez son nom, ou terminez-la d'abord",
    "loop_results": "« {name} » est en partie faite, et la version {version} ne rassemble plus ses résultats "
    "de la même façon : ceux des répétitions finies seraient perdus. Terminez-la d'abord dans sa version",
    "unsound": "dans la version {version}, le parcours ne pourrait pas se poursuivre normalement avec "
    "« {name} » seule ouverte (une branche attendrait pour rien, ou serait faite deux fois) : dites où elle "
    "continue, dans une ou plusieurs branches",
    "target": "l'étape choisie pour « {name} » ne peut pas être atteinte de là où elle est : "
    "choisissez-en une autre",
    "process": "le parcours « {name} » n'existe plus dans la version {version} : terminez-le dans la sienne",
    "many": "le diagramme de la version {version} mène trop de choses de front pour prouver que « {name} » "
    "peut continuer : terminez d'abord les étapes ouvertes à côté",
    "fault": "une étape ne pourrait pas s'exécuter{at} : {detail}",
    "lacks": "« {name} » lira plus loin « {detail} », que ce parcours n'a pas et que plus rien ne lui "
    "donnera avant : il pourrait s'y arrêter. Laissez-le finir dans sa version, ou dites dans la nouvelle ce "
    "qui vaut sans cette réponse, avec « present(…) »",
    "suspended": "ce parcours est suspendu, et passer lui ferait faire quelque chose tout de suite{at} : "
    "reprenez-le d'abord, ou laissez-le dans sa version",
    "ended": "ce parcours est terminé",
    "there": "ce parcours est déjà dans la version {version}",
    "unreadable": "sa version ne peut plus être lue : {detail}",
    "busy": "quelqu'un y travaillait au même moment, trois fois de suite : recommencez plus tard",
}

_NOTES: Final[Mapping[str, str]] = {
    "goes_on": "« {before} » continue à « {name} », avec son échéance et ses brouillons",
    "renamed": "« {before} » s'appelle maintenant « {name} »",
    "lane": "« {name} » passe du couloir « {before} » au couloir « {after} »",
    "form": "« {name} » demande un autre formulaire ; les réponses commencées restent",
    "instructions": "les consignes de « {name} » changent",
    "due": "l'échéance de « {name} » passe {spell}",
    "due_kept": "« {name} » garde son échéance ({kept}), bien que son délai change",
    "date": "la date attendue à « {name} » passe {spell}",
    "date_kept": "« {name} » garde sa date ({kept}), bien que son délai change",
    "by_hand": "« {name} » garde la date choisie à la main ({kept})",
    "entry_unknown": "« {name} » garde sa date ({kept}) : le jour de son entrée n'est plus connu",
    "border_gone": "« {name} », qui surveillait une étape ouverte, n'existe plus et s'arrête",
    "border_new": "« {name} » surveillera une étape ouverte, à compter du passage{until}",
    "event": "« {name} » attend maintenant le message « {after} » au lieu de « {before} »",
    "opens": "« {name} » s'ouvre tout de suite",
    "ends": "« {name} » s'arrête sans réponse",
    "ahead": "« {name} », ajoutée, reste à venir",
    "past": "« {name} », ajoutée avant l'endroit où il en est, est déjà passée",
    "dropped": "« {name} », qui restait à faire, n'existe plus",
    "empty": "« {name} » lira « {after} », que ce parcours n'a pas : comme une question laissée sans réponse",
    "promised": "« {name} » devra tenir une fréquence, comptée à partir du passage",
    "unpromised": "« {name} » n'a plus de fréquence à tenir",
    "list_kept": "« {name} » garde les répétitions qu'elle a commencées, bien que sa liste change",
    "finished": "le parcours se termine tout de suite",
}

_CONTENT: Final[Mapping[str, str]] = {
    "tables": "des tables de décision changent",
    "texts": "des messages ou des documents changent",
    "settings": "les réglages du territoire changent",
}


def verdict(kind: str, told: Mapping[str, Any], version: int) -> str:
    """Return the verdict of one case in a line: « Peut passer », or why not."""
    if kind == "refused":
        reasons = list(obstacles(told, version))
        return f"Refusé : {' ; '.join(reasons) or 'raison effacée avec le dossier'}."
    return UNCHANGED if kind == "unchanged" else READY


def obstacles(told: Mapping[str, Any], version: int) -> Iterator[str]:
    """Yield what is in the way of a case."""
    for code, _process, _element, name, detail in told.get("obstacles", ()):
        text = _OBSTACLES.get(code, "{detail}")
        at = f" à « {name} »" if name else ""
        sentence = text.format(name=name, detail=detail.rstrip("."), version=version, at=at)
        yield sentence


def changes(told: Mapping[str, Any], lanes: Mapping[str, Any]) -> list[str]:
    """Return what changes for a case, sentence by sentence; ``lanes`` give what people call them."""
    found = [_note(row, lanes) for row in told.get("notes", ())]
    asked = told.get("asked", ())
    found += [f"« {step} » demandera aussi : {_listed(fields)}" for step, fields in _by_step(asked)]
    found += [f"{what} au passage" for what in told.get("sets", ())]
    content = told.get("content", {})
    if content.get("forms"):
        found.append(f"des formulaires à venir changent : {_listed(content['forms'])}")
    found += [sentence for name, sentence in _CONTENT.items() if content.get(name)]
    if told.get("unbegun"):
        found.append("il n'a pas encore pu commencer : il commencera dans la nouvelle version")
    return [f"{sentence[:1].upper()}{sentence[1:]}." for sentence in dict.fromkeys(found)]


def _by_step(asked: Sequence[Sequence[str]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for step, label in asked:
        found.setdefault(step, []).append(label)
    return list(found.items())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"« {name} »" for name in names)


def _note(row: Sequence[str], lanes: Mapping[str, Any]) -> str:
    kind, _process, _element, name, before, after = row
    if kind == "lane":
        before, after = (lanes[one].label if one in lanes else one for one in (before, after))
    if kind == "goes_on" and before == name:
        return f"« {name} » continue, avec son échéance et ses brouillons"
    until = f", jusqu'au {_day(after)}" if after and kind == "border_new" else ""
    return _NOTES.get(kind, "« {name} » change").format(
        name=name, before=before, after=after, spell=_spell(before, after) if kind in ("due", "date") else "",
        kept=_day(before) or "aucune" if kind in _KEPT else "",
        until=until,
    )  # fmt: skip


def _spell(before: str, after: str) -> str:
    if before and after:
        return f"du {_day(before)} au {_day(after)}"
    return f"au {_day(after)} (il n'y en avait pas)" if after else f"du {_day(before)} à aucune"


def _day(moment: str) -> str:
    """Return the day of an instant as people write it; midnight is the end of the day before."""
    if not moment:
        return ""
    return f"{in_paris(datetime.fromisoformat(moment) - timedelta(microseconds=1)):%d/%m/%Y}"


def can_be_mapped(told: Mapping[str, Any]) -> bool:
    """Say whether all that is in the way of a case is settled by saying where its steps go on."""
    codes = [row[0] for row in told.get("obstacles", ())]
    return bool(codes) and all(code in MAPPABLE for code in codes)
