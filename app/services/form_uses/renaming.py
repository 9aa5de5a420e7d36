"""Another key for a field, wherever the programme names it: listed first, then written in one operation."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.catalog import form_edits, form_keys, form_text, frequency
from app.catalog.form_edits import Place
from app.catalog.form_keys import swapped
from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.settings import FILE as SETTINGS_FILE
from app.services.form_uses import diagrams, elsewhere
from app.services.form_uses.places import Use
from app.services.form_uses.uses import uses_in

_UNTOUCHED: Final = re.compile(
    r"<!--.*?-->|<(?P<tag>[\w:]*documentation)\b[^>]*>.*?</(?P=tag)\s*>", re.DOTALL
)
_PROPERTIES: Final = re.compile(r"<[\w:]*extensionElements\b.*?</[\w:]*extensionElements\s*>", re.DOTALL)
_PROPERTY: Final = re.compile(r"<[\w:]*property\b[^>]*/>")
_HEADER: Final = re.compile(r"(?m)^(?=\s*\[)")
_COMMENT: Final = re.compile(r"\s*#")


@dataclass(frozen=True)
class Renaming:
    """A field under another key: the new text of each file that changes, the places that do not follow."""

    files: Mapping[str, str]
    followed: tuple[Use, ...]
    by_hand: tuple[Use, ...]


def rename(files: Mapping[str, str], form: str, place: Place, new: str) -> Renaming:
    """Return what renaming the field or column at ``place`` of ``form`` changes in the files.

    Raises:
        NoSuchPlace: nothing there. BundleFault: the form is no JSON.
    """
    own = f"forms/{form}.json"
    read = form_text.read(files[own], file=own)
    row = form_edits.at(read.tree, place)
    old = str(row.get("cle", ""))
    table = str(form_edits.at(read.tree, place[:2]).get("cle", "")) if len(place) == 3 else ""
    written = form_text.write(read, form_keys.renamed(read.tree, place, new))
    door = elsewhere.is_door(files.get(SETTINGS_FILE, ""), form)
    swap = _column(form, table, old, new) if table else _field(form, old, new)
    told = {}
    for file, text in files.items():
        found = swap(file, written if file == own else text, door)
        if found != text:
            told[file] = found
    named = uses_in(files, form, f"{table}.{old}" if table else old)
    left = {use.file for use in uses_in({**files, **told}, form, f"{table}.{old}" if table else old)}
    by_hand = tuple(use for use in named if use.by_hand or use.file in left)
    return Renaming(told, tuple(use for use in named if use not in by_hand), by_hand)


Swap = Callable[[str, str, bool], str]


def _field(form: str, old: str, new: str) -> Swap:
    token = _token(form, old)

    def swap(file: str, text: str, door: bool) -> str:
        if file.startswith(("documents/", "messages/")):
            return _token(f"reponses.{form}", old).sub(rf"\g<1>{new}", text)
        if file in (SETTINGS_FILE, INDICATORS_FILE):
            return _in_settings(text, form, old, new, door=door)
        if not file.endswith((".bpmn", ".dmn")):
            return token.sub(rf"\g<1>{new}", text)
        return _in_xml(text, form, old, new)

    return swap


def _token(form: str, key: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])({re.escape(form)}\.){re.escape(key)}(?!\w)")


def _in_xml(text: str, form: str, old: str, new: str) -> str:
    """Swap in a diagram or a table; comments and documentation are people's words and stay."""
    token = _token(form, old)
    found, end = [], 0
    for quiet in _UNTOUCHED.finditer(text):
        found += [token.sub(rf"\g<1>{new}", text[end : quiet.start()]), quiet[0]]
        end = quiet.end()
    swapped_text = "".join([*found, token.sub(rf"\g<1>{new}", text[end:])])
    return _PROPERTIES.sub(lambda block: _bare(block[0], form, old, new), swapped_text)


def _bare(block: str, form: str, old: str, new: str) -> str:
    """Swap in the properties that name fields of their own form alone: frequencies, meetings."""
    said = {_attribute(item, "name"): _attribute(item, "value") for item in _PROPERTY.findall(block)}
    held = (diagrams.HELD,) if said.get("formulaire", "").strip() == form else ()
    counted = diagrams.OF_ANSWERS if said.get(frequency.COUNTED, "").strip() == form else ()
    if not held + counted:
        return block

    def one(found: re.Match[str]) -> str:
        if _attribute(found[0], "name") not in held + counted:
            return found[0]
        value = _attribute(found[0], "value")
        return found[0].replace(f'"{value}"', f'"{_swap_escaped(value, old, new)}"')

    return _PROPERTY.sub(one, block)


def _swap_escaped(value: str, old: str, new: str) -> str:
    """Swap a bare name in an attribute's raw text, where quotes may be written ``&#34;``."""
    for quote in ("&#34;", "&quot;"):
        if quote in value:
            return str(swapped(value.replace(quote, '"'), old, new)).replace('"', quote)
    return str(swapped(value, old, new))


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}\s*=\s*"([^"]*)"', tag)
    return found[1] if found else ""


def _in_settings(text: str, form: str, old: str, new: str, *, door: bool) -> str:
    """Swap in a file of settings, table by table; comments stay."""
    tokens = [_token(form, old), *([_token(elsewhere.DOOR, old)] if door else [])]
    entry = elsewhere.toml_of(text).get("dossier")
    of_alert = isinstance(entry, dict) and entry.get("formulaire") == form
    blocks = []
    for block in _HEADER.split(text):
        head = block.strip().partition("\n")[0].strip()
        if door and head.startswith("[campagne]"):
            keys = "|".join(elsewhere.OF_DOOR)
            block = re.sub(rf'(?m)^(\s*(?:{keys})\s*=\s*"){re.escape(old)}"', rf'\g<1>{new}"', block)  # noqa: PLW2901
        if of_alert and head.startswith("[campagne.signalement]"):
            block = re.sub(rf"(?m)^(\s*){re.escape(old)}(\s*=)", rf"\g<1>{new}\g<2>", block)  # noqa: PLW2901
        if _counts(block, form):
            block = re.sub(rf'(?m)^(\s*tableau\s*=\s*"){re.escape(old)}"', rf'\g<1>{new}"', block)  # noqa: PLW2901
        blocks.append(_lines(block, tokens, new))
    return "".join(blocks)


def _counts(block: str, form: str) -> bool:
    return re.search(rf'(?m)^\s*formulaire\s*=\s*"{re.escape(form)}"', block) is not None


def _lines(block: str, tokens: list[re.Pattern[str]], new: str) -> str:
    rows = block.split("\n")
    for number, row in enumerate(rows):
        if not _COMMENT.match(row):
            for token in tokens:
                rows[number] = token.sub(rf"\g<1>{new}", rows[number])
    return "\n".join(rows)


def _column(form: str, table: str, old: str, new: str) -> Swap:
    quote = r"(?:\"|'|&#34;|&quot;|\\\")"
    taken = re.compile(
        rf"(\bcolonne\(\s*{re.escape(form)}\.{re.escape(table)}\s*,\s*{quote}){re.escape(old)}(?={quote})"
    )

    def swap(file: str, text: str, _door: bool) -> str:
        found = taken.sub(rf"\g<1>{new}", text)
        if file != INDICATORS_FILE:
            return found
        blocks = [
            _lines(block, [_token(elsewhere.ROW, old)], new)
            if _counts(block, form) and re.search(rf'(?m)^\s*tableau\s*=\s*"{re.escape(table)}"', block)
            else block
            for block in _HEADER.split(found)
        ]
        return "".join(blocks)

    return swap
