"""The form of a structure's sheet: read from what was sent, shown again (F11)."""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from app.services import directory_words as words_in
from app.services import releases


def typed() -> dict[str, Any]:
    """Return what the form sent, by the names of the sheet."""
    sent: MultiDict[str, str] = request.form
    facts: dict[str, Any] = {name: sent.get(name, "") for name in (*words_in.TEXTS, "delai_jours", "accueil")}
    facts |= {name: sent.getlist(name) for name in words_in.LISTS}
    return facts | {"nommee": sent.get("nommee") == "oui"}


def shown(facts: Mapping[str, Any], problems: Mapping[str, list[str]], version: int) -> dict[str, Any]:
    """Return what the template of the form reads."""
    words = words_in.words_of(releases.current().settings.directory)
    return {
        "sent": facts,
        "problems": problems,
        "errors": [{"href": f"#{name}", "text": text} for name, texts in problems.items() for text in texts],
        "version": version,
        "lists": [(name, words_in.LISTS[name][1], words[name]) for name in words_in.LISTS if words[name]],
        "intake": tuple(words_in.INTAKE.items()),
    }


def said(row: Any) -> list[dict[str, Any]]:
    """Return what a sheet says as label and text, in the order of the form, without what it leaves out."""
    if row is None:
        return []
    words = words_in.words_of(releases.current().settings.directory)
    found: list[dict[str, Any]] = []
    for name in ("missions", "competences", "publics", "statuts", "revenus", "besoins", "dispositifs",
                 "conditions", "delai", "capacite", "contact", "site"):  # fmt: skip
        attribute, label = (words_in.LISTS.get(name) or words_in.TEXTS[name])[:2]
        text = words_in.said(getattr(row, attribute), words.get(name))
        if text:
            found.append({"name": name, "label": label, "value": text})
    if row.intake in words_in.INTAKE:
        found.append({"name": "accueil", "label": "Nouvelles demandes", "value": words_in.INTAKE[row.intake]})
    return found
