"""What templates, other forms, indicators and settings name of a form."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.catalog import form_edits, form_text
from app.catalog.form_keys import reads
from app.catalog.form_text import Tree
from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.catalog.source import SettingsFault
from app.checker.names.in_templates import OF_FORM
from app.errors import BundleFault
from app.services.form_uses.places import Kind, Use, keys_in, printed

DOOR: Final = "porte"
"""The name under which a campaign's rules, and indicators, read the answers given at the door."""
OF_DOOR: Final = ("motif", "plafond_avant")
"""Keys of ``[campagne]`` that name a field of its form."""
ROW: Final = "ligne"
_TITLED: Final = re.compile(r"(?:<!--\s*titre|^Objet)\s*:\s*([^|\n]+?)\s*(?:\||-->|\n)")


def in_template(file: str, text: str, form: str) -> Iterator[Use]:
    """Yield the fields of the form that a document or a message prints."""
    document = file.startswith("documents/")
    name = _title(file, text)
    noun = "Le document" if document else "Le message"
    kind: Kind = "document" if document else "message"
    for key in dict.fromkeys(printed(form).findall(text)):
        if key in OF_FORM:
            yield Use(file, key, kind, name, "", f"{noun} « {name} » dit ce que ce formulaire a recueilli.")
            continue
        yield Use(
            file, key, kind, name, key, f"{noun} « {name} » l'imprime. Sans elle, la place resterait vide."
        )


def _title(file: str, text: str) -> str:
    """Return what people call a template: the title in its first lines, a message's subject, its name."""
    found = _TITLED.search(text[:500])
    return " ".join(found[1].split()) if found else file.rpartition("/")[2].rpartition(".")[0]


def in_form(file: str, text: str, form: str) -> Iterator[Use]:
    """Yield what another form takes from the form: first values, conditions, lists."""
    tree = tree_of(file, text)
    if tree is None:
        return
    title = str(tree.get("titre", file))
    for _, row in form_edits.walk(tree):
        own = {key: value for key, value in row.items() if key != form_edits.COLUMNS}
        label = str(row.get("libelle", ""))
        for key in keys_in(" \n ".join(_texts(own)), form):
            taken = row.get("reprise_de") == f"{form}.{key}"
            sentence = (
                f"« {title} » reprend cette réponse pour proposer « {label} »."
                if taken
                else f"« {title} » lit cette réponse pour « {label} »."
            )
            yield Use(file, str(row.get("cle", "")), "formulaire", title, key, sentence)
    rest = {key: value for key, value in tree.items() if key not in (form_edits.FIELDS, form_edits.SECTIONS)}
    heads = [rest, *({**part, form_edits.FIELDS: None} for part in tree.get(form_edits.SECTIONS, ()))]
    for key in dict.fromkeys(key for head in heads for key in keys_in(" \n ".join(_texts(head)), form)):
        yield Use(file, "", "formulaire", title, key, f"« {title} » lit cette réponse.")


def tree_of(file: str, text: str) -> Tree | None:
    """Return a form's JSON, None when it cannot be read or is not shaped as one."""
    try:
        tree = form_text.read(text, file=file).tree
    except BundleFault:
        return None
    return tree if not form_edits.shape_fault(tree) else None


def in_indicators(text: str, form: str, *, door: bool) -> Iterator[Use]:
    """Yield the indicators and breakdowns that count the form or read its fields.

    Args:
        door: the form is that of the campaign, read as « porte ».
    """
    values = toml_of(text)
    paid = {"financeur": values["financeur"]} if "financeur" in values else {}
    groups = (("La ventilation", values.get("dimensions")), ("L'indicateur", values.get("indicateurs")))
    for word, tables in (*groups, ("Le bilan", paid)):
        for key, table in _tables(tables):
            label = str(table.get("libelle", table.get("titre", key)))
            said = f"{word} « {label} »"
            if table.get("formulaire") == form:
                yield Use(INDICATORS_FILE, key, "indicateur", label, "", f"{said} compte ce formulaire.")
            for field in _counted(table, form, door=door):
                yield Use(INDICATORS_FILE, key, "indicateur", label, field, f"{said} lit cette réponse.")


def _counted(table: Mapping[str, Any], form: str, *, door: bool) -> list[str]:
    text = " \n ".join(_texts(table))
    found = keys_in(text, form) + (keys_in(text, DOOR) if door else [])
    counted = table.get("tableau")
    if table.get("formulaire") == form and isinstance(counted, str):
        found += [counted, *(f"{counted}.{column}" for column in keys_in(text, ROW))]
    return list(dict.fromkeys(found))


def in_settings(text: str, form: str) -> Iterator[Use]:
    """Yield what ``territoire.toml`` names of the form: the alert, the campaign, any expression."""
    values = toml_of(text)
    entry, campaign = _group(values, "dossier"), _group(values, "campagne")
    if entry.get("formulaire") == form:
        yield _setting("dossier", "", "Un dossier s'ouvre avec ce formulaire.")
        for key in _group(campaign, "signalement"):
            yield _setting(
                "campagne.signalement",
                key,
                "Un oui recueilli à la porte remplit cette réponse du signalement.",
            )
    if campaign.get("formulaire") == form:
        yield _setting("campagne", "", "La campagne pose ces questions à la porte.")
        named = [str(campaign[key]) for key in OF_DOOR if key in campaign]
        told = keys_in(" \n ".join(_texts(campaign)), DOOR)
        for key in dict.fromkeys([*named, *told]):
            yield _setting("campagne", key, "Les règles de la campagne lisent cette réponse.")
    for section, value in values.items():
        for key in keys_in(" \n ".join(_texts(value)), form):
            yield _setting(section, key, f"[{section}] lit cette réponse.")


def is_door(settings: str, form: str) -> bool:
    """Whether the form is the one that a campaign asks at the doors."""
    return bool(_group(toml_of(settings), "campagne").get("formulaire") == form)


def toml_of(text: str) -> dict[str, Any]:
    """Return a file of settings, empty when it cannot be read."""
    try:
        return dict(load_toml(text))
    except (BundleFault, SettingsFault):
        return {}


def _setting(element: str, key: str, sentence: str) -> Use:
    return Use(SETTINGS_FILE, element, "reglage", f"[{element}]", key, sentence)


def _group(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = values.get(key)
    return found if isinstance(found, Mapping) else {}


def _tables(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield tables by id, whether they stand as a list or under their names."""
    if isinstance(value, Mapping):
        yield from ((str(key), row) for key, row in value.items() if isinstance(row, Mapping))
    for row in value if isinstance(value, list) else ():
        if isinstance(row, Mapping):
            yield str(row.get("id", "")), row


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def columns_read(text: str, form: str, table: str, column: str) -> bool:
    """Whether a file takes a column of a table of the form: ``colonne(form.table, "column")``."""
    return reads_in(text, f"{form}.{table}", column)


def reads_in(text: str, table: str, column: str) -> bool:
    """Whether a text holds ``colonne(table, "column")``, its quotes written in any way XML or TOML allows."""
    plain = text.replace("&#34;", '"').replace("&quot;", '"').replace('\\"', '"')
    return reads(plain, table) and f'colonne({table}, "{column}")' in plain
