"""The messages and the documents of the draft: their parts, the fields to pick, what they would say."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import CLASSES
from app.documents import DocumentFault
from app.documents.front import LAYOUTS
from app.errors import BundleFault, NotFound
from app.services import studio
from app.services.studio import StaleFile, admitting, template_fields, text_parts, text_preview
from app.services.studio.text_parts import Document, Message
from app.web.pages.studio import told
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_texts", __name__)

SUFFIXES: Final = {"messages": ".txt", "documents": ".html"}
LAYOUT_WORDS: Final = {
    "lettre": "Courrier : adresse dans la fenêtre de l'enveloppe, référence, date",
    "rapport": "Fiche ou compte rendu",
    "guide": "Feuille à garder, en grands caractères",
}
CLASS_WORDS: Final = {
    "technique": "Techniques",
    "social": "Sociales",
    "secret": "Secrètes",
}
ALONE: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'; "
    "sandbox"
)
"""What a preview may do: show itself, in its own styles, and nothing else."""
KIND: Final = "/t/<code>/atelier/textes/<kind>/<stem>"


@blueprint.get(KIND)
@requires("programme.modifier")
def page(kind: str, stem: str) -> ResponseReturnValue:
    """Show a text with what may be named in it, beside what it would say."""
    return _shown(_name(kind, stem))


@blueprint.post(KIND)
@requires("programme.modifier")
def save(kind: str, stem: str) -> ResponseReturnValue:
    """Keep the text as typed."""
    name = _name(kind, stem)
    before = studio.read(name)
    try:
        text = _typed(kind, before.text)
        with admitting.refusing_template(actor(), name=name):
            text_preview.preview(name, text)
        studio.save(name, text, base=request.form.get("base") or None, by=actor())
    except StaleFile as stale:
        return _shown(name, typed=_parts_typed(kind), problem=stale.sentence, theirs=stale, status=409)
    except BundleFault as fault:
        return _shown(name, typed=_parts_typed(kind), problem=fault.sentence, status=422)
    flash("Le texte est enregistré dans le brouillon.", "success")
    return redirect(url_for("studio_texts.page", kind=kind, stem=stem))


@blueprint.post(f"{KIND}/apercu")
@requires("programme.modifier")
def preview(kind: str, stem: str) -> ResponseReturnValue:
    """Show what the text as typed would say in an invented case; nothing is kept."""
    name = _name(kind, stem)
    try:
        html = text_preview.on_screen(name, _typed(kind, studio.read(name).text))
    except BundleFault as fault:
        html = render_template("pages/studio_text_fault.html", sentence=fault.sentence)
    answer = make_response(html)
    answer.headers["Content-Security-Policy"] = ALONE
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.post(f"{KIND}/apercu.pdf")
@requires("programme.modifier")
def paper(kind: str, stem: str) -> ResponseReturnValue:
    """Lay out the document as typed, of an invented case."""
    name = _name(kind, stem)
    if kind != "documents":
        raise NotFound
    try:
        content = text_preview.paper(name, _typed(kind, studio.read(name).text))
    except (BundleFault, DocumentFault) as fault:
        return _shown(name, typed=_parts_typed(kind), problem=fault.sentence, status=422)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{stem}-exemple.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _name(kind: str, stem: str) -> str:
    if kind not in SUFFIXES:
        raise NotFound
    name = f"{kind}/{stem}{SUFFIXES[kind]}"
    studio.opened(actor())
    studio.read(name)  # refuses a file that is not there
    return name


def _typed(kind: str, before: str) -> str:
    """Return the file that the typed parts give."""
    parts = _parts_typed(kind)
    if isinstance(parts, Message):
        return text_parts.write_message(parts, before)
    return text_parts.write_document(parts, before)


def _parts_typed(kind: str) -> Message | Document:
    typed = request.form
    body = typed.get("corps", "").replace("\r\n", "\n")
    if kind == "messages":
        return Message(typed.get("objet", ""), body)
    lines: Sequence[str] = typed.get("destinataire", "").replace("\r\n", "\n").split("\n")
    return Document(
        title=typed.get("titre", "").strip(),
        layout=typed.get("mise_en_page", "rapport"),
        classes=tuple(one for one in CLASSES if one in typed.getlist("classes")),
        recipient=tuple(line.strip() for line in lines if line.strip()),
        body=body,
    )


def _shown(
    name: str,
    *,
    typed: Message | Document | None = None,
    problem: str = "",
    theirs: StaleFile | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    file = studio.read(name)
    kind, _, bare = name.partition("/")
    read: Any = text_parts.read_message if kind == "messages" else text_parts.read_document
    page = render_template(
        "pages/studio_text.html",
        name=name,
        kind=kind,
        stem=bare.rpartition(".")[0],
        file=file,
        parts=typed or read(file.text),
        base=request.form.get("base") if theirs is None and typed is not None else file.digest,
        theirs=read(theirs.theirs.text) if theirs is not None and theirs.theirs is not None else None,
        problem=problem,
        groups=template_fields.groups(name),
        layouts={layout: LAYOUT_WORDS.get(layout, layout) for layout in LAYOUTS},
        classes={classe: CLASS_WORDS[classe] for classe in CLASSES},
        problems=told([item for item in studio.problems() if item.path == name], {}),
        others=studio.present(name, actor()),
    )
    return page, status
