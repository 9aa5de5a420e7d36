"""What of the settings is each territory's own and never comes from another: name, days, staff."""

from collections.abc import Mapping
from typing import Final

from app.catalog import identity
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.errors import BundleFault

_OURS: Final = (identity.LIVE, identity.STAFFING, "communes")
"""Tables of ``territoire.toml`` that are each territory's own, beside its code and its name."""


def localised(files: Mapping[str, bytes], ours: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a release with our code, name, communes, live values and staffing in its settings.

    Settings that cannot be written in are given back as they are.
    """
    if SETTINGS_FILE not in files or SETTINGS_FILE not in ours:
        return dict(files)
    try:
        text = files[SETTINGS_FILE].decode().replace("\r\n", "\n")
        mine = ours[SETTINGS_FILE].decode().replace("\r\n", "\n")
        said = load_toml(mine)
        text = identity.renamed(text, code=str(said["code"]), name=str(said["nom"]))
        for table in _OURS:
            text = identity.with_block(text, table, identity.block(mine, table))
    except (BundleFault, UnicodeDecodeError, KeyError):
        return dict(files)
    return {**files, SETTINGS_FILE: text.encode()}
