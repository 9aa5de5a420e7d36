"""What people call the files of a draft, read without trusting them: a broken file keeps its name."""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.settings import FILE as SETTINGS_FILE

_ID: Final = re.compile(r'("id"\s*:\s*)"([^"\\]*)"')
_FIXED: Final = {SETTINGS_FILE: "Réglages du territoire", INDICATORS_FILE: "Indicateurs"}


def of_files(names: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, str]:
    """Return the title of each file, out of the vocabulary of the draft; its bare name when it has none."""
    found = dict(_FIXED)
    found |= {f"forms/{form['id']}.json": form["title"] for form in words["forms"]}
    for process in words["processes"]:
        found.setdefault(process["file"], process["name"])
    for table in words["decisions"]:
        found.setdefault(table["file"], table["name"])
    return {name: found.get(name) or _said(PurePosixPath(name).stem) for name in names}


def _said(stem: str) -> str:
    words = stem.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def with_id(name: str, text: str, new: str) -> str:
    """Return a form's text with the ``id`` that its new name asks for; any other text as it is."""
    if not name.startswith("forms/"):
        return text
    old_id, new_id = PurePosixPath(name).stem, PurePosixPath(new).stem
    changed = _ID.sub(lambda found: f'{found[1]}"{new_id}"', text, count=1)
    try:
        before, after = json.loads(text), json.loads(changed)
    except (ValueError, RecursionError):
        return text
    if not isinstance(before, dict) or before.get("id") != old_id:
        return text
    return changed if after == {**before, "id": new_id} else text
