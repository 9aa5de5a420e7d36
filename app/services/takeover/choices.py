"""What is asked about a sheet before it is read: what each column means, what its words stand for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.catalog.fields import Field, Option
from app.catalog.sheets import SheetRow
from app.services import releases
from app.services.releases import LoadedRelease
from app.services.takeover import cells
from app.services.takeover import matching as matchings
from app.services.takeover.batches import Sent, words_of
from app.services.takeover.errors import RowRefused
from app.services.takeover.matching import STEP, Matching
from app.services.takeover.meanings import Meaning, Meanings, step_key
from app.services.takeover.reader import Reader
from app.services.takeover.route import way_to
from app.services.text import fold

SAMPLES: Final = 3
MOST_WORDS: Final = 60
"""Different words of one column that are asked about; beyond, the column is no list."""


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its heading, some of what it holds, what it means."""

    name: str
    samples: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Word:
    """A text of the sheet that stands for something of the programme: ``value`` is what was chosen."""

    meaning: str
    label: str
    text: str
    folded: str
    value: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Question:
    """An answer for the whole lot: that of a choice of the route, or one that somebody added."""

    name: str
    label: str
    form: str
    value: str
    options: tuple[Option, ...]
    opens: bool


@dataclass(frozen=True)
class Choices:
    """All that is asked about a lot."""

    columns: tuple[Column, ...]
    visits: tuple[Column, ...]
    groups: tuple[tuple[str, tuple[Meaning, ...]], ...]
    visit_groups: tuple[tuple[str, tuple[Meaning, ...]], ...]
    steps: tuple[Word, ...]
    words: tuple[Word, ...]
    questions: tuple[Question, ...]
    addable: tuple[tuple[str, tuple[Option, ...]], ...]


def of(sent: Sent) -> Choices:
    """Return what is asked about a lot, with what was answered so far."""
    release = releases.current()
    reader = Reader(release, sent.matching)
    meanings = reader.meanings
    return Choices(
        columns=_columns(sent.columns, sent.rows, sent.matching.columns),
        visits=_columns(sent.visit_columns, sent.visits, sent.matching.visits),
        groups=_groups(meanings.all),
        visit_groups=_groups(meanings.of_visits),
        steps=tuple(_steps(sent, meanings)),
        words=tuple(_words(sent, reader)),
        questions=tuple(_questions(sent.matching, reader)),
        addable=_addable(meanings),
    )


def _columns(names: Sequence[str], rows: Sequence[SheetRow], meant: Mapping[str, str]) -> tuple[Column, ...]:
    found = []
    for name in names:
        texts = dict.fromkeys(filter(None, (row.cells.get(name, "") for row in rows[:200])))
        found.append(Column(name, tuple(texts)[:SAMPLES], meant.get(name, "")))
    return tuple(found)


def _groups(meanings: Sequence[Meaning]) -> tuple[tuple[str, tuple[Meaning, ...]], ...]:
    found: dict[str, list[Meaning]] = {}
    for one in meanings:
        found.setdefault(one.group, []).append(one)
    return tuple((group, tuple(some)) for group, some in found.items())


def _steps(sent: Sent, meanings: Meanings) -> Iterator[Word]:
    options = (
        *(Option(step_key(stop), stop.name) for stop in meanings.stops),
        Option(matchings.SKIPPED, "Situation close : ne pas reprendre"),
    )
    for text in words_of(sent.matching.columns, sent.rows, STEP)[:MOST_WORDS]:
        value = sent.matching.steps.get(fold(text), "")
        yield Word(STEP, "Étape", text, fold(text), value, options)


def _words(sent: Sent, reader: Reader) -> Iterator[Word]:
    """Yield the words of closed lists that are no answer of theirs by themselves."""
    for meaning in dict.fromkeys(sent.matching.columns.values()):
        one = field_of(reader.release, meaning)
        if one is None or one.type not in {"choix", "cases", "oui_non", "partenaire"}:
            continue
        options = tuple(reader.options(one)) or (Option("oui", "Oui"), Option("non", "Non"))
        known = sent.matching.words.get(meaning, {})
        texts = words_of(sent.matching.columns, sent.rows, meaning)
        parts = [part for text in texts for part in _parts(one, meaning, text)]
        for text in list({fold(part): part for part in parts}.values())[:MOST_WORDS]:
            if fold(text) in known or not _understood(one, text, options, reader):
                label = (
                    reader.meanings.known[meaning].label if meaning in reader.meanings.known else one.label
                )
                yield Word(meaning, label, text, fold(text), known.get(fold(text), ""), options)


def _parts(one: Field, meaning: str, text: str) -> list[str]:
    in_table = meaning.count(".") > 1
    return cells.several(text) if one.type == "cases" or in_table else [text]


def _understood(one: Field, text: str, options: Sequence[Option], reader: Reader) -> bool:
    try:
        cells.raw_of(one, text, options, {}, reader.today)
    except RowRefused:
        return False
    return True


def field_of(release: LoadedRelease, meaning: str) -> Field | None:
    """Return the field, or the column of a table, that a meaning fills in."""
    head, _, rest = meaning.partition(":")
    form_id, _, path = rest.partition(".")
    form = release.forms.get(form_id) if head == "champ" else None
    key, _, part = path.partition(".")
    one = form.field(key) if form is not None else None
    if one is not None and part:
        return next((item for item in one.columns if item.key == part), None)
    return one


def _questions(matching: Matching, reader: Reader) -> Iterator[Question]:
    """Yield what the ways to the steps ask, with the answers that open them; then what was added."""
    opening: dict[str, str] = {}
    for key in dict.fromkeys(matching.steps.values()):
        stop = reader.meanings.stop(key)
        way = way_to(reader.release, stop) if stop is not None else None
        for name, value in (way.answers if way is not None else {}).items():
            opening.setdefault(name, ("oui" if value else "non") if isinstance(value, bool) else str(value))
    for name in dict.fromkeys([*opening, *matching.defaults]):
        one = field_of(reader.release, f"champ:{name}")
        form = reader.release.forms.get(name.partition(".")[0])
        if one is None or form is None:
            continue
        options = (
            (Option("oui", "Oui"), Option("non", "Non"))
            if one.type == "oui_non"
            else tuple(reader.options(one))
            if one.type in {"choix", "partenaire"}
            else ()
        )
        value = matching.defaults.get(name, opening.get(name, ""))
        yield Question(name, one.label, form.title, value, options, name in opening)


def _addable(meanings: Meanings) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    found: dict[str, list[Option]] = {}
    for one in meanings.all:
        if one.key.startswith("champ:"):
            found.setdefault(one.group, []).append(Option(one.key.removeprefix("champ:"), one.label))
    return tuple((group, tuple(options)) for group, options in found.items())
