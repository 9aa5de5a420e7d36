"""``[relations]``: the ways in which a programme entrusts a case to a structure, as people name them."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from app.catalog.source import Section

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")


def read_relations(section: Section) -> Mapping[str, str]:
    """Read ``[relations]``: a word for diagrams, its label; empty when the file says none.

    Raises:
        SettingsFault: a key is no word, or a label is missing.
    """
    section.keys_like(_KEY)
    return MappingProxyType({key: section.text(key) for key in section.values})
