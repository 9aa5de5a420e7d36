"""Who may see which figure: the classes that each draws on, and how its values are written (LAW-1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from app.access import CLASSES
from app.catalog.forms import Form
from app.catalog.indicator_facts import ROW
from app.catalog.indicators import Dimension, Indicator
from app.catalog.words import number
from app.database import db
from app.expressions import check, is_path
from app.models import Partner, Task
from app.services.releases import LoadedRelease

OPEN: Final = CLASSES[0]
NOT_SAID: Final = "Non renseigné"


def classes_of(text: str, release: LoadedRelease, counted: Indicator | None = None) -> frozenset[str]:
    """Return the classes of the answers that an expression reads."""
    found = set()
    for name in check(text):
        root, _, rest = name.partition(".")
        key = rest.partition(".")[0]
        form = release.forms.get(root)
        if form is not None and key:
            found |= _class(form, key)
        elif root == ROW:
            for each in _tables(release, counted):
                found |= {column.classe for column in each.columns if column.key == key} | {each.classe}
    return frozenset(found)


def _class(form: Form, key: str) -> set[str]:
    field = form.field(key)
    return {field.classe} if field is not None else set()


def _tables(release: LoadedRelease, counted: Indicator | None) -> list:  # type: ignore[type-arg]
    """Return the tables whose rows « ligne » may be: of the indicator, or of any form."""
    forms = [release.forms.get(counted.form or "")] if counted is not None else list(release.forms.values())
    named = counted.table if counted is not None else None
    return [
        field
        for form in forms
        if form is not None
        for field in form.fields
        if field.type == "tableau" and named in (None, field.key)
    ]


def of_indicator(one: Indicator, release: LoadedRelease) -> frozenset[str]:
    """Return the classes that the total of an indicator draws on; of a quotient, those of its two sides."""
    own = [classes_of(text, release, one) for text in one.expressions.values()]
    wanted = release.bundle.indicators
    sides = [wanted.get(name) for name in (one.numerator, one.denominator) if one.derived and name]
    return frozenset[str]().union(*own, *(of_indicator(side, release) for side in sides if side is not None))


def of_dimension(dimension: Dimension, release: LoadedRelease) -> frozenset[str]:
    """Return the classes that a breakdown draws on."""
    return classes_of(dimension.value, release)


def may_see(classes: Iterable[str], read: frozenset[str]) -> bool:
    """Whether somebody who reads these classes may see a figure; the open class is everybody's figures."""
    return set(classes) <= read | {OPEN}


@dataclass
class Words:
    """How the values of dimensions are written; what stands in the database is read once."""

    release: LoadedRelease
    partners: Mapping[str, str]
    steps: Mapping[str, str]

    def of(self, dimension: Dimension, key: str) -> str:
        """Return a value of a dimension as people read it."""
        if not key:
            return NOT_SAID
        if dimension.bands:
            return band_words(dimension, int(key))
        if key in dimension.labels:
            return dimension.labels[key]
        return self._by_words(dimension, key) or self._option(dimension.value, key) or key

    def values(self, dimension: Dimension) -> list[tuple[str, str]]:
        """Return the values that a filter offers, each with its words; empty when any text may come."""
        if dimension.bands:
            return [(str(place), band_words(dimension, place)) for place in range(len(dimension.bands) + 1)]
        settings = self.release.settings
        known = {
            "commune": [(one.insee, one.name) for one in settings.communes],
            "partenaire": sorted(self.partners.items(), key=lambda pair: pair[1].casefold()),
            "genre_partenaire": [(one.id, one.label) for one in settings.partner_kinds.values()],
            "oui_non": [("oui", "Oui"), ("non", "Non")],
            "etape": sorted(self.steps.items(), key=lambda pair: pair[1].casefold()),
        }
        return (
            known.get(dimension.words or "") or self._options(dimension.value) or [*dimension.labels.items()]
        )

    def order(self, dimension: Dimension, key: str) -> tuple[int, str]:
        """Return what sorts a value: brackets and options in their order, « non renseigné » last."""
        if not key:
            return (10_000, "")
        if dimension.bands:
            return (int(key), "")
        options = [value for value, _ in self._options(dimension.value)] or list(dimension.labels)
        place = options.index(key) if key in options else 5_000
        return (place, self.of(dimension, key).casefold())

    def _by_words(self, dimension: Dimension, key: str) -> str | None:
        settings = self.release.settings
        if dimension.words == "commune":
            commune = settings.commune(key)
            return commune.name if commune else None
        if dimension.words == "partenaire":
            return self.partners.get(key, "Structure retirée de l'annuaire")
        if dimension.words == "genre_partenaire":
            kind = settings.partner_kinds.get(key)
            return kind.label if kind else None
        if dimension.words == "etape":
            return self.steps.get(key)
        return {"oui": "Oui", "non": "Non"}.get(key) if dimension.words == "oui_non" else None

    def _option(self, path: str, key: str) -> str | None:
        found = dict(self._options(path)).get(key)
        if found is None and key in ("oui", "non"):
            return {"oui": "Oui", "non": "Non"}[key]
        return found

    def _options(self, path: str) -> list[tuple[str, str]]:
        """Return the options of the field that a dimension is, none for any other expression."""
        if not is_path(path):
            return []
        root, _, key = path.partition(".")
        if root == ROW:
            columns = [column for table in _tables(self.release, None) for column in table.columns]
            return [(item.value, item.label) for one in columns if one.key == key for item in one.options]
        form = self.release.forms.get(root)
        field = form.field(key) if form is not None else None
        if field is not None and field.options_from == "partenaires":
            return [(kind.id, kind.label) for kind in self.release.settings.partner_kinds.values()]
        return [(item.value, item.label) for item in field.options] if field is not None else []


def words(release: LoadedRelease) -> Words:
    """Return how the values of this territory are written now."""
    partners = {str(row.id): row.name for row in db.session.execute(select(Partner.id, Partner.name))}
    steps: dict[str, str] = {}
    if any(one.words == "etape" for one in release.bundle.indicators.dimensions.values()):
        query = select(Task.called_process, Task.element, Task.name).distinct()
        for row in db.session.execute(query):
            steps[f"{row.called_process}/{row.element}"] = row.name
    return Words(release, partners, steps)


def band_words(dimension: Dimension, place: int) -> str:
    """Return a bracket as people read it: « moins de 25 ans », « de 25 à 39 ans », « 75 ans et plus »."""
    bands, unit = dimension.bands, f" {dimension.unit}" if dimension.unit else ""
    if place == 0:
        return f"moins de {_plain(bands[0])}{unit}"
    low = bands[place - 1]
    if place == len(bands):
        return f"{_plain(low)}{unit} et plus"
    high = bands[place]
    if all(isinstance(bound, int) for bound in bands):
        last = int(high) - 1
        return f"{low}{unit}" if last == low else f"de {_plain(low)} à {_plain(last)}{unit}"
    return f"de {_plain(low)} à moins de {_plain(high)}{unit}"


def _plain(bound: Decimal | int) -> str:
    return number(bound)
