"""The pages of a form being edited: the editor, the effect of a removal or a new key, two people at once."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import CLASSES
from app.catalog import form_edits, form_panel
from app.catalog.form_edits import Place, written
from app.catalog.form_keys import inner_uses
from app.catalog.form_panel import Mistyped
from app.catalog.kinds.choices import LANES
from app.catalog.submission import Flat
from app.checker import Problem
from app.errors import BundleFault
from app.services import form_drafts, form_uses, studio
from app.services.actors import Actor
from app.services.form_drafts import EditedForm
from app.services.form_uses.places import KINDS
from app.services.form_uses.verbs import USUAL, Verb
from app.services.text import fold
from app.web import form_editor, form_outline, form_words, studio_tabs
from app.web.form_verdict import in_words
from app.web.formats import typography

EVERY_CLASS: Final = frozenset(CLASSES)
USUAL_VERB: Final = USUAL
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)


def listed() -> list[dict[str, Any]]:
    """Return the forms of the draft by title; one that cannot be read is called by its name."""
    problems = studio.problems()
    known = {form["id"]: form for form in studio.vocabulary()["forms"]}
    names = [file.name for file in studio.files() if file.name.startswith(f"{form_drafts.FOLDER}/")]
    found = []
    for name in names:
        ident = PurePosixPath(name).stem
        form = known.get(ident)
        found.append(
            {
                "id": ident,
                "title": str(form["title"]) if form is not None else ident,
                "fields": len(form["fields"]) if form is not None else "–",
                "problems": sum(problem.path == name for problem in problems),
            }
        )
    return sorted(found, key=lambda form: fold(str(form["title"])))


def shown(
    edited: EditedForm,
    *,
    place: Place | None,
    typed: Flat | None = None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """Return the editor; with ``typed``, what was refused stands in the boxes, ``wrong`` says why."""
    problems = [problem for problem in studio.problems() if problem.path == edited.file.name]
    try:
        tree = edited.tree
    except BundleFault as fault:
        return _unreadable(edited, fault, problems), status
    section = _section(edited, typed)
    panel = form_editor.panel(edited, place, problems, typed, wrong) if place is not None else None
    head = form_editor.head_boxes(tree)
    head = Flat({**head.values, **typed.values}) if typed is not None and place is None else head
    page = render_template(
        "pages/studio_form.html",
        form=edited,
        parts=form_outline.parts(edited, problems, place),
        panel=panel,
        place=written(place) if place else "",
        section=section,
        head=head,
        rules=form_editor.rule_rows(head),
        problems=problems,
        unplaced=form_outline.unplaced(tree, problems),
        wrong=wrong or {},
        faults=[{"href": "#panneau", "text": typography(text)} for text in (wrong or {}).values()],
        typed=typed,
        earlier=form_editor.earlier_fields(edited) if panel is not None else [],
        undo=_undo_version(),
        **_around(edited),
    )
    return page, status


def _around(edited: EditedForm) -> dict[str, Any]:
    """Return what the page says whatever is open: words, lists to choose from, where the form is used."""
    return {
        "verbs": verbs_of(edited),
        "usual_verb": USUAL,
        "uses": _grouped(edited, form_uses.uses_in(edited.files, edited.id)),
        "types": form_words.grouped_types(),
        "column_types": form_words.grouped_types(in_rows=True),
        "operators": form_editor.OPERATOR_WORDS,
        "lists": [
            *form_editor.LISTS,
            *(
                (f"{LANES}.{lane.id}", f"Réponses à partager avec {lane.label}")
                for lane in edited.settings.lanes.values()
                if not lane.external
            ),
        ],
        "partner_kinds": [(kind.id, kind.label) for kind in edited.settings.partner_kinds.values()],
        "condition_words": lambda text: in_words(edited, text),
        "editor": studio_tabs.editor,
        "last_of": form_editor.last_of,
        "file_address": as_text(edited),
    }


def as_text(edited: EditedForm) -> str | None:
    """Return the address of the file as a text, None while no page shows it."""
    if "studio_files.page" not in current_app.view_functions:
        return None
    return url_for("studio_files.page", name=edited.file.name)


def _unreadable(edited: EditedForm, fault: BundleFault, problems: Sequence[Problem]) -> str:
    return render_template(
        "pages/studio_form_unreadable.html",
        form=edited,
        cause=str(fault.facts["cause"]),
        problems=problems,
        file_address=as_text(edited),
    )


def _section(edited: EditedForm, typed: Flat | None) -> dict[str, Any] | None:
    """Return the section that is open, None when it is a field or the head of the form."""
    text = request.args.get("rubrique", "") or request.form.get("rubrique", "")
    parts = edited.tree.get(form_edits.SECTIONS)
    if not isinstance(parts, list) or not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) >= len(parts):
        return None
    rank = int(text)
    part = parts[rank]
    values = {key: [str(part.get(key) or "")] for key in ("titre", "introduction")}
    flat = Flat(values | form_panel.condition_boxes(part.get("si")) | (typed.values if typed else {}))
    above = form_editor.readable(edited.tree, (rank, 0))
    return {
        "rank": rank,
        "flat": flat,
        "title": str(part.get("titre", "")),
        "conditions": form_editor.rows_of(flat, "si_lignes", ("champ", "signe", "valeur"), 1),
        "readable": [(name, label) for name, label, _ in above],
        "values": {name: options for name, _, options in above if options},
        "last": rank == len(parts) - 1,
    }


def _grouped(edited: EditedForm, found: Sequence[form_uses.Use]) -> list[tuple[str, list[dict[str, str]]]]:
    """Return the uses by kind, one line a place with the fields that it names."""
    labels = {str(row.get("cle")): str(row.get("libelle", "")) for _, row in form_edits.walk(edited.tree)}
    lines: dict[tuple[form_uses.Kind, str, str], list[str]] = {}
    for use in found:
        named = lines.setdefault((use.kind, use.file, use.label), [])
        key = use.key.rpartition(".")[2]
        if key and (label := f"« {labels.get(key, key)} »") not in named:
            named.append(label)
    groups: dict[str, list[dict[str, str]]] = {}
    for (kind, file, label), named in lines.items():
        verb = "garde" if kind == "etape" else "lit"
        said = f"{verb} {', '.join(named)}" if named else ""
        groups.setdefault(KINDS[kind], []).append({"file": file, "label": label, "said": said})
    return list(groups.items())


def _undo_version() -> int | None:
    text = request.args.get("annuler", "")
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None


def seed_of(text: str) -> int:
    """Return which made-up answers are asked for."""
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else 1


# The button that sends the form


def verbs_of(edited: EditedForm) -> list[Verb]:
    """Return the button of each step that is answered with the form."""
    return form_uses.verbs(edited.files, edited.id)


def keep_verbs(edited: EditedForm, *, by: Actor) -> None:
    """Write the words typed for the button of each step into its diagram.

    Raises:
        StaleFile: a diagram changed meanwhile.
    """
    texts = dict(edited.files)
    for rank, verb in enumerate(verbs_of(edited)):
        typed = request.form.get(f"verbe.{rank}")
        told = " ".join((typed or "").split())
        if typed is None or request.form.get(f"verbe.{rank}.etape") != f"{verb.file}#{verb.element}":
            continue
        if len(told) > 80:
            raise Mistyped(f"verbe.{rank}", "Un bouton tient en 80 signes : un verbe et son complément.")
        if told != verb.words:
            texts[verb.file] = form_uses.with_verb(texts[verb.file], verb.element, told)
    moved = {name: text for name, text in texts.items() if text != edited.files[name]}
    bases = {name: studio.digest_of(edited.files[name]) for name in moved}
    form_drafts.keep_all(moved, bases, by=by)


# What a button would do elsewhere


def effect_of_removing(edited: EditedForm, place: Place) -> ResponseReturnValue | None:
    """Return the page that shows what a removal changes, None when it changes nothing elsewhere."""
    row = form_edits.at(edited.tree, place)
    key = _full_key(edited, place)
    uses, inner = (
        form_uses.uses_in(edited.files, edited.id, key) if key else [],
        inner_uses(edited.tree, place),
    )
    if not uses and not inner:
        return None
    return _effect(edited, place, str(row.get("libelle") or key), uses=uses, inner=inner, doing="retirer")


def judge_key(edited: EditedForm, place: Place, new: str) -> None:
    """Refuse a key that does not fit.

    Raises:
        Mistyped: badly written, or borne by another field.
    """
    row = form_edits.at(edited.tree, place)
    if new == row.get("cle"):
        raise Mistyped("cle", "C'est déjà la clé de ce champ.")
    if not _KEY.fullmatch(new):
        raise Mistyped("cle", "Une clé s'écrit en minuscules sans accent, avec des chiffres et « _ ».")
    if new in form_edits.taken_keys(edited.tree, place):
        raise Mistyped("cle", f"Un autre champ a déjà la clé « {new} ». Choisissez-en une autre.")


def effect_of_renaming(edited: EditedForm, place: Place, new: str) -> ResponseReturnValue | None:
    """Return the page that shows what a new key changes, None when nothing names the field."""
    told = form_uses.rename(edited.files, edited.id, place, new)
    inner = inner_uses(edited.tree, place)
    released = _full_key(edited, place) in edited.released_keys()
    if not told.followed and not told.by_hand and not inner and not released:
        return None
    label = str(form_edits.at(edited.tree, place).get("libelle", ""))
    return _effect(
        edited, place, label, uses=told.followed, by_hand=told.by_hand, inner=inner, doing="cle", new=new,
        released=released,
    )  # fmt: skip


def _effect(edited: EditedForm, place: Place, label: str, **told: Any) -> ResponseReturnValue:
    given: dict[str, Any] = {"by_hand": (), "new": "", "released": False, **told}
    return render_template(
        "pages/studio_form_effect.html",
        form=edited,
        place=written(place),
        label=label,
        key=_full_key(edited, place),
        base=request.form.get("base", ""),
        editor=studio_tabs.editor,
        **given,
    )


def _full_key(edited: EditedForm, place: Place) -> str:
    key = str(form_edits.at(edited.tree, place).get("cle", ""))
    if len(place) == 2 or not key:
        return key
    return f"{form_edits.at(edited.tree, place[:2]).get('cle', '')}.{key}"
