"""Every place of a programme that names a form, or one of its fields."""

from collections.abc import Iterator, Mapping

from app.catalog.bundle import Bundle
from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.settings import FILE as SETTINGS_FILE
from app.services.form_uses import diagrams, elsewhere
from app.services.form_uses.places import KINDS, Use


def uses(bundle: Bundle, form: str, field: str | None = None) -> list[Use]:
    """Return where a bundle names a form, or only its ``field`` (« table.column » for a column)."""
    return uses_in(bundle.as_text(), form, field)


def uses_in(files: Mapping[str, str], form: str, field: str | None = None) -> list[Use]:
    """Return the same of files that may not make a bundle yet; one that cannot be read says nothing."""
    found = dict.fromkeys(use for file in sorted(files) for use in _in_file(files, file, form))
    kept = [use for use in found if field is None or _concerns(use, field, files[use.file], form)]
    order = list(KINDS)
    return sorted(kept, key=lambda use: (order.index(use.kind), use.file))


def _concerns(use: Use, field: str, text: str, form: str) -> bool:
    table, _, column = field.partition(".")
    if not column or use.key != table:
        return use.key == field
    return elsewhere.columns_read(text, form, table, column)


def _in_file(files: Mapping[str, str], file: str, form: str) -> Iterator[Use]:
    text = files[file]
    if file.endswith(".bpmn"):
        yield from diagrams.in_diagram(file, text.encode(), form)
    elif file.endswith(".dmn"):
        yield from diagrams.in_table(file, text.encode(), form)
    elif file.startswith("forms/"):
        yield from elsewhere.in_form(file, text, form)
    elif file.startswith(("documents/", "messages/")):
        yield from elsewhere.in_template(file, text, form)
    elif file == INDICATORS_FILE:
        door = elsewhere.is_door(files.get(SETTINGS_FILE, ""), form)
        yield from elsewhere.in_indicators(text, form, door=door)
    elif file == SETTINGS_FILE:
        yield from elsewhere.in_settings(text, form)
