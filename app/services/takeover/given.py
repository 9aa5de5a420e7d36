"""What the columns of a line say, put together: answers by form and turn, days of steps, acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.catalog.fields import Field
from app.catalog.forms import Form
from app.catalog.kinds.moments import TODAY
from app.catalog.places import Commune
from app.engine.ways import Node
from app.services.takeover.cells import read_commune
from app.services.takeover.errors import RowRefused
from app.services.takeover.situations import Raw


@dataclass
class Given:
    """What was found on a line so far.

    ``forms``: form → path (``date``, ``adresse.voie``, ``lignes.genre``) → what each column says, in their
    order; ``dates``: step → days; ``acts`` and ``act_answers``: the same for acts.
    """

    forms: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    dates: dict[Node, list[date]] = field(default_factory=dict)
    acts: dict[str, list[date]] = field(default_factory=dict)
    act_answers: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def answer(self, form_id: str, path: str, raw: Any) -> None:
        """Note what a column says of a field."""
        self.forms.setdefault(form_id, {}).setdefault(path, []).append(raw)

    def turns(self, form: Form, communes: Sequence[Commune]) -> list[Raw]:
        """Return the answers to a form, one for each time that it was answered.

        Raises:
            RowRefused: an address has no commune of the territory.
        """
        return turns(form, self.forms.get(form.id, {}), communes)


def turns(form: Form, paths: Mapping[str, list[Any]], communes: Sequence[Commune]) -> list[Raw]:
    """Return the answers of each turn: what one column says holds for all of them."""
    count = max((len(values) for values in paths.values()), default=0)
    found: list[Raw] = []
    for turn in range(count):
        said = {
            path: values[0] if len(values) == 1 else values[turn]
            for path, values in paths.items()
            if len(values) == 1 or turn < len(values)
        }
        found.append(_whole(form, said, communes))
    return found


def _whole(form: Form, said: Mapping[str, Any], communes: Sequence[Commune]) -> Raw:
    """Put the parts of addresses and the columns of tables back together."""
    whole: dict[str, Any] = {}
    for path, value in said.items():
        key, dot, part = path.partition(".")
        if dot:
            whole.setdefault(key, {})[part] = value
        else:
            whole[key] = value
    for one in form.fields:
        if one.key in whole and one.type == "adresse":
            whole[one.key] = _address(whole[one.key], communes)
        elif one.key in whole and one.type == "tableau":
            whole[one.key] = _rows(whole[one.key])
    return whole


def _address(parts: Mapping[str, str], communes: Sequence[Commune]) -> dict[str, Any]:
    commune, postcode = read_commune(parts.get("commune", ""), parts.get("cp", ""), communes)
    street = parts.get("voie", "").strip()
    if not street:
        raise RowRefused(cause="Le numéro et la voie manquent. Écrivez l'adresse du logement.")
    return {
        "voie": street,
        "complement": parts.get("complement"),
        "insee": commune.insee,
        "cp": postcode,
    }


def _rows(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    count = max((len(values) for values in columns.values()), default=0)
    return [
        {
            key: values[0] if len(values) == 1 else values[number]
            for key, values in columns.items()
            if len(values) == 1 or number < len(values)
        }
        for number in range(count)
    ]


def day_field(form: Form) -> Field | None:
    """Return the answer of a form that says on which day the step was done, None when none does.

    A date that may lie ahead (an appointment) does not.
    """
    days = [one for one in form.fields if one.type == "date" and one.minimum != TODAY]
    past = [one for one in days if one.maximum == TODAY]
    return next((one for one in (*past, *days) if one in past or one.key == "date"), None)


def day_of(form: Form, raw: Raw) -> date | None:
    """Return the day on which a step was done, as its own answers say it."""
    one = day_field(form)
    text = raw.get(one.key) if one is not None else None
    return date.fromisoformat(text) if isinstance(text, str) else None


def dated(form: Form, raw: Raw, day: date) -> Raw:
    """Return answers that say on which day the step was done, when the form asks for it."""
    one = day_field(form)
    return raw if one is None or raw.get(one.key) else {**raw, one.key: day.isoformat()}


def merged(form: Form, otherwise: Raw, said: Raw) -> dict[str, Any]:
    """Return what is said, and what is answered otherwise beside it, in each row of a table too.

    A row made of nothing but what is answered otherwise is left out unless it names its first column.
    """
    whole = {**otherwise, **said}
    for one in form.fields:
        if one.type != "tableau" or not isinstance(otherwise.get(one.key), list):
            continue
        base = otherwise[one.key][0] if otherwise[one.key] else {}
        rows = [{**base, **row} for row in said.get(one.key, ())]
        whole[one.key] = rows or ([base] if one.columns and base.get(one.columns[0].key) else [])
    return whole
