"""What frequencies name: the form they count, its fields, the lanes told of a step that is late (AST-6)."""

from collections.abc import Iterator

from app.catalog import frequency
from app.catalog.forms import Form
from app.catalog.frequency import Frequency
from app.catalog.kinds import kind_of
from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import OPEN, SETTINGS, Catalogue, catalogue, perhaps
from app.checker.names.occurrences import occurrences
from app.checker.problem import Problem
from app.engine import Described
from app.engine.checks.frequencies import STAYS

_STARTS = "startEvent"


def problems(model: Model) -> Iterator[Problem]:
    """Yield what the frequencies and escalations of a whole bundle name in vain, or may not read."""
    if not model.whole:
        return
    known = catalogue(model)
    for process, rows in model.described.items():
        path = model.process_files[process]
        for item in rows:
            yield from _lane(model, path, item)
            rule = frequency.read(item.properties) if item.kind in STAYS | {_STARTS} else None
            if rule is not None:
                yield from _Read(known, path, process, item, rule).problems()


def _lane(model: Model, path: str, item: Described) -> Iterator[Problem]:
    named = item.properties.get("escalade_a", "").strip()
    if named and model.settings is not None and named not in model.settings.lanes:
        hint = perhaps(named, list(model.settings.lanes)) or "Nommez un couloir de territoire.toml."
        yield Problem(
            path,
            item.element,
            "error",
            "unknown-lane",
            f"Le retard de l'étape « {item.name} » serait signalé au couloir « {named} », absent de "
            f"territoire.toml. {hint}",
        )


class _Read:
    """One frequency being read."""

    def __init__(self, known: Catalogue, path: str, process: str, item: Described, rule: Frequency) -> None:
        self.known, self.path, self.process, self.item, self.rule = known, path, process, item, rule

    def problems(self) -> Iterator[Problem]:
        """Yield what it names in vain, or may not read."""
        yield from self._place()
        yield from self._warning()
        if self.rule.counted and self.rule.counted not in inventory.forms(self.known.model):
            yield self._say(
                "unknown-form",
                f"La fréquence compte le formulaire « {self.rule.counted} », qui n'existe pas. "
                f"{perhaps(self.rule.counted, list(self.known.forms)) or 'Corrigez « frequence_compte ».'}",
            )
        form = self.known.forms.get(self.rule.counted)
        if form is not None:
            yield from self._day(form)
            for text in (self.rule.condition, self.rule.within_condition):
                yield from self._condition(form, text)

    def _say(self, code: str, message: str, *, warns: bool = False) -> Problem:
        return Problem(self.path, self.item.element, "warning" if warns else "error", code, message)

    def _place(self) -> Iterator[Problem]:
        """A start's frequency is the territory's own: of a process of the calendar, on settings alone."""
        settings = self.known.model.settings
        if self.item.kind != _STARTS:
            return
        if settings is not None and all(entry.process != self.process for entry in settings.schedule):
            yield self._say(
                "frequency-nowhere",
                "Cette fréquence est posée sur le début d'un processus que le calendrier ne démarre pas : "
                "personne ne la tiendrait. Ajoutez-le dans [[calendrier]], ou posez-la sur une activité.",
            )
        for text in (self.rule.minimum, self.rule.within):
            yield from self._names(text, frozenset({SETTINGS}), "reglages")

    def _warning(self) -> Iterator[Problem]:
        if not self.rule.warning:
            yield self._say(
                "frequency-without-warning",
                "Cette fréquence ne prévient personne avant la fin de la période. Écrivez quand dans "
                '« frequence_alerte », par exemple "P10D" (dix jours avant la fin).',
                warns=True,
            )
        yield from self._names(
            self.rule.warning,
            frozenset({SETTINGS, frequency.BOUNDS}),
            "fenetre.debut, fenetre.fin et reglages",
        )
        for name in _names(self.rule.warning):
            root, _, rest = name.partition(".")
            if root == frequency.BOUNDS and rest not in ("debut", "fin"):
                yield self._say(
                    "unknown-field", f"« {name} » n'existe pas. Écrivez fenetre.debut ou fenetre.fin."
                )

    def _names(self, text: str, roots: frozenset[str], words: str) -> Iterator[Problem]:
        for name in _names(text):
            root = name.partition(".")[0]
            fault = self.known.unknown(name) if root == SETTINGS else None
            if fault is not None:
                yield self._say(*fault)
            elif root not in roots:
                yield self._say("unknown-name", f"« {name} » ne se lit pas ici. On y lit {words}.")

    def _day(self, form: Form) -> Iterator[Problem]:
        if not self.rule.day:
            return
        field = form.field(self.rule.day)
        if field is None or field.type != "date":
            dates = [item.key for item in form.fields if item.type == "date"]
            hint = perhaps(self.rule.day, dates) or "Nommez un champ « date » dans « frequence_date »."
            yield self._say(
                "unknown-field", f"Le formulaire « {form.id} » n'a pas de date « {self.rule.day} ». {hint}"
            )
        elif field.classe != OPEN:
            yield self._protected(form, field.key, field.classe)

    def _condition(self, form: Form, text: str) -> Iterator[Problem]:
        """A condition reads the fields of the counted form by their key, and the settings."""
        for name in _names(text):
            root = name.partition(".")[0]
            field = form.field(root)
            if root == SETTINGS:
                yield from self._names(name, frozenset({SETTINGS}), "reglages")
            elif field is None or not kind_of(field).answered:
                keys = [item.key for item in form.fields if kind_of(item).answered]
                hint = perhaps(root, keys) or f"Les champs de « {form.id} » s'écrivent par leur clé seule."
                yield self._say(
                    "unknown-field", f"Le formulaire « {form.id} » ne pose pas la question « {root} ». {hint}"
                )
            elif field.classe != OPEN:
                yield self._protected(form, field.key, field.classe)

    def _protected(self, form: Form, key: str, classe: str) -> Problem:
        return self._say(
            "protected-condition",
            f"La fréquence lit « {form.id}.{key} », une réponse de classe « {classe} ». "
            "Comptez sur une réponse technique, ou changez la classe de ce champ.",
        )


def _names(text: str) -> Iterator[str]:
    return iter(dict.fromkeys(item.name for item in occurrences(text))) if text else iter(())
