"""What can be read of the files being judged; what cannot be read is absent, and said elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.catalog.forms import Form
from app.catalog.settings import Settings
from app.decisions import DecisionTable
from app.engine import Described


@dataclass(frozen=True)
class Model:
    """The files of a bundle, or one file alone, with everything readable in them.

    ``files`` maps normalised names to bytes. ``roots`` holds the XML of each readable diagram by file name,
    ``tables`` each readable decision table with its file name, by id, ``forms`` each form that compiles with
    its file name, by id. ``described`` gives each process's elements, by process id; ``process_files`` the
    file of each process. ``whole`` is false when a file is judged alone: what it names cannot be looked for.
    """

    files: Mapping[str, bytes]
    whole: bool
    settings: Settings | None = None
    roots: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, tuple[str, DecisionTable]] = field(default_factory=dict)
    forms: Mapping[str, tuple[str, Form]] = field(default_factory=dict)
    described: Mapping[str, tuple[Described, ...]] = field(default_factory=dict)
    process_files: Mapping[str, str] = field(default_factory=dict)
