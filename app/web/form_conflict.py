"""Two people at one form: what somebody typed beside what stands there now; nothing is overwritten."""

from collections.abc import Sequence
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue

from app.catalog import form_edits
from app.catalog.form_edits import Place, written
from app.catalog.submission import Flat
from app.services.form_drafts import EditedForm
from app.services.studio import StaleFile
from app.web import form_editor, form_words
from app.web.permissions import actor

_NOT_TYPED: Final = frozenset({"csrf_token", "base", "champ", "faire", "confirme"})


def conflict(edited: EditedForm, fault: StaleFile, flat: Flat, place: Place | None) -> ResponseReturnValue:
    """Return the page that keeps what was typed, shows what stands there now, and offers both."""
    mine_too = fault.who == actor().name
    theirs = form_editor.boxes_of(form_edits.at(edited.tree, place)) if place is not None else Flat({})
    if place is None:
        theirs = form_editor.head_boxes(edited.tree)
    rows = [
        (form_words.said(box), "\n".join(texts), "\n".join(theirs.all(box)))
        for box, texts in flat.values.items()
        if box not in _NOT_TYPED
        and not _of_blank_row(flat, box)
        and _filled(texts) != _filled(theirs.all(box))
    ]
    page = render_template(
        "pages/studio_form_conflict.html",
        form=edited,
        who="Vous" if mine_too else fault.who or "Quelqu'un",
        mine_too=mine_too,
        when=fault.when,
        rows=rows,
        place=written(place) if place else "",
        sent=[
            (box, text)
            for box, texts in flat.values.items()
            if box not in {"csrf_token", "base"}
            for text in texts
        ],
        base=edited.file.digest,
        label=str(form_edits.at(edited.tree, place).get("libelle", "")) if place else edited.title,
    )
    return page, 409


def _filled(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if text]


def _of_blank_row(flat: Flat, box: str) -> bool:
    """Whether a box belongs to a comparison whose field was not chosen: its sign says nothing."""
    group, _, rest = box.partition(".")
    return group == "si_lignes" and not flat.first(f"si_lignes.{rest.partition('.')[0]}.champ")
