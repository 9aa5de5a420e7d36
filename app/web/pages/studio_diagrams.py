"""A diagram of the draft: the modeler, its picture where no script runs, and the verdict on an expression."""

from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.documents.bpmn_picture import picture
from app.errors import NotFound
from app.expressions.safe_xml import UnsafeXml, parse_xml
from app.services import releases, studio
from app.services.studio import DraftFile
from app.web import studio_tabs
from app.web.expression_words import KINDS, said
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_diagrams", __name__)

_BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_LINKED: Final = ("forms/%s.json", "dmn/%s.dmn", "bpmn/%s.bpmn", "messages/%s.txt", "documents/%s.html")
_BLANK: Final = "__nom__"
"""Stands for a file's name in the addresses that the script completes."""
_KEYS: Final = (
    (("Ctrl", "Z"), "Annuler"),
    (("Ctrl", "Y"), "Refaire"),
    (("Ctrl", "C"), "Copier ce qui est choisi ; un autre diagramme peut le coller"),
    (("Ctrl", "V"), "Coller"),
    (("Suppr",), "Supprimer ce qui est choisi"),
    (("Ctrl", "A"), "Tout choisir"),
    (("Ctrl", "F"), "Chercher un élément par son nom"),
    (("Ctrl", "S"), "Enregistrer maintenant"),
    (("Tab",), "Aller à la palette : les flèches y passent d'un élément à l'autre, Entrée le place"),
    (("Flèches",), "Déplacer ce qui est choisi ; avec Maj, dix fois plus loin"),
    (("Ctrl", "Flèches"), "Déplacer la feuille"),
    (("Ctrl", "+"), "Agrandir"),
    (("Ctrl", "-"), "Réduire"),
    (("Ctrl", "9"), "Tout voir"),
    (("E",), "Écrire le nom de l'élément choisi"),
    (("R",), "Changer le genre de l'élément choisi"),
    (("C",), "Relier l'élément choisi à un autre"),
    (("L",), "Choisir plusieurs éléments en les entourant"),
    (("S",), "Faire ou retirer de la place"),
    (("H",), "Déplacer la feuille à la souris"),
    (("F8",), "Aller au problème suivant"),
    (("Maj", "F8"), "Aller au problème précédent"),
    (("Échap",), "Abandonner ce qui est commencé, fermer un menu"),
)
"""What the modeler answers to, as the help of the page lists it."""


@blueprint.get("/t/<code>/atelier/diagrammes/<name>")
@requires("programme.modifier")
def page(name: str) -> ResponseReturnValue:
    """Open a diagram of the draft in the modeler; without a script its picture, and the list to change it."""
    studio.opened(actor())
    file = studio.read(f"bpmn/{name}.bpmn")
    return render_template(
        "pages/studio_diagram.html",
        file=file,
        name=name,
        title=_title(file),
        drawn=_drawn(file),
        list_href=studio_tabs.editor(file.name, listed=True),
        sheet_href=url_for("studio_files.page", name=file.name),
        picture_href=url_for("studio_diagrams.drawing", name=name),
        settings=_settings(file, name),
        keyboard=_KEYS,
        studio_href=_studio(),
    )


@blueprint.get("/t/<code>/atelier/diagrammes/<name>.svg")
@requires("programme.modifier")
def drawing(name: str) -> ResponseReturnValue:
    """Give the picture of a diagram of the draft, as a file."""
    studio.opened(actor())
    file = studio.read(f"bpmn/{name}.bpmn")
    drawn = _drawn(file)
    if drawn is None:
        raise NotFound
    answer = Response(drawn, mimetype="image/svg+xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.svg"'
    return answer


@blueprint.post("/t/<code>/atelier/expression")
@requires("programme.modifier")
def expression() -> ResponseReturnValue:
    """Say whether an expression can be read and what it gives: ``{ok, message, reads}``."""
    asked = request.get_json(silent=True)
    if (
        not isinstance(asked, dict)
        or not isinstance(asked.get("text"), str)
        or asked.get("kind") not in KINDS
    ):
        return jsonify(message="La demande n'est pas lisible. Rechargez la page."), 422
    return jsonify(said(asked["text"].strip(), asked["kind"]).as_json())


def _title(file: DraftFile) -> str:
    """Return the name of the first process, else that of the file."""
    try:
        root = parse_xml(file.text.encode())
    except UnsafeXml:
        return file.name
    names = (node.get("name") or "" for node in root.iter(f"{_BPMN}process"))
    return next(filter(None, names), file.name.removeprefix("bpmn/").removesuffix(".bpmn"))


def _drawn(file: DraftFile) -> Markup | None:
    """Return the picture of a file, its words escaped by the drawer; None when it cannot be read."""
    try:
        return Markup(picture(file.text.encode(), ident="apercu"))  # noqa: S704
    except UnsafeXml:
        return None


def _settings(file: DraftFile, name: str) -> dict[str, Any]:
    """Return what the script needs: addresses, the file as it is kept, and the editors that exist."""
    return {
        "studio": _studio(),
        "file": file.name,
        "name": name,
        "digest": file.digest,
        "text": file.text,
        "links": {shape.partition("/")[0]: studio_tabs.editor(shape % _BLANK) for shape in _LINKED},
        "list": studio_tabs.editor(file.name, listed=True),
        "released": _released_ids(file),
    }


def _studio() -> str:
    return url_for("studio_diagrams.expression").removesuffix("/expression")


def _released_ids(file: DraftFile) -> list[str]:
    """Return the ids that the release in force already knows in this file: they should not change."""
    data = releases.current().bundle.files.get(file.name) if releases.newest() is not None else None
    if data is None:
        return []
    try:
        root = parse_xml(data)
    except UnsafeXml:
        return []
    found = (node.get("id") for node in root.iter(f"{_BPMN}*"))
    return sorted(filter(None, found))
