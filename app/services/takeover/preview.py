"""What a lot would become: what is wrong line by line, how many cases land where; nothing is written."""

from collections import Counter
from dataclasses import dataclass

from app.catalog.sheets import SheetRow
from app.services import releases
from app.services.releases import LoadedRelease
from app.services.takeover import twins
from app.services.takeover.batches import Sent
from app.services.takeover.matching import FULL_NAME, OPENED, REFERENCE, STEP
from app.services.takeover.reader import Reader
from app.services.takeover.situations import Problem, Read, Situation
from app.services.text import fold


@dataclass(frozen=True)
class Preview:
    """A lot, read by its matching."""

    reads: tuple[Read, ...]
    problems: tuple[Problem, ...]
    ready: tuple[Situation, ...]
    skipped: int
    by_stop: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]

    @property
    def refused(self) -> int:
        """How many lines cannot be taken over."""
        return len({problem.line for problem in self.problems if problem.refuses})


def missing_columns(sent: Sent, release: LoadedRelease) -> tuple[str, ...]:
    """Return what must be matched before anything can be read: the step, the day of the alert, the name."""
    meant, entry = set(sent.matching.columns.values()), release.forms[release.entry.form]
    names = [f"champ:{entry.id}.{one.key}" for one in entry.fields if one.feeds == "menage.nom"]
    wanted = {
        "Étape où en est la situation": {STEP},
        "Date du signalement": {OPENED},
        "Nom": {FULL_NAME, *names},
    }
    return tuple(label for label, keys in wanted.items() if not keys & meant)


def read(sent: Sent) -> Preview:
    """Read every line of a lot; nothing is played, nothing is written."""
    release = releases.current()
    missing = missing_columns(sent, release)
    if missing:
        return Preview((), (), (), 0, (), missing)
    reader = Reader(release, sent.matching)
    visits = visits_of(sent)
    column = next(iter(sent.matching.meaning(REFERENCE)), "")
    reads = [reader.read(row, visits.get(reference_of(sent, row), ())) for row in sent.rows]
    read_well = [one.situation for one in reads if one.situation is not None]
    alike = twins.of(read_well, column, allowed=sent.matching.twins)
    problems = [*(problem for one in reads for problem in one.problems), *alike.values()]
    refused = {problem.line for problem in problems if problem.refuses}
    ready = tuple(one for one in read_well if one.line not in refused)
    counts = Counter(one.stop.name for one in ready)
    order = {stop.name: place for place, stop in enumerate(reader.meanings.stops)}
    return Preview(
        reads=tuple(reads),
        problems=tuple(sorted(problems, key=lambda one: (one.line, not one.refuses))),
        ready=ready,
        skipped=sum(one.skipped for one in reads),
        by_stop=tuple(sorted(counts.items(), key=lambda one: order[one[0]])),
        missing=(),
    )


def reference_of(sent: Sent, row: SheetRow) -> str:
    """Return the sheet's own number of a situation, folded; empty when it has none."""
    return next(filter(None, (fold(row.cells.get(name)) for name in sent.matching.meaning(REFERENCE))), "")


def visits_of(sent: Sent) -> dict[str, list[SheetRow]]:
    """Return the lines of the second sheet by the reference they bear; those without one are left out."""
    columns = [name for name, meant in sent.matching.visits.items() if meant == REFERENCE]
    found: dict[str, list[SheetRow]] = {}
    for row in sent.visits:
        reference = next(filter(None, (fold(row.cells.get(name)) for name in columns)), "")
        if reference:
            found.setdefault(reference, []).append(row)
    return found
