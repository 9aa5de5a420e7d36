"""A frequency set on an activity of a diagram (« 2 visites par mois, dont 1 à domicile »), read and said.

The rule is made of properties; ``docs/reference/territoire.md`` describes each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.catalog.durations import duration
from app.expressions import ExpressionError

MINIMUM, WINDOW, COUNTED, DAY = "frequence", "frequence_fenetre", "frequence_compte", "frequence_date"
IF, WITHIN, WITHIN_IF = "frequence_si", "frequence_dont", "frequence_dont_si"
WARNING, PRO_RATA = "frequence_alerte", "frequence_prorata"
NOUN, WITHIN_NOUN = "frequence_nom", "frequence_dont_nom"
PROPERTIES: Final = (
    MINIMUM, WINDOW, COUNTED, DAY, IF, WITHIN, WITHIN_IF, WARNING, PRO_RATA, NOUN, WITHIN_NOUN,
)  # fmt: skip
MOST: Final = 1_000
"""The largest minimum: beyond, someone mistyped."""
BOUNDS: Final = "fenetre"
"""The name under which a warning reads its window: ``fenetre.debut`` and ``fenetre.fin`` are days."""
_PER: Final = {"semaine": "par semaine", "mois": "par mois", "trimestre": "par trimestre", "annee": "par an"}


@dataclass(frozen=True)
class Frequency:
    """The texts of a rule, as written in the diagram; an absent one is empty."""

    minimum: str
    window: str
    counted: str
    day: str = ""
    condition: str = ""
    within: str = ""
    within_condition: str = ""
    warning: str = ""
    pro_rata: bool = True
    noun: str = ""
    within_noun: str = ""


def read(properties: Mapping[str, str]) -> Frequency | None:
    """Return the frequency that an element's properties set, None without one."""
    texts = {name: (properties.get(name) or "").strip() for name in PROPERTIES}
    if not texts[MINIMUM]:
        return None
    return Frequency(
        minimum=texts[MINIMUM],
        window=texts[WINDOW],
        counted=texts[COUNTED],
        day=texts[DAY],
        condition=texts[IF],
        within=texts[WITHIN],
        within_condition=texts[WITHIN_IF],
        warning=texts[WARNING],
        pro_rata=texts[PRO_RATA] != "non",
        noun=texts[NOUN],
        within_noun=texts[WITHIN_NOUN],
    )


def number(value: object, name: str) -> int:
    """Return a minimum as evaluated.

    Raises:
        ExpressionError: it is no whole number between 0 and ``MOST``.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise ExpressionError(f"« {name} » attend un nombre entier de 0 à {MOST}, par exemple 2.")
    return value


def told(rule: Frequency, *, minimum: int | str | None = None, within: int | str | None = None) -> str:
    """Return the rule in words: « 2 visites par mois, dont 1 à domicile ».

    Args:
        minimum, within: the numbers once evaluated; without them, what the diagram says.
    """
    count = rule.minimum if minimum is None else minimum
    noun = rule.noun or f"fois «\u202f{rule.counted.replace('_', ' ')}\u202f»"
    words = f"{_said(count)} {noun} {period(rule.window)}"
    if rule.within and str(within) != "0":
        inner = rule.within if within is None else within
        words += f", dont {_said(inner)} {rule.within_noun or 'selon la condition du diagramme'}"
    return words


def period(window: str) -> str:
    """Return « par mois », « par période de 15 jours »; ``window`` as written or as kept."""
    text = window.strip("\"' ")
    return _PER.get(text) or f"par période de {duration(chr(34) + text + chr(34)) or text}"


def _said(count: int | str) -> str:
    text = str(count)
    return f"«\u202f{text}\u202f»" if not text.isdigit() else text
