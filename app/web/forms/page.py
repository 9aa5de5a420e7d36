"""From a form and what was typed to HTML; the page around it gives the form tag and the buttons."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Any

import jinja2
from markupsafe import Markup

from app.catalog.answers_view import Row
from app.catalog.forms import Form
from app.catalog.kinds import FileReference
from app.catalog.submission import ACTION, Flat
from app.web.forms.view import NEW_ROW, Page, anchor, blocks


def render(
    form: Form,
    flat: Flat,
    *,
    classes: frozenset[str],
    context: Mapping[str, object] | None = None,
    stored: Mapping[str, Sequence[FileReference]] | None = None,
    problems: Mapping[str, Sequence[str]] | None = None,
    origins: Mapping[str, Any] | None = None,
    closed: frozenset[date] = frozenset(),
) -> Markup:
    """Return the fields of a form, to stand inside a ``<form method="post" enctype="multipart/form-data">``.

    Args:
        form: the compiled form.
        flat: what was typed, or ``form.spread(answers)``.
        classes: the classes the person may collect; other fields are absent (LAW-1).
        context: earlier answers by form and process data.
        stored: files kept earlier, by field.
        problems: sentences by dotted key, as ``Invalid`` carries them.
        origins: where pre-filled answers come from: ``form_title``, ``at``, ``author`` by key (LAW-11).
        closed: the territory's closing days, for conditions that count working days.
    """
    scope = form.scope(context, stored=stored, closed=closed)
    page = Page(form, flat, scope, classes, problems or {}, origins or {})
    text = (
        _environment()
        .get_template("champs.html")
        .render(blocks=blocks(page.sections()), ACTION=ACTION, NEW_ROW=NEW_ROW)
    )
    return Markup(text)  # noqa: S704 - the environment escapes everything it is given


def render_answers(rows: Iterable[Row], *, file_address: str = "") -> Markup:
    """Return answers to read as definition lists, one a section; see ``catalog.answers_view.answer_rows``.

    Args:
        rows: what may be read.
        file_address: address of a stored file with ``{id}`` in it; without it files are only named.
    """
    sections = [(title, list(group)) for title, group in groupby(rows, key=lambda row: row.section)]
    text = _environment().get_template("reponses.html").render(sections=sections, file_address=file_address)
    return Markup(text)  # noqa: S704 - the environment escapes everything it is given


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("app.web.forms", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["anchor"] = anchor
    return environment
