"""Scenarios as a file that a designer carries from one territory to another; read with distrust."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app import tenancy
from app.catalog.archive import MAX_SCENARIOS
from app.catalog.folder import SCENARIOS
from app.errors import BundleFault, Invalid
from app.models import Scenario
from app.publishing import expectations, scenarios
from app.publishing.scenarios import TooManyScenarios
from app.services import releases
from app.services.actors import SYSTEM, Actor
from app.simulator.byhand import MOST_ACTIONS

MAX_BYTES: Final = MAX_SCENARIOS
_KIND: Final = "relais-scenarios"
_VERSION: Final = 1
_MOST_TEXT: Final = 10_000
_MOST_EXPECTED: Final = 2_000
_MOST_SEED: Final = 999_999
_DOES: Final = frozenset({"alert", "answer", "act", "days", "next"})


def written() -> str:
    """Return the scenarios of the territory being served as the text of a file, in the order of names."""
    rows = [
        {
            "name": row.name,
            "begins_on": row.begins_on,
            "seed": row.seed,
            "actions": row.actions,
            "expected": row.expected,
        }
        for row in scenarios.listing()
    ]
    kept = {"genre": _KIND, "version": _VERSION, "scenarios": rows}
    return json.dumps(kept, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def carried() -> bytes | None:
    """Return the scenarios of the territory being served as a file, None when it keeps none."""
    return written().encode() if scenarios.listing() else None


def of_territory(code: str) -> bytes | None:
    """Return the scenarios of a territory as a file, None when it keeps none or is not here."""
    territory = releases.territory_by_code(code)
    if territory is None:
        return None
    with tenancy.serving(territory.id):
        return carried()


def news(text: str) -> tuple[str, ...]:
    """Return the names of the scenarios of a judged file that are not kept here as it has them.

    Raises:
        Invalid: it is no such file.
        TooManyScenarios: with them the territory would keep more than it may.
    """
    rows = _read(text.encode()) if text else []
    here = {row.name: row for row in scenarios.listing()}
    if len(here.keys() | {row["name"] for row in rows}) > scenarios.MOST:
        raise TooManyScenarios(most=scenarios.MOST)
    return tuple(row["name"] for row in rows if not _kept(row, here.get(row["name"])))


def _kept(row: Mapping[str, Any], here: Scenario | None) -> bool:
    facts = ("begins_on", "seed", "actions", "expected")
    return here is not None and all(getattr(here, fact) == row[fact] for fact in facts)


def follow(data: bytes | None, code: str) -> int:
    """Keep the scenarios that came with a programme in the territory that it opened or changed.

    Raises:
        BundleFault: they are no such file, or too many; the cause says what to do.
    """
    territory = releases.territory_by_code(code)
    if data is None or territory is None:
        return 0
    with tenancy.serving(territory.id):
        try:
            return taken(data, by=SYSTEM)
        except TooManyScenarios as full:
            raise BundleFault(file=SCENARIOS, cause=full.sentence) from full


def expect(data: bytes | None) -> None:
    """Refuse what came beside a programme and is no file of scenarios.

    Raises:
        BundleFault: its cause says what to do.
    """
    try:
        _read(data) if data is not None else None
    except Invalid as refusal:
        cause = "ce fichier ne tient pas de scénarios. Retirez-le, ou reprenez celui d'un export."
        raise BundleFault(file=SCENARIOS, cause=cause) from refusal


def taken(data: bytes, *, by: Actor) -> int:
    """Keep the scenarios of a file, in place of those of the same name; return how many. All, or none.

    Raises:
        Invalid: it is no such file; the sentence says what to do.
        TooManyScenarios: the territory would keep more than it may.
    """
    rows = _read(data)
    scenarios.keep_all(rows, by=by)
    return len(rows)


def _read(data: bytes) -> list[dict[str, Any]]:
    if len(data) > MAX_BYTES:
        raise _refused(
            f"Ce fichier dépasse {MAX_BYTES // 1_000_000} Mo : ce n'est pas un fichier de scénarios."
        )
    try:
        found = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise _refused("Ce fichier ne se lit pas. Choisissez celui que « Télécharger » a donné.") from None
    fits = isinstance(found, dict) and found.get("genre") == _KIND and found.get("version") == _VERSION
    rows = found.get("scenarios") if fits else None
    if not isinstance(rows, list) or not rows or len(rows) > scenarios.MOST:
        raise _refused("Ce n'est pas un fichier de scénarios. Choisissez celui que « Télécharger » a donné.")
    try:
        return [_scenario(row) for row in rows]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _refused(
            "Ce fichier de scénarios a été abîmé ou modifié : rien n'en est pris. Téléchargez-le de nouveau."
        ) from None


def _refused(sentence: str) -> Invalid:
    return Invalid({"fichier": [sentence]})


def _scenario(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario whose every value is what it must be.

    Raises:
        KeyError, TypeError, ValueError: one is not.
    """
    actions, expected = row["actions"], row["expected"]
    _expect(isinstance(actions, list) and isinstance(expected, list))
    _expect(0 < len(actions) <= MOST_ACTIONS and 0 < len(expected) <= _MOST_EXPECTED)
    name = " ".join(_text(row["name"]).split())[: scenarios.MOST_NAME]
    _expect(bool(name) and name.isprintable())
    return {
        "name": name,
        "begins_on": date.fromisoformat(_text(row["begins_on"])).isoformat(),
        "seed": _whole(row["seed"], most=_MOST_SEED),
        "actions": [_action(action) for action in actions],
        "expected": [_expected(one, len(actions)) for one in expected],
    }


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    kind = action["do"]
    _expect(kind in _DOES)
    if kind in ("days", "next"):
        return {"do": kind, **({"days": _whole(action["days"], most=400)} if kind == "days" else {})}
    typed = {_text(key): [_text(text) for text in texts] for key, texts in action["typed"].items()}
    kept: dict[str, Any] = {"do": kind, "name": _text(action.get("name", "")), "typed": typed}
    if kind == "answer":
        kept |= {"step": _text(action["step"]), "place": _whole(action.get("place", 0), most=999)}
    return {**kept, "act": _text(action["act"])} if kind == "act" else kept


def _expected(one: Mapping[str, Any], actions: int) -> dict[str, Any]:
    kept = {
        "after": _whole(one["after"], most=actions),
        "kind": one["kind"],
        "what": _text(one["what"]),
        "value": one["value"],
        "name": _text(one["name"]),
    }
    _expect(len(json.dumps(kept["value"])) <= _MOST_TEXT)
    expectations.words(kept)  # what cannot be said is no expectation
    _expect(kept["kind"] in expectations.KINDS)
    return kept


def _text(value: object) -> str:
    _expect(isinstance(value, str) and len(value) <= _MOST_TEXT and "\0" not in value)
    str(value).encode()  # half of a character, written by number, is a ValueError too
    return str(value)


def _whole(value: object, *, most: int) -> int:
    _expect(type(value) is int and 0 <= value <= most)
    return int(str(value))


def _expect(holds: bool) -> None:
    if not holds:
        raise ValueError
