"""Answers as rows of label and text; what the reader's classes do not cover is absent (LAW-1)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from app.catalog.fields import Field, FormSection, of_classes
from app.catalog.forms import Form
from app.catalog.kinds import Scope, kind_of


@dataclass(frozen=True)
class Row:
    """One answer as people read it.

    ``lines`` holds a table's rows, each as ``(label, text)`` pairs, ``headers`` its columns in order;
    ``strokes`` a drawn signature, each stroke as « x,y x,y ».
    """

    key: str
    label: str
    text: str
    classe: str
    section: str = ""
    lines: tuple[tuple[tuple[str, str], ...], ...] = ()
    files: tuple[Mapping[str, object], ...] = ()
    headers: tuple[str, ...] = ()
    strokes: tuple[str, ...] = ()


def answer_rows(
    form: Form,
    answers: Mapping[str, object],
    classes: Iterable[str],
    *,
    context: Mapping[str, object] | None = None,
) -> list[Row]:
    """Return the answers of ``classes`` in the form's order; blank ones are left out.

    ``context`` gives the lists that a choice names (« annuaire »): without it such an answer shows its value.
    """
    allowed = frozenset(classes)
    scope = form.scope(context)
    return [row for section in form.sections for row in _of_section(section, answers, allowed, scope)]


def answer_text(field: Field, value: object) -> str:
    """Return one answer as people read it."""
    return "" if value is None else kind_of(field).text(value, field)


def _of_section(
    section: FormSection, answers: Mapping[str, object], classes: frozenset[str], scope: Scope
) -> Iterator[Row]:
    for field in of_classes(section.fields, classes):
        value = answers.get(field.key)
        if value in (None, "", []) or not field.shown or not kind_of(field).answered:
            continue
        kept = _named(field, scope)
        if field.columns:
            columns = tuple(_named(column, scope) for column in of_classes(field.columns, classes))
            kept = replace(kept, columns=columns)
        yield Row(
            key=field.key,
            label=field.label,
            text=answer_text(kept, value),
            classe=field.classe,
            section=section.title,
            lines=tuple(_lines(kept, value)),
            files=tuple(_files(field, value)),
            headers=tuple(column.label for column in kept.columns if column.shown),
            strokes=tuple(_strokes(field, value)),
        )


def _named(field: Field, scope: Scope) -> Field:
    return field if field.options_from is None else replace(field, options=scope.options(field))


def _lines(field: Field, value: object) -> Iterator[tuple[tuple[str, str], ...]]:
    if field.type != "tableau" or not isinstance(value, list):
        return
    for row in value:
        if isinstance(row, Mapping):
            yield tuple(
                (column.label, answer_text(column, row[column.key]))
                for column in field.columns
                if column.shown and row.get(column.key) not in (None, "", [])
            )


def _strokes(field: Field, value: object) -> Iterator[str]:
    if field.type == "signature" and isinstance(value, Mapping) and value.get("trace"):
        yield from str(value["trace"]).split(";")


def _files(field: Field, value: object) -> Iterator[Mapping[str, object]]:
    if field.type in {"fichier", "photo"} and isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))
