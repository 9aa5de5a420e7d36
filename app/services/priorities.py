"""The priorities of a territory's programme: words of its forms and tables, never of Python."""

from collections.abc import Mapping

from app.decisions import DecisionTable
from app.services import releases


def known() -> Mapping[str, str]:
    """Return the priorities of the territory's programme, the highest first: value → label.

    They are the options of the form's field that feeds ``dossier.priorite``; without one, the constants that
    a decision gives as its output ``priorite``; else there are none.
    """
    release = releases.current()
    for form in release.forms.values():
        for item in form.fields:
            if item.feeds == "dossier.priorite" and item.options:
                return {option.value: option.label for option in item.options}
    found = [value for table in release.decisions.values() for value in _constants(table)]
    return {value: value for value in sorted(set(found))}


def _constants(table: DecisionTable) -> list[str]:
    place = next((rank for rank, output in enumerate(table.outputs) if output.name == "priorite"), None)
    if place is None:
        return []
    texts = (rule.results[place].strip() for rule in table.rules)
    return [text[1:-1] for text in texts if len(text) > 2 and text[0] == text[-1] == '"']
