"""Reading the lines of a sheet by a matching: each becomes a situation, or says what is wrong with it."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.fields import Field, Option
from app.catalog.kinds.choices import STRUCTURES
from app.catalog.sheets import SheetRow
from app.database import db
from app.engine.ways import Stop
from app.models import Partner
from app.services import form_lists, site_facts
from app.services.releases import LoadedRelease
from app.services.takeover import cells
from app.services.takeover.errors import RowRefused
from app.services.takeover.given import Given
from app.services.takeover.matching import FULL_NAME, OPENED, REFERENCE, SINCE, SKIPPED, STEP, Matching
from app.services.takeover.meanings import Meanings
from app.services.takeover.relaxed import Forms
from app.services.takeover.route import Way, way_to
from app.services.takeover.situations import Line, Read
from app.services.takeover.whole import Whole
from app.services.text import fold

OLDEST: Final = 20
"""Years: an open situation is not older; a date that is has its year wrong."""
_PARTS: Final = frozenset({"voie", "complement", "commune", "cp"})
_NOBODY: Final = UUID(int=0)
_LISTS: Final = frozenset({form_lists.WHO, STRUCTURES, site_facts.LISTED, site_facts.OPEN_ONES})


class Reader:
    """Reads the lines of one sheet for one release."""

    def __init__(self, release: LoadedRelease, matching: Matching) -> None:
        self.release, self.matching = release, matching
        self.meanings = Meanings(release)
        self.forms = Forms(release.forms)
        self.today = clock.today()
        self._whole = Whole(self)

    def read(self, row: SheetRow, visits: Sequence[SheetRow] = ()) -> Read:
        """Return what a line says, with the lines of the second sheet that bear its reference."""
        line = Line(row)
        stop, skipped = self._stop(line)
        if skipped:
            return Read(row.number, skipped=True)
        opened = self._opened(line)
        way = self._way(line, stop)
        given = Given()
        self._answers(line, given, self.matching.columns, row)
        for other in visits:
            self._answers(line, given, self.matching.visits, other)
        situation = None
        if stop is not None and way is not None and opened is not None:
            since = self._day(line, SINCE)
            situation = self._whole.situation(line, stop, way, (opened, since), given)
        return Read(row.number, None if line.refused else situation, tuple(line.problems))

    # The step, the way, the days

    def _stop(self, line: Line) -> tuple[Stop | None, bool]:
        column = next(iter(self.matching.meaning(STEP)), "")
        text = line.first(self.matching.meaning(STEP))
        if not text:
            line.refuse(column, "L'étape manque : on ne sait pas où placer ce dossier.")
            return None, False
        said = self.matching.steps.get(fold(text))
        if said == SKIPPED:
            return None, True
        stop = self.meanings.stop(said) if said else None
        if stop is None:
            told = (
                f"« {text[:60]} » n'est reliée à aucune étape du parcours. Reliez-la dans la correspondance."
            )
            line.refuse(column, told)
        return stop, False

    def _way(self, line: Line, stop: Stop | None) -> Way | None:
        way = way_to(self.release, stop) if stop is not None else None
        if stop is not None and way is None:
            line.refuse(
                "", f"Aucun chemin du parcours ne mène à « {stop.name} ». Choisissez une autre étape."
            )
        return way

    def _opened(self, line: Line) -> date | None:
        columns = self.matching.meaning(OPENED)
        if not line.first(columns):
            told = "La date du signalement manque : c'est d'elle que tout se compte."
            line.refuse(next(iter(columns), ""), told)
        return self._day(line, OPENED)

    def _day(self, line: Line, meaning: str) -> date | None:
        days = (self._past(line, name, line.cell(name)) for name in self.matching.meaning(meaning))
        return next((day for day in days if day is not None), None)

    def _past(self, line: Line, column: str, text: str) -> date | None:
        """Return a day that has been, or note why the cell gives none."""
        if not text:
            return None
        try:
            day = cells.read_day(text, self.today)
        except RowRefused as refusal:
            line.refuse(column, refusal.sentence)
            return None
        if day > self.today:
            line.refuse(column, f"Le {day:%d/%m/%Y} est à venir : cette date devrait être passée.")
        elif day.year < self.today.year - OLDEST:
            line.refuse(
                column, f"Le {day:%d/%m/%Y} est trop ancien pour une situation ouverte : vérifiez l'année."
            )
        else:
            return day
        return None

    # Answers

    def _answers(self, line: Line, given: Given, columns: Mapping[str, str], row: SheetRow) -> None:
        """Note what the columns of one line say, by form, step and act."""
        for column, meaning in columns.items():
            text = row.cells.get(column, "")
            head, _, rest = meaning.partition(":")
            if not text or not meaning:
                continue
            try:
                if head == "champ":
                    form_id, _, path = rest.partition(".")
                    given.answer(form_id, path, self.raw(form_id, path, text, meaning))
                elif head == "date":
                    self._dated(line, given, column, rest, text)
                elif head == "geste":
                    self._act(line, given, column, meaning, text)
                elif meaning == FULL_NAME:
                    self._full_name(given, text, column)
            except RowRefused as refusal:
                line.refuse(column, refusal.sentence)

    def _dated(self, line: Line, given: Given, column: str, step: str, text: str) -> None:
        process, _, element = step.partition("/")
        day = self._past(line, column, text)
        if day is not None:
            given.dates.setdefault((process, element), []).append(day)

    def _act(self, line: Line, given: Given, column: str, meaning: str, text: str) -> None:
        act, _, rest = meaning.removeprefix("geste:").partition(":")
        form = self.meanings.form_of_act(act)
        if form is None:
            return
        if rest:
            path = rest.partition(".")[2]
            answered = given.act_answers.setdefault(act, {})
            answered.setdefault(path, []).append(self.raw(form.id, path, text, meaning))
            return
        day = self._past(line, column, text)
        if day is not None:
            given.acts.setdefault(act, []).append(day)

    def _full_name(self, given: Given, text: str, column: str) -> None:
        last, first = cells.split_name(text, column)
        for one in self.meanings.entry.fields:
            if one.feeds == "menage.nom":
                given.answer(self.meanings.entry.id, one.key, cells.tidy_name(last))
            elif one.feeds == "menage.prenom" and first:
                given.answer(self.meanings.entry.id, one.key, cells.tidy_name(first))

    def raw(self, form_id: str, path: str, text: str, meaning: str) -> Any:
        """Return a cell as its field reads it: a part of an address stays text, a column of a table a list.

        Raises:
            RowRefused: the cell says nothing that the field can hold, or the programme has no such field.
        """
        form = self.release.forms.get(form_id)
        key, _, part = path.partition(".")
        one = form.field(key) if form is not None else None
        said = self.matching.words.get(meaning, {})
        if one is not None and one.type == "adresse" and part in _PARTS:
            return text
        if one is not None and one.type == "tableau":
            one = next((item for item in one.columns if item.key == part), None)
            if one is not None:
                texts = cells.several(text) if one.type in {"choix", "partenaire", "oui_non"} else [text]
                return [cells.raw_of(one, item, self.options(one), said, self.today) for item in texts]
        if one is None:
            told = "Cette colonne vise une réponse que le dispositif n'a plus. Reliez-la autrement."
            raise RowRefused(cause=told)
        return cells.raw_of(one, text, self.options(one), said, self.today)

    def options(self, one: Field) -> Sequence[Option]:
        """Return what a field may be answered with, lists of the territory included."""
        if one.options or one.options_from is None:
            return one.options
        if one.options_from == "annuaire":
            return self._partners
        found: Any = self.lists
        for part in one.options_from.split("."):
            found = found.get(part, ()) if isinstance(found, Mapping) else ()
        if isinstance(found, Mapping):
            return [Option(str(value), str(label)) for value, label in found.items()]
        return [Option(str(item.get("valeur")), str(item.get("libelle"))) for item in found]

    @cached_property
    def lists(self) -> dict[str, Any]:
        """The lists that forms read beside the answers."""
        lists = form_lists.lists(_LISTS, _NOBODY, self.release)
        return {**lists, "annuaire": [{"valeur": one.value, "libelle": one.label} for one in self._partners]}

    @cached_property
    def _partners(self) -> Sequence[Option]:
        rows = db.session.execute(
            select(Partner.id, Partner.name).where(Partner.active).order_by(Partner.name)
        )
        return [Option(str(row.id), row.name) for row in rows]

    @property
    def reference_columns(self) -> tuple[str, ...]:
        """The columns that hold the sheet's own number of a situation."""
        return self.matching.meaning(REFERENCE)
