"""What can be read of the files being judged; what cannot be read is absent, and said elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.catalog.forms import Form
from app.catalog.indicators import Indicators
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
    ``broken`` names the files that have a fault of their own: what they would hold must not be missed twice.
    """

    files: Mapping[str, bytes]
    whole: bool
    settings: Settings | None = None
    indicators: Indicators | None = None
    roots: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, tuple[str, DecisionTable]] = field(default_factory=dict)
    forms: Mapping[str, tuple[str, Form]] = field(default_factory=dict)
    described: Mapping[str, tuple[Described, ...]] = field(default_factory=dict)
    process_files: Mapping[str, str] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    def only(self, path: str) -> "Model":
        """Return what is known of one file, as if it were judged alone."""
        return replace(
            self,
            files={path: self.files[path]} if path in self.files else {},
            whole=False,
            roots={name: root for name, root in self.roots.items() if name == path},
            tables={key: pair for key, pair in self.tables.items() if pair[0] == path},
            forms={key: pair for key, pair in self.forms.items() if pair[0] == path},
            described={key: rows for key, rows in self.described.items() if self.process_files[key] == path},
            process_files={key: name for key, name in self.process_files.items() if name == path},
        )
