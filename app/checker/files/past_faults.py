"""Reading on past the first fault, so that a person hears of all of them at once.

A reader stops at the first thing it refuses. Here the refused rule or field is replaced by a harmless one
in a copy of the file, and the reader tries again.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lxml import etree

from app.catalog import nir
from app.catalog.compiler import compile_form
from app.catalog.forms import Form
from app.catalog.settings import Settings
from app.checker.problem import Problem
from app.decisions import DecisionFault, DecisionTable, parse_decisions
from app.errors import BundleFault

MOST: Final = 20
"""Faults told of one file."""
_MODEL: Final = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
_RULE: Final = re.compile(r"\brègle (\d+)\b")
_OF_A_NUMBER: Final = "sécurité sociale"
_PLACE: Final = re.compile(r"« ([^»]+?) »")


def sentence(cause: object) -> str:
    """Return a cause as a sentence: a capital first, a full stop last."""
    text = str(cause).strip()
    text = text[:1].upper() + text[1:]
    return text if text.rstrip(")").endswith((".", "!", "?", "…")) else f"{text}."


def read_tables(path: str, root: Any, data: bytes) -> tuple[dict[str, DecisionTable], list[Problem]]:
    """Return the tables of a DMN file by id (none when one has a fault), with everything wrong in it."""
    problems: list[Problem] = []
    copied = copy.deepcopy(root)
    content = data
    while len(problems) < MOST:
        try:
            tables = parse_decisions(content)
        except DecisionFault as fault:
            problem, mended = _table_fault(path, copied, fault)
            problems.append(problem)
            if not mended:
                break
            content = etree.tostring(copied)
            continue
        return ({} if problems else tables), problems
    return {}, problems


def _table_fault(path: str, root: Any, fault: DecisionFault) -> tuple[Problem, bool]:
    """Return the fault as a problem on its rule or table, and whether it was put aside in ``root``."""
    decision, cause = str(fault.facts["decision"]), str(fault.facts["cause"])
    number = _RULE.search(cause)
    rule = _rule(root, decision, int(number[1])) if number else None
    if rule is None:
        return Problem(path, decision, "error", "bad-decision", sentence(cause)), False
    for tag, harmless in (("inputEntry", "-"), ("outputEntry", "null")):
        for cell in rule.iterchildren(f"{_MODEL}{tag}"):
            for text in cell.iterchildren(f"{_MODEL}text"):
                text.text = harmless
    element = rule.get("id") or decision
    return Problem(
        path, element, "error", "bad-decision", sentence(cause)
    ), "cellule par colonne" not in cause


def _rule(root: Any, decision: str, number: int) -> Any:
    for table in root.iter(f"{_MODEL}decision"):
        rules = list(table.iter(f"{_MODEL}rule"))
        if table.get("id") == decision and number <= len(rules):
            return rules[number - 1]
    return None


def read_form(
    path: str, data: bytes, parsed: Mapping[str, Any], settings: Settings
) -> tuple[Form | None, list[Problem]]:
    """Return a form that compiles, or None with everything wrong in it (LAW-4 has a code of its own)."""
    problems = [
        Problem(
            path,
            str(field.get("cle") or ""),
            "error",
            "nir",
            f"Le champ « {field.get('cle') or field.get('libelle')} » demande un numéro de sécurité "
            "sociale : aucun formulaire ne peut le faire. Retirez ce champ.",
        )
        for field in _asking(parsed)
    ]
    content = copy.deepcopy(dict(parsed))
    for field in _asking(content):
        _blank(field)
    while len(problems) < MOST:
        source = json.dumps(content, default=float) if problems else data
        try:
            form = compile_form(source, settings=settings, file=path)
        except BundleFault as fault:
            cause = str(fault.facts["cause"])
            if problems and _OF_A_NUMBER in cause:
                break  # said already, with a code of its own
            blamed = _blamed(content, cause)
            element = str((blamed or {}).get("cle") or "") or _place(cause)
            problems.append(Problem(path, element, "error", "bad-form", sentence(cause)))
            if blamed is None or not _blank(blamed):
                break
            content.pop("agenda", None)  # it may name a field that has just become another
            continue
        return (None if problems else form), problems
    return None, problems


def _fields(parsed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every field and column, before anything is known to be well formed."""
    holders: list[Any] = [parsed]
    rubriques = parsed.get("rubriques")
    holders += rubriques if isinstance(rubriques, list) else []
    for holder in holders:
        rows = holder.get("champs") if isinstance(holder, dict) else None
        for field in rows if isinstance(rows, list) else []:
            if isinstance(field, dict):
                yield field
                columns = field.get("colonnes")
                yield from (
                    item for item in (columns if isinstance(columns, list) else []) if isinstance(item, dict)
                )


def _asking(parsed: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        field
        for field in _fields(parsed)
        if field.get("type") != "info"
        and any(nir.asks_for_number(str(field.get(key) or "")) for key in ("cle", "libelle"))
    ]


def _blamed(parsed: Mapping[str, Any], cause: str) -> dict[str, Any] | None:
    """Return the field whose key the cause begins with."""
    place = _place(cause)
    keys = [place, *place.split(".")] if place and not place.startswith("agenda.") else []
    fields = list(_fields(parsed))
    return next((field for key in keys for field in fields if field.get("cle") == key), None)


def _place(cause: str) -> str:
    found = _PLACE.match(cause)
    return found[1] if found else ""


def _blank(field: dict[str, Any]) -> bool:
    """Make a field harmless, keeping its name for the others; false when it was already."""
    harmless = {"cle": field.get("cle"), "type": "texte", "libelle": "…"}
    if field == harmless:
        return False
    field.clear()
    field.update(harmless)
    return True


_LINE: Final = re.compile(r"line (\d+),? column (\d+)")
_KNOWN: Final = ("une clé y figure deux fois", "n'est pas un nombre", "a trop de chiffres")
"""The product's own words for what a number or a key may not be: they are kept."""


def unparsed(fault: BundleFault, language: str) -> str:
    """Say where a text stops being JSON or TOML, without the words of the library."""
    cause = fault.__cause__
    if cause is None:  # a limit of ours, said in our words
        return sentence(str(fault.facts["cause"]))
    found = _LINE.search(str(cause))
    place = f" (ligne {found[1]}, colonne {found[2]})" if found else ""
    why = f" : {cause}" if any(words in str(cause) for words in _KNOWN) else place
    return (
        f"Ce fichier n'est pas du {language} valable{why}. Corrigez-le, ou repartez d'une version qui "
        "fonctionnait."
    )
