"""What a folder must pass before it becomes a release: read, judged, simulated. Nothing is written here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app import checker, simulator
from app.catalog.bundle import Bundle, bundle_from_files
from app.catalog.folder import read_folder, read_lineage, read_scenarios
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.checker import Problem, Verdict
from app.errors import BundleFault, RelaisError
from app.services import proofs
from app.simulator import Plan, Progress, Result

SEED: Final = 1
"""Every import is simulated on the same draws, so that two proofs can be compared."""


FIRST_HOUSEHOLDS: Final = 10
FIRST_MONTHS: Final = 12
"""How much is simulated of a territory loaded from the shipped files: a second or two."""


class RefusedByCheck(RelaisError):
    """The files hold errors."""

    sentence_template = "Rien n'est publié. Corrigez les erreurs dites ci-dessus, puis recommencez."


class RefusedBySimulation(RelaisError):
    """Steps could not run in the simulation."""

    sentence_template = (
        "{times} dans la simulation : rien n'est publié. Corrigez ce qui est dit ci-dessus, puis recommencez."
    )


@dataclass(frozen=True)
class Incoming:
    """A folder read: its files by normalised name, where its programme comes from, what tests it."""

    folder: Path
    files: Mapping[str, bytes]
    lineage: list[dict[str, Any]] = field(default_factory=list)
    scenarios: bytes | None = None

    def bundle(self) -> Bundle:
        """Return the files as a bundle.

        Raises:
            BundleFault: one cannot be used.
        """
        return bundle_from_files(self.files)

    def code(self) -> str:
        """Return the territory that ``territoire.toml`` names.

        Raises:
            BundleFault: the file cannot be read, or names none.
        """
        try:
            code = load_toml(self.files[SETTINGS_FILE].decode("utf-8")).get("code")
        except UnicodeDecodeError as fault:
            raise BundleFault(
                file=SETTINGS_FILE, cause="ce fichier n'est pas enregistré en UTF-8."
            ) from fault
        if not isinstance(code, str):
            raise BundleFault(file=SETTINGS_FILE, cause="« code » manque : écrivez celui du territoire.")
        return code

    def judged(self) -> tuple[list[Problem], list[Verdict]]:
        """Return everything wrong in the files, as it is and as ``relais check`` tells it, file by file."""
        problems = checker.judge(self.files, whole=True)
        told: dict[str, list[Problem]] = {name: [] for name in self.files}
        for problem in problems:
            # What belongs to no file of the folder is said of the one that every folder has.
            told[problem.path if problem.path in told else SETTINGS_FILE].append(problem)
        return problems, [Verdict(str(self.folder / name), tuple(found)) for name, found in told.items()]


def read(folder: Path) -> Incoming:
    """Read a flat folder.

    Raises:
        BundleFault: anything in it that cannot be taken.
    """
    return Incoming(folder, read_folder(folder), read_lineage(folder), read_scenarios(folder))


def usable(incoming: Incoming) -> Bundle | None:
    """Return the bundle, None when a file of it is unreadable (judging says which and why)."""
    try:
        return incoming.bundle()
    except BundleFault:
        return None


def first_lived(bundle: Bundle) -> dict[str, Any]:
    """Return the proof of a short simulation: what a territory just loaded from shipped files keeps."""
    return lived(bundle, households=FIRST_HOUSEHOLDS, months=FIRST_MONTHS)[1]


def lived(
    bundle: Bundle, *, households: int, months: int, progress: Callable[[Progress], None] | None = None
) -> tuple[Result, dict[str, Any]]:
    """Simulate a bundle; return the result and its proof.

    A programme that starts from no alert is simulated without households.
    """
    plan = Plan(households if bundle.settings.entry is not None else 0, months, SEED)
    result = simulator.simulate(bundle, plan, progress=progress)
    proof = proofs.of_simulation(
        result.as_json(), households=plan.households, months=plan.months, seed=plan.seed
    )
    return result, proof
