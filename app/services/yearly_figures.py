"""The figures of a report, in words and numbers that no longer change: what was counted the day it is issued.

They are plain JSON with their definitions, so that a report reads the same whatever becomes of the programme.
The public ones hold « n. c. » wherever a number could tell of a household (LAW-9).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from app import clock
from app.catalog.indicators import Dimension, Indicator
from app.catalog.words import number, say
from app.services import disclosure, indicators_aside, indicators_view, releases
from app.services.disclosure import Earlier
from app.services.indicators_figures import none_of
from app.services.indicators_periods import Period
from app.services.indicators_sums import MONTH, NOTHING, TOTAL, Cells, Counted, Place, Sums, Value, months
from app.services.suppression import HIDDEN

_NOTHING: Final = "–"
SHORT: Final = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


@dataclass(frozen=True)
class Frozen:
    """The figures of a report: internal, public, and the classes that the internal ones draw on."""

    internal: dict[str, Any]
    public: dict[str, Any]
    classes: tuple[str, ...]


def freeze(period: Period, earlier: tuple[Earlier, ...]) -> Frozen:
    """Count a year and the one before it, now, and write both versions."""
    release = releases.current()
    wanted = release.bundle.indicators
    now, before = Sums(wanted, period, {}, linked=True), Sums(wanted, period.before(), {})
    counted, was = indicators_aside.take([now, before])
    hidden = disclosure.withheld(wanted, counted, period, links=now.links, earlier=earlier)
    words = indicators_view.words(release)
    drawn = [indicators_view.of_indicator(one, release) for one in wanted.all]
    drawn += [
        indicators_view.of_dimension(wanted.dimensions[key], release) for one in wanted.all for key in one.by
    ]
    stamp = {
        "arretes_le": say(clock.today()),
        "periode": period.words,
        "precedente": period.before().words,
        "version": release.number,
        "seuil": wanted.smallest,
    }
    writer = _Writer(words, period, counted, was)
    public = [one for one in wanted.all if not _secret(one, words)]
    return Frozen(
        internal={**stamp, "themes": writer.themes(wanted.all, None)},
        public={
            **stamp,
            "themes": writer.themes(public, hidden),
            "cellules": _shown(counted, hidden),
            "masquees": {
                ident: [list(place) for place in sorted(places)] for ident, places in hidden.items()
            },
        },
        classes=tuple(sorted(frozenset[str]().union(*drawn))),
    )


def _secret(one: Indicator, words: indicators_view.Words) -> bool:
    """Whether a figure draws on secret answers: it is never published, withheld or not."""
    return "secret" in indicators_view.of_indicator(one, words.release)


def _shown(counted: Counted, hidden: Mapping[str, frozenset[Place]]) -> dict[str, Any]:
    """Return how many households stand behind each cell that is published."""
    return {
        ident: [[*place, value.households] for place, value in cells.items() if place not in hidden[ident]]
        for ident, cells in counted.items()
    }


def earlier_of(period: Period, public: Mapping[str, Any]) -> Earlier:
    """Return what a published report tells, for the next one to be judged with."""
    shown = {
        ident: {(name, key): count for name, key, count in rows}
        for ident, rows in public.get("cellules", {}).items()
    }
    withheld = {
        ident: frozenset((name, key) for name, key in rows)
        for ident, rows in public.get("masquees", {}).items()
    }
    return Earlier(period, shown, withheld)


@dataclass(frozen=True)
class _Writer:
    """Writes figures; ``hidden`` is None for the internal version, which compares with the year before."""

    words: indicators_view.Words
    period: Period
    counted: Counted
    before: Counted

    def themes(
        self, wanted: tuple[Indicator, ...] | list[Indicator], hidden: Mapping[str, frozenset[Place]] | None
    ) -> list[dict[str, Any]]:
        """Return the figures under the headings of their themes."""
        found: dict[str, list[dict[str, Any]]] = {}
        for one in wanted:
            out = None if hidden is None else hidden[one.id]
            found.setdefault(one.theme or "Chiffres", []).append(self._figure(one, out))
        return [{"titre": title, "chiffres": figures} for title, figures in found.items()]

    def _figure(self, one: Indicator, out: frozenset[Place] | None) -> dict[str, Any]:
        now, was = self.counted[one.id], self.before.get(one.id, {})
        dimensions = self.words.release.bundle.indicators.dimensions
        parts = [dimensions[key] for key in one.by]
        if out is not None:
            parts = [
                part for part in parts
                if "secret" not in indicators_view.of_dimension(part, self.words.release)
            ]  # fmt: skip
        return {
            "id": one.id,
            "libelle": one.label,
            "definition": one.definition,
            "source": one.source,
            "valeur": self._said(one, now.get(TOTAL, NOTHING), TOTAL, out),
            "precedente": written(one, was.get(TOTAL, NOTHING)) if out is None else "",
            "mois": self._months(one, now, out),
            "ventilations": [self._breakdown(one, part, now, was, out) for part in parts],
        }

    def _breakdown(
        self, one: Indicator, part: Dimension, now: Cells, was: Cells, out: frozenset[Place] | None
    ) -> dict[str, Any]:
        keys = {key for name, key in now if name == part.id}
        if out is None:
            keys |= {key for name, key in was if name == part.id}
        lines = []
        for key in sorted(keys, key=lambda key: self.words.order(part, key)):
            place = (part.id, key)
            here = now.get(place, none_of(one))
            lines.append(
                {
                    "libelle": self.words.of(part, key),
                    "valeur": self._said(one, here, place, out),
                    "nombre": None if out is not None and place in out else _plain(here),
                    "precedente": written(one, was.get(place, none_of(one))) if out is None else "",
                }
            )
        return {"libelle": part.label, "lignes": lines}

    def _months(self, one: Indicator, now: Cells, out: frozenset[Place] | None) -> list[list[Any]]:
        if one.when != "debut" or one.derived or one.measure not in ("compte", "somme", "repartition"):
            return []
        found = []
        for month in months(self.period.first, self.period.last):
            place = (MONTH, month.isoformat()[:7])
            value = now.get(place, none_of(one))
            withheld = out is not None and place in out
            said = self._said(one, value, place, out)
            found.append([SHORT[month.month - 1], said, None if withheld else _plain(value)])
        return found

    def _said(self, one: Indicator, value: Value, place: Place, out: frozenset[Place] | None) -> str:
        return HIDDEN if out is not None and place in out else written(one, value)


def _plain(value: Value) -> str | None:
    return str(value.value) if value.value is not None else None


def written(one: Indicator, value: Value) -> str:
    """Return a figure as people read it, with its unit; a dash where there is none."""
    return amount(one.format, value.value)


def amount(shape: str, value: Decimal | None) -> str:
    """Return a number in the format of an indicator."""
    if value is None:
        return _NOTHING
    if shape == "euros":
        return f"{number(rounded(value, 2), 2)} €"
    if shape == "pourcent":
        return f"{number(rounded(value, 1))} %"
    if shape == "jours":
        return f"{number(rounded(value, 1))} j"
    return number(rounded(value, 1 if shape == "decimal" else 2))


def rounded(value: Decimal, places: int) -> Decimal:
    """Return a number to so many decimals, halves away from zero, without idle zeros."""
    found = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP).normalize()
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found
