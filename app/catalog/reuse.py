"""What a shipped territory takes from the shared base: everything, or the files that its ``base`` names.

``base = ["forms/manquement", "messages/rappel_tache"]`` in ``territoire.toml``: normalised names of a bundle,
without suffix. A programme that shares only a few steps with the base is not judged on the rest of it.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from xml.sax.saxutils import escape

from app.catalog.source import Section, SettingsFault

KEY: Final = "base"
_NAME: Final = re.compile(r"(bpmn|dmn|forms|messages|documents)/[a-z0-9][a-z0-9_-]{0,79}")

_LANE: Final = re.compile(r'(?P<head><bpmn:lane id="(?P<id>[a-z0-9_]+)" name=")[^"]*')
_QUOTES: Final = {'"': "&#34;", "'": "&#39;"}


def read_base(values: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the names that a parsed ``territoire.toml`` takes from the base, None when it takes everything.

    Raises:
        SettingsFault: the value is no list of such names.
    """
    if KEY not in values:
        return None
    names = Section("", values).texts(KEY)
    for name in names:
        if not _NAME.fullmatch(name):
            raise SettingsFault(
                f"« {KEY} » : « {name[:60]} » ne convient pas, il faut le dossier et le nom sans suffixe, "
                "comme « forms/manquement »."
            )
    return frozenset(names)


def takes(wanted: frozenset[str] | None, path: str) -> bool:
    """Whether a normalised path of the base (``forms/manquement.json``) is among ``wanted``."""
    return wanted is None or str(PurePosixPath(path).with_suffix("")) in wanted


def worded(values: Mapping[str, Any], path: str, data: bytes) -> bytes:
    """Return a file of the base as the territory says it: the lanes of a diagram bear its own names.

    A shared diagram names its lanes once, for everybody; what a team reads is the name of
    ``[couloirs.<id>] libelle``. A lane that the territory does not have keeps its name.
    """
    lanes = values.get("couloirs")
    if not path.startswith("bpmn/") or not isinstance(lanes, Mapping):
        return data

    def renamed(found: re.Match[str]) -> str:
        lane = lanes.get(found["id"])
        label = lane.get("libelle") if isinstance(lane, Mapping) else None
        return f"{found['head']}{escape(label, _QUOTES)}" if isinstance(label, str) else found[0]

    return _LANE.sub(renamed, data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
