"""What a column can mean in this programme: facts of the case, answers, dates of steps, acts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from app.catalog.fields import Field
from app.catalog.forms import Form
from app.engine.ways import Node, Stop
from app.services.releases import LoadedRelease
from app.services.takeover.headings import FACTS, PLAIN
from app.services.takeover.matching import REFERENCE
from app.services.takeover.route import graph_of
from app.services.text import fold

_PARTS: Final = {
    "voie": "numéro et voie",
    "complement": "complément",
    "commune": "commune",
    "cp": "code postal",
}
_WRITTEN: Final = frozenset(
    {"texte", "texte_long", "email", "courriel", "telephone", "nombre", "montant", "date", "choix", "cases",
     "oui_non", "partenaire"}
)  # fmt: skip
_CLOSE: Final = 0.84
_SHORT: Final = {"rdv": "rendez vous", "dt": "date", "orient": "orientation", "nb": "nombre"}
_WHO: Final = ("partenaire", "partenaires", "partenaire sollicite", "oriente vers", "orientation vers")
"""Usual headings of a column that names partners."""


@dataclass(frozen=True)
class Meaning:
    """One thing that a column may say; ``usual``: folded headings it usually has, ``sure``: for it alone."""

    key: str
    label: str
    group: str
    usual: tuple[str, ...] = ()
    sure: bool = False


class Meanings:
    """All that columns may mean in a release."""

    def __init__(self, release: LoadedRelease) -> None:
        self.release = release
        self.graph = graph_of(release)
        self._before: dict[Node, frozenset[Node]] = {}

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """Where a case can stand."""
        return self.graph.stops

    @cached_property
    def all(self) -> tuple[Meaning, ...]:
        """Every meaning, those of any programme first."""
        plain = [Meaning(key, label, "Le dossier", usual, sure=True) for key, label, usual in PLAIN]
        dates = [
            Meaning(date_key(stop), f"Date : {stop.name}", "Dates des étapes faites", _usual_dates(stop))
            for stop in self.stops
        ]
        return (*plain, *self._answers(), *dates, *self._acts())

    @cached_property
    def of_visits(self) -> tuple[Meaning, ...]:
        """What a column of the second sheet may mean: whose line it is, an act, a step done again."""
        whose = Meaning(
            REFERENCE, "Votre numéro ou référence", "Le dossier", ("numero", "reference", "ref", "n")
        )
        return (whose, *(one for one in self.all if one.group not in {"Le dossier", self._entry_group}))

    @cached_property
    def known(self) -> dict[str, Meaning]:
        """Meanings by key."""
        return {one.key: one for one in self.all}

    @property
    def entry(self) -> Form:
        """The form of an alert."""
        return self.release.forms[self.release.entry.form]

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """The forms that the columns may fill in: that of the alert, then those of the steps, in order."""
        ids = dict.fromkeys([self.release.entry.form, *(stop.form for stop in self.stops if stop.form)])
        return tuple(self.release.forms[one] for one in ids if one in self.release.forms)

    @property
    def _entry_group(self) -> str:
        return self.entry.title

    def _answers(self) -> Iterator[Meaning]:
        for form in self.forms:
            for one in form.fields:
                yield from self._of_field(form, one, "champ")

    def _of_field(self, form: Form, one: Field, kind: str) -> Iterator[Meaning]:
        key = f"{kind}:{form.id}.{one.key}"
        usual: tuple[str, ...] = (fold(one.label), fold(one.key))
        if one.type == "date":
            usual = (*(f"{before} {fold(form.id)}" for before in ("date", "date de", "date du")), *usual)
        if one.type == "adresse":
            for part, label in _PARTS.items():
                named = FACTS.get(f"{one.feeds}.{part}", ())
                yield Meaning(f"{key}.{part}", f"{one.label} : {label}", form.title, named, sure=bool(named))
        elif one.type == "tableau" and one.rows_from is None:
            for column in one.columns:
                if column.type in _WRITTEN:
                    label = f"{one.label} : {column.label}"
                    usual = (*self._who(column), fold(column.label))
                    yield Meaning(f"{key}.{column.key}", label, form.title, usual)
        elif one.type in _WRITTEN and not one.read_only:
            facts = FACTS.get(one.feeds or "", ()) if form.id == self.release.entry.form else ()
            yield Meaning(key, one.label, form.title, (*facts, *usual), sure=bool(facts))

    def _who(self, column: Field) -> tuple[str, ...]:
        """Return the usual headings of a column whose answers are kinds of partners."""
        values = {option.value for option in column.options}
        return _WHO if values and values <= set(self.release.settings.partner_kinds) else ()

    def _acts(self) -> Iterator[Meaning]:
        acts = self.release.settings.acts
        for act in acts.values():
            form = self.form_of_act(act.id)
            if not act.of_case or form is None:
                continue
            yield Meaning(
                f"geste:{act.id}",
                f"Date : {act.label}",
                "Gestes",
                (fold(act.label), f"date {fold(act.label)}"),
            )
            for one in form.fields:
                for meaning in self._of_field(form, one, f"geste:{act.id}"):
                    yield Meaning(meaning.key, f"{act.label} : {meaning.label}", "Gestes", ())

    def form_of_act(self, act_id: str) -> Form | None:
        """Return the form with which an act begins, None when it begins with none."""
        act = self.release.settings.acts.get(act_id)
        steps = self.release.programme.described.get(act.process, ()) if act else ()
        return next((self.release.forms.get(step.form or "") for step in steps if step.form), None)

    def guess(self, columns: Sequence[str], *, visits: bool = False) -> dict[str, str]:
        """Return the likely meaning of each column; the unlikely ones are left out.

        A meaning is given once, to the column that says it best; only dates and acts may come again.
        """
        known = self.of_visits if visits else self.all
        scored = sorted(
            ((score, -place, column, one.key) for place, column in enumerate(columns) for one in known
             if (score := _score(heading_of(column), one)) >= _CLOSE),
            reverse=True,
        )  # fmt: skip
        found: dict[str, str] = {}
        for _, _, column, key in scored:
            if column not in found and (key not in found.values() or is_repeated(key)):
                found[column] = key
        return found

    def guess_step(self, text: str) -> str | None:
        """Return ``process/element`` of the step that a cell names, None when it is not clear."""
        wanted = fold(text)
        best = sorted(
            ((_likeness(wanted, fold(stop.name)), stop) for stop in self.stops), key=lambda one: -one[0]
        )
        if not best or best[0][0] < 0.6 or (len(best) > 1 and best[0][0] - best[1][0] < 0.05):
            return None
        return step_key(best[0][1])

    def before(self, stop: Stop) -> frozenset[Node]:
        """Return what can be passed before a stop."""
        if stop.node not in self._before:
            self._before[stop.node] = self.graph.without(stop.node)
        return self._before[stop.node]

    def stop(self, key: str) -> Stop | None:
        """Return the stop of that ``process/element``."""
        return next((stop for stop in self.stops if step_key(stop) == key), None)


def is_repeated(key: str) -> bool:
    """Whether several columns may say it: the dates of what is done several times."""
    return key.startswith(("date:", "geste:")) or key.endswith(".date")


def step_key(stop: Stop) -> str:
    """Return what names a stop in a matching."""
    return f"{stop.process}/{stop.element}"


def date_key(stop: Stop) -> str:
    """Return the meaning « the day on which this step was done »."""
    return f"date:{step_key(stop)}"


def _usual_dates(stop: Stop) -> tuple[str, ...]:
    words = fold(stop.name).split()
    noun = " ".join(words[1:]).removeprefix("le ").removeprefix("la ").removeprefix("l ")
    return (
        tuple(f"{before} {noun}".strip() for before in ("date", "date de", "date du", "date de la", "date d"))
        if noun
        else ()
    )


def _score(heading: str, meaning: Meaning) -> float:
    """Return how well a heading says a meaning: facts of any case before answers, answers before dates."""
    if not heading:
        return 0.0
    if heading in meaning.usual:
        exact = 1.0 + 0.01 / (1 + meaning.usual.index(heading))
        return exact + (0.2 if meaning.sure else 0.1 if meaning.key.startswith("champ:") else 0.0)
    close = max((SequenceMatcher(None, heading, usual).ratio() for usual in meaning.usual), default=0.0)
    return close if len(heading) > 4 else 0.0


def heading_of(column: str) -> str:
    """Return a heading folded, with usual short forms written out."""
    return " ".join(_SHORT.get(word, word) for word in fold(column).split())


def _likeness(wanted: str, name: str) -> float:
    """Return how much two names of a step say the same, from 0 to 1; whole words count most."""
    if wanted == name:
        return 1.0
    mine, theirs = _stems(wanted), _stems(name)
    shared = len(mine & theirs)
    words = shared / max(1, min(len(mine), len(theirs))) * (0.75 + 0.25 * shared / max(1, len(mine | theirs)))
    return max(words * 0.95, SequenceMatcher(None, wanted, name).ratio())


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words that matter: « validation » and « valider » are one."""
    return {word[:5] for word in text.split() if len(word) > 3}
