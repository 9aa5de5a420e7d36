"""A line as a whole: who it speaks of, whether its days follow each other, what is known at each step."""

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from app import clock
from app.catalog.forms import Form
from app.engine.ways import Stop
from app.services.takeover import awaited
from app.services.takeover.awaited import Known
from app.services.takeover.errors import RowRefused
from app.services.takeover.given import Given, dated, day_of, merged, turns
from app.services.takeover.matching import REFERENCE
from app.services.takeover.route import Way
from app.services.takeover.situations import Acted, Done, Line, Raw, Situation
from app.services.text import fold, fold_address

if TYPE_CHECKING:
    from app.services.takeover.reader import Reader

MORNING: Final = time(9)
"""The hour at which what is known by its day alone is said to have happened."""


def moment(day: date) -> datetime:
    """Return the instant that stands for a day of the sheet: nine in the morning, in Paris, or now."""
    return min(datetime.combine(day, MORNING, clock.PARIS), clock.now())


class Whole:
    """Puts what was read of a line together."""

    def __init__(self, reader: "Reader") -> None:
        self._reader = reader

    def situation(
        self, line: Line, stop: Stop, way: Way, days: tuple[date, date | None], given: Given
    ) -> Situation | None:
        """Return the situation of a line; what does not hold is noted on it."""
        opened, since = days
        said = self._turns(line, given)
        entry = self._reader.meanings.entry
        if entry.id in given.forms and entry.id not in said:
            return None
        alert = merged(entry, self.default(entry.id), self._last(said, entry.id))
        household = self._household(line, entry, alert)
        self._judge(line, entry.id, alert, moment(opened))
        done = self._done(line, stop, way, given, said)
        self._in_order(line, (opened, since), stop, way, done)
        forms = {one.form for one in self._reader.meanings.stops if one.form}
        answers = {
            one: merged(self._reader.release.forms[one], self._proposed(way, one), self._last(said, one))
            for one in forms
            if one in self._reader.release.forms
        }
        done = awaited.dates(self._reader, Known(line, stop, way, opened, since, done), answers)
        return Situation(
            line=line.row.number,
            reference=line.first(self._reader.matching.meaning(REFERENCE)),
            household=household,
            opened=opened,
            alert=alert,
            stop=stop,
            way=way,
            since=since,
            done=done,
            acts=self._acts(line, given, opened),
            answers=answers,
            **self._marks(entry, alert),
        )

    def default(self, form_id: str) -> dict[str, Any]:
        """Return what is answered in a form wherever the sheet says nothing."""
        return dict(self._defaults.get(form_id, {}))

    @cached_property
    def _defaults(self) -> Mapping[str, Raw]:
        given = Given()
        for name, text in self._reader.matching.defaults.items():
            form_id, _, path = name.partition(".")
            if text and form_id in self._reader.release.forms:
                given.answer(form_id, path, self._reader.raw(form_id, path, text, ""))
        communes = self._reader.release.settings.communes
        found = {one: given.turns(self._reader.release.forms[one], communes) for one in given.forms}
        return {form_id: said[0] for form_id, said in found.items() if said}

    def _proposed(self, way: Way, form_id: str) -> dict[str, Any]:
        """Return what opens the way, and over it what is said for the whole lot."""
        opening = {
            name.partition(".")[2]: ("oui" if value else "non") if isinstance(value, bool) else value
            for name, value in way.answers.items()
            if name.startswith(f"{form_id}.")
        }
        return {**opening, **self.default(form_id)}

    def _turns(self, line: Line, given: Given) -> dict[str, list[Raw]]:
        forms, communes = self._reader.release.forms, self._reader.release.settings.communes
        found: dict[str, list[Raw]] = {}
        for form_id in given.forms:
            try:
                found[form_id] = given.turns(forms[form_id], communes)
            except RowRefused as refusal:
                line.refuse(self._place_column(form_id, refusal.sentence), refusal.sentence)
        return found

    @staticmethod
    def _last(said: Mapping[str, list[Raw]], form_id: str) -> Raw:
        return said[form_id][-1] if said.get(form_id) else {}

    def _household(self, line: Line, entry: Form, alert: Raw) -> str:
        named = {one.feeds: str(alert.get(one.key) or "") for one in entry.fields if one.feeds}
        if not named.get("menage.nom"):
            line.refuse(self._column("nom_complet"), "Le nom du ménage manque.")
        return " ".join(filter(None, (named.get("menage.prenom"), named.get("menage.nom"))))

    @staticmethod
    def _marks(entry: Form, alert: Raw) -> dict[str, str]:
        """Return what tells a household and a dwelling from others, as cases keep it."""
        named = {one.feeds: alert.get(one.key) for one in entry.fields if one.feeds}
        address = named.get("menage.adresse")
        place = address if isinstance(address, Mapping) else {}
        return {
            "match_name": fold(f"{named.get('menage.nom') or ''} {named.get('menage.prenom') or ''}"),
            "match_address": fold_address(str(place.get("voie") or "")),
            "insee": str(place.get("insee") or ""),
        }

    def _judge(self, line: Line, form_id: str, raw: Raw, at: datetime) -> None:
        """Note every answer that its field cannot hold."""
        with clock.at(at):
            problems = self._reader.forms.judge(form_id, raw, self._reader.lists)
        form = self._reader.release.forms[form_id]
        for path, sentences in problems.items():
            one = form.field(path.partition(".")[0])
            label = one.label if one is not None else path
            column = self._column(f"champ:{form_id}.{path.partition('.')[0]}")
            line.refuse(column, f"{label} : {sentences[0]}")

    def _done(
        self, line: Line, stop: Stop, way: Way, given: Given, said: Mapping[str, list[Raw]]
    ) -> tuple[Done, ...]:
        """Return the steps whose day is known, in the order of their days, then of the diagram."""
        found: list[tuple[date, int, Done]] = []
        order = {one.node: place for place, one in enumerate(self._reader.meanings.stops)}
        for one in self._reader.meanings.stops:
            form = self._reader.release.forms.get(one.form or "")
            turns_ = said.get(one.form or "", [])
            for turn, day in enumerate(self._days(given.dates.get(one.node), form, turns_)):
                raw = turns_[min(turn, len(turns_) - 1)] if turns_ else {}
                full = dated(form, merged(form, self._proposed(way, form.id), raw), day) if form else {}
                if one.form:
                    self._judge(line, one.form, raw, moment(day))
                self._place(line, one, stop, raw)
                found.append((day, order[one.node], Done(one.node, day, full)))
        return tuple(done for _, _, done in sorted(found, key=lambda item: item[:2]))

    @staticmethod
    def _days(told: list[date] | None, form: Form | None, said: list[Raw]) -> list[date]:
        """Return the days said by a column of their own, else by the answers themselves."""
        if told:
            return told
        days = [day_of(form, raw) for raw in said] if form is not None else []
        return [day for day in days if day is not None]

    def _place(self, line: Line, one: Stop, stop: Stop, raw: Raw) -> None:
        """Refuse a day of a step that comes after that of the case, unless its answers explain."""
        form = self._reader.release.forms.get(one.form or "")
        explained = form is not None and len(raw) > (1 if day_of(form, raw) else 0)
        before = self._reader.meanings.before(stop)
        if one.node != stop.node and one.node not in before and not explained:
            told = f"Une date est donnée pour « {one.name} », qui vient après « {stop.name} ». "
            line.refuse(
                self._column(f"date:{one.process}/{one.element}"), told + "Corrigez l'étape ou la date."
            )

    def _in_order(
        self, line: Line, days: tuple[date, date | None], stop: Stop, way: Way, done: tuple[Done, ...]
    ) -> None:
        opened, since = days
        names = {one.node: one.name for one in self._reader.meanings.stops}
        known = {item.node: item.on for item in done}
        last, before = opened, "le signalement"
        for node in way.passed:
            day = known.get(node)
            if day is not None and day < last:
                told = (
                    f"« {names.get(node, '')} » est daté du {day:%d/%m/%Y}, avant {before} ({last:%d/%m/%Y})."
                )
                line.refuse("", told)
            elif day is not None:
                last, before = day, f"« {names.get(node, '')} »"
        if since is not None and since < last:
            told = f"« {stop.name} » aurait commencé le {since:%d/%m/%Y}, avant {before} ({last:%d/%m/%Y})."
            line.refuse("", told)
        if since is None and way.passed and way.passed[-1] not in known:
            told = f"Le début de « {stop.name} » n'est pas donné : il est compté du {last:%d/%m/%Y}."
            line.note("", told)

    def _acts(self, line: Line, given: Given, opened: date) -> tuple[Acted, ...]:
        found = []
        for act in given.acts.keys() | given.act_answers.keys():
            form = self._reader.meanings.form_of_act(act)
            if form is None:
                continue
            communes = self._reader.release.settings.communes
            said = turns(form, given.act_answers.get(act, {}), communes)
            for turn, day in enumerate(self._days(given.acts.get(act), form, said)):
                if day < opened:
                    line.refuse(self._column(f"geste:{act}"), f"Le {day:%d/%m/%Y} est avant le signalement.")
                raw = dict(said[min(turn, len(said) - 1)]) if said else {}
                found.append(Acted(act, day, dated(form, merged(form, self.default(form.id), raw), day)))
        return tuple(sorted(found, key=lambda one: (one.on, one.act)))

    def _place_column(self, form_id: str, sentence: str) -> str:
        """Return the column that an address's fault is about: that of the commune, or that of the street."""
        part = ".voie" if "voie" in sentence else ".commune"
        meant = self._reader.matching.columns.items()
        found = (
            column for column, key in meant if key.startswith(f"champ:{form_id}.") and key.endswith(part)
        )
        return next(found, "")

    def _column(self, meaning: str) -> str:
        columns = self._reader.matching.columns
        return next((column for column, meant in columns.items() if meant.startswith(meaning)), "")
