"""The decision tables of the draft: edited in the table editor or as a plain form, tried on one line."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.decisions import DecisionFault
from app.decisions.errors import Unwritable
from app.decisions.sheet import Column, Line, TableSheet, read_sheets
from app.decisions.sheet_writing import write_sheet
from app.errors import BundleFault, NotFound
from app.services import studio
from app.services.studio import DraftFile, StaleFile, admitting, table_trial
from app.services.studio.table_trial import Tried
from app.web.pages.studio import told
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_decisions", __name__)

POLICIES: Final = {
    "FIRST": "La première règle qui convient l'emporte",
    "UNIQUE": "Une seule règle convient à la fois",
    "COLLECT": "Toutes les règles qui conviennent s'ajoutent",
}
TYPES: Final = {
    "": "non précisé",
    "string": "texte",
    "boolean": "oui ou non",
    "number": "nombre",
    "date": "date",
}
LONGEST: Final = 2_000
"""Signs of one cell."""
PAGE: Final = "/t/<code>/atelier/decisions/<stem>"


@blueprint.get(PAGE)
@requires("programme.modifier")
def page(stem: str) -> ResponseReturnValue:
    """Show a table: the editor where scripts run, the plain form everywhere."""
    return _shown(_file(stem))


@blueprint.post(PAGE)
@requires("programme.modifier")
def save(stem: str) -> ResponseReturnValue:
    """Keep the plain form as typed, after the row or the column that a button adds, moves or takes out."""
    file = _file(stem)
    base = request.form.get("base") or file.digest
    try:
        sheet = _after(_typed(_chosen(file.text)), request.form.get("faire", ""))
        studio.save(file.name, write_sheet(file.text, sheet), base=base, by=actor())
    except StaleFile as stale:
        return _shown(file, typed=_typed(_chosen(file.text)), problem=stale.sentence, status=409)
    except Unwritable as fault:
        admitting.note_refusal(actor(), what="enregistrer", kind="texte", name=file.name)
        return _shown(file, typed=_typed(_chosen(file.text)), problem=fault.sentence, status=422)
    except (BundleFault, DecisionFault) as fault:
        return _shown(file, problem=fault.sentence, status=422)
    if not request.form.get("faire"):
        flash("La table est enregistrée dans le brouillon.", "success")
    return redirect(url_for("studio_decisions.page", stem=stem, table=sheet.id, vue="simple") + "#table")


@blueprint.post(f"{PAGE}/essai")
@requires("programme.modifier")
def trial(stem: str) -> ResponseReturnValue:
    """Try one line: on the table as kept (a form), or as the editor holds it (JSON ``{text, valeurs}``)."""
    file = _file(stem)
    body = request.get_json(silent=True) if request.is_json else None
    if body is not None:
        sent = body if isinstance(body, dict) else {}
        text, values = sent.get("text"), sent.get("valeurs")
        if not isinstance(text, str) or not isinstance(values, list):
            return jsonify(message="La demande n'est pas lisible. Rechargez la page."), 422
        found = _tried(text, str(sent.get("table", "")), [str(value) for value in values])
        return jsonify(
            sentence=found.sentence,
            rules=list(found.rules),
            results=[{"label": label, "value": value} for label, value in found.results],
            fault=bool(found.fault),
        )
    decision = request.form.get("table", "")
    return _shown(file, tried=_tried(file.text, decision, request.form.getlist("valeur")))


def _tried(text: str, decision: str, values: list[str]) -> Tried:
    try:
        table = table_trial.table_of(text, decision)
    except DecisionFault as fault:
        return Tried(fault=fault.sentence)
    if len(values) != len(table.inputs):
        return Tried(fault="Les colonnes ont changé depuis : rechargez la page pour essayer.")
    return table_trial.tried(table, values)


def _file(stem: str) -> DraftFile:
    studio.opened(actor())
    return studio.read(f"dmn/{stem}.dmn")


def _chosen(text: str) -> TableSheet:
    """Return the table asked for, the first when none is.

    Raises:
        DecisionFault: the file holds no table that can be read.
        NotFound: it has none of that id.
    """
    sheets = read_sheets(text)
    wanted = request.values.get("table")
    found = next((sheet for sheet in sheets if sheet.id == wanted), None if wanted else sheets[0])
    if found is None:
        raise NotFound
    return found


def _typed(sheet: TableSheet) -> TableSheet:
    """Return the sheet as the plain form has it; a part that was not sent stays."""
    sent = request.form

    def said(name: str, before: str) -> str:
        return sent.get(name, before).strip()[:LONGEST]

    return replace(
        sheet,
        name=said("nom", sheet.name),
        hit_policy=said("choix", sheet.hit_policy) if sent.get("choix") in POLICIES else sheet.hit_policy,
        inputs=tuple(
            replace(
                column,
                label=said(f"e{place}.libelle", column.label),
                text=said(f"e{place}.expression", column.text),
                type=said(f"e{place}.type", column.type),
            )
            for place, column in enumerate(sheet.inputs)
        ),
        outputs=tuple(_output(column, place, said) for place, column in enumerate(sheet.outputs)),
        lines=tuple(
            Line(
                line.id,
                tuple(said(f"r{row}.e{place}", cell) for place, cell in enumerate(line.cells)),
                tuple(said(f"r{row}.s{place}", cell) for place, cell in enumerate(line.results)),
                said(f"r{row}.pourquoi", line.annotation),
            )
            for row, line in enumerate(sheet.lines)
        ),
    )


def _output(column: Column, place: int, said: Any) -> Column:
    return replace(
        column,
        label=said(f"s{place}.libelle", column.label),
        name=said(f"s{place}.nom", column.name),
        text=said(f"s{place}.defaut", column.text),
    )


def _after(sheet: TableSheet, act: str) -> TableSheet:
    """Return the sheet once the button pressed has done its work; an unknown one does nothing."""
    what, _, rest = act.partition(":")
    place = int(rest) if rest.isdecimal() and len(rest) < 4 else None
    row = place if place is not None and place < len(sheet.lines) else None
    acts: dict[str, Callable[[], TableSheet]] = {
        "ajouter": lambda: sheet.with_line(place),
        "colonne": lambda: sheet.with_column("entree", "Nouvelle colonne"),
        "resultat": lambda: sheet.with_column("resultat", "Nouveau résultat"),
        "retirer": lambda: sheet if row is None else sheet.without_line(row),
        "monter": lambda: sheet if row is None else sheet.moved(row, -1),
        "descendre": lambda: sheet if row is None else sheet.moved(row, 1),
        "sans-entree": lambda: _without(sheet, "entree", place, len(sheet.inputs)),
        "sans-resultat": lambda: _without(sheet, "resultat", place, len(sheet.outputs)),
    }
    return acts.get(what, lambda: sheet)()


def _without(sheet: TableSheet, kind: str, place: int | None, columns: int) -> TableSheet:
    """Take a column out; the last of its kind stays."""
    return sheet if place is None or place >= columns or columns < 2 else sheet.without_column(kind, place)


def _asked(text: str, sheet: TableSheet | None) -> tuple[tuple[table_trial.Asked, ...], str]:
    """Return what to ask to try a table, and why it cannot be tried."""
    if sheet is None:
        return (), ""
    try:
        return table_trial.asked(table_trial.table_of(text, sheet.id)), ""
    except DecisionFault as fault:
        return (), fault.sentence


def _shown(
    file: DraftFile,
    *,
    typed: TableSheet | None = None,
    tried: Tried | None = None,
    problem: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    try:
        sheets = read_sheets(file.text)
        sheet = typed or _chosen(file.text)
    except DecisionFault as fault:
        sheets, sheet, problem = (), None, problem or fault.sentence
    asked, unread = _asked(file.text, sheet)
    stem = file.name.removeprefix("dmn/").removesuffix(".dmn")
    page = render_template(
        "pages/studio_decision.html",
        file=file,
        stem=stem,
        sheet=sheet,
        sheets=sheets,
        base=request.form.get("base") if typed is not None else file.digest,
        asked=asked,
        unread=unread,
        values=request.form.getlist("valeur"),
        tried=tried,
        problem=problem,
        policies=POLICIES,
        types=TYPES,
        simple=request.values.get("vue") == "simple",
        problems=told([item for item in studio.problems() if item.path == file.name], {}),
        others=studio.present(file.name, actor()),
        settings={
            "studio": url_for("studio.page"),
            "file": file.name,
            "text": file.text,
            "digest": file.digest,
            "table": sheet.id if sheet is not None else "",
            "trial": url_for("studio_decisions.trial", stem=stem),
        },
    )
    return page, status
