"""A diagram of the draft as a list: every change of the drawing, by keyboard, without a script."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import drawing
from app.drawing import DrawingFault, Outline, Step, Values
from app.drawing.file import Unwritable
from app.drawing.ways import add_delay, lead
from app.errors import BundleFault
from app.services import studio
from app.services.studio import DraftFile, StaleFile, admitting
from app.web import steps_typed, studio_tabs
from app.web.pages.studio import told
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_steps", __name__)

PAGE: Final = "/t/<code>/atelier/diagrammes/<name>/liste"
FORKS: Final = ("exclusiveGateway", "inclusiveGateway")
HOSTS: Final = ("userTask", "callActivity", "subProcess", "receiveTask")
NO_TARGET: Final = ("startEvent", "boundaryEvent")
_DONE: Final = {
    "inserer": "L'étape est ajoutée : complétez-la.",
    "retirer": "L'élément est retiré.",
    "reponse": "La réponse est ajoutée.",
    "sans-reponse": "La réponse est retirée.",
    "mener": "La flèche mène ailleurs.",
    "delai": "Le délai est ajouté.",
    "evenement": "L'événement est ajouté : menez-le où il faut.",
}


@blueprint.get(PAGE)
@requires("programme.modifier")
def page(name: str) -> ResponseReturnValue:
    """Show the elements in the order in which they come, and the form of the one chosen."""
    return _shown(_file(name), request.args.get("element", ""))


@blueprint.post(PAGE)
@requires("programme.modifier")
def change(name: str) -> ResponseReturnValue:
    """Make one change, keep the draft, come back to the element."""
    file = _file(name)
    ident, act = request.form.get("element", "")[:200], request.form.get("faire", "changer")
    try:
        text, shown = _changed(file.text, ident, act)
        studio.save(file.name, text, base=request.form.get("base") or None, by=actor())
    except StaleFile as stale:
        return _shown(file, ident, problem=stale.sentence, status=409)
    except (BundleFault, DrawingFault) as fault:
        if isinstance(fault, Unwritable):
            admitting.note_refusal(actor(), what="enregistrer", kind="texte", name=file.name)
        return _shown(file, ident, problem=fault.sentence, status=422)
    flash(_DONE.get(act, "C'est enregistré dans le brouillon."), "success")
    target = (
        url_for("studio_steps.page", name=name, element=shown)
        if shown
        else url_for("studio_steps.page", name=name)
    )
    return redirect(f"{target}#{'choisi' if shown else 'etapes'}")


def _changed(text: str, ident: str, act: str) -> tuple[str, str]:
    """Return the file once the change is made, and the element to show next."""
    sent = request.form
    acts: dict[str, Callable[[], tuple[str, str]]] = {
        "inserer": lambda: drawing.insert(
            text, sent.get("fleche", ""), sent.get("genre", ""), sent.get("nom_nouveau", "")
        ),
        "retirer": lambda: (drawing.remove(text, ident), ""),
        "reponse": lambda: (
            drawing.add_way(text, ident, sent.get("mots", ""), sent.get("vers", ""))[0],
            ident,
        ),
        "sans-reponse": lambda: (drawing.remove_way(text, sent.get("fleche", "")), ident),
        "mener": lambda: (lead(text, sent.get("fleche", ""), sent.get("vers", "")), ident),
        "delai": lambda: add_delay(
            text, ident, sent.get("nom_nouveau", ""), steps_typed.typed_delay(sent, "minuteur", "")
        ),
        "evenement": lambda: _attached(text, ident),
        "changer": lambda: (_said(text, ident), ident),
    }
    if act not in acts:
        raise DrawingFault("Cette demande n'est pas connue. Rechargez la page.")
    return acts[act]()


def _attached(text: str, host: str) -> tuple[str, str]:
    """Put on a step's border an event that waits for a message or a signal, of the name that was typed."""
    sent = request.form
    made, ident = add_delay(
        text, host, sent.get("nom_nouveau", ""), "", event=sent.get("genre", "") or "message"
    )
    return drawing.change(made, ident, Values(event=sent.get("evenement", "")[:200])), ident


def _said(text: str, ident: str) -> str:
    step = _step(drawing.outline(text), ident)
    if step is None:
        raise DrawingFault("Cet élément n'est plus dans le diagramme. Rechargez la page.")
    verb = _verb(studio.vocabulary(), request.form.get("operation", step.verb))
    return drawing.change(text, ident, steps_typed.values(request.form, step, verb))


def _file(name: str) -> DraftFile:
    studio.opened(actor())
    return studio.read(f"bpmn/{name}.bpmn")


def _step(outlines: tuple[Outline, ...], ident: str) -> Step | None:
    return next((step for one in outlines if (step := one.step(ident)) is not None), None)


def _verb(words: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    return next((one for one in words["verbs"] if one["name"] == name), None)


def _shown(file: DraftFile, ident: str, *, problem: str = "", status: int = 200) -> ResponseReturnValue:
    try:
        outlines = drawing.outline(file.text)
    except DrawingFault as fault:
        outlines, problem = (), problem or fault.sentence
    stem = file.name.removeprefix("bpmn/").removesuffix(".bpmn")
    problems = [item for item in studio.problems() if item.path == file.name]
    page = render_template(
        "pages/studio_steps.html",
        file=file,
        stem=stem,
        outlines=outlines,
        title=next((one.name for one in outlines if one.name), stem),
        **_chosen(outlines, ident),
        typed=steps_typed,
        kinds={key: label for key, label in drawing.KINDS.items() if key != "endEvent"},
        forks=FORKS,
        hosts=HOSTS,
        counts=Counter(item.element for item in problems),
        problem=problem,
        problems=told([item for item in problems if not ident or item.element == ident], {}),
        others=studio.present(file.name, actor()),
        base=request.form.get("base") or file.digest,
        editor=studio_tabs.editor(file.name),
        may_go=status != 409,
    )
    return page, status


def _chosen(outlines: tuple[Outline, ...], ident: str) -> dict[str, Any]:
    """Return the element chosen, what it may lead to, what may be named in it."""
    chosen, words = _step(outlines, ident), studio.vocabulary()
    steps = [step for one in outlines for step in one.steps]
    names = {step.id: step.name or steps_typed.KIND_WORDS.get(step.kind, step.kind) for step in steps}
    reached = [
        (step.id, names[step.id])
        for step in steps
        if chosen is not None
        and step.kind not in NO_TARGET
        and step.within == chosen.within
        and step.id != chosen.id
    ]
    properties = chosen.properties if chosen is not None else {}
    return {
        "chosen": chosen,
        "home": next((one for one in outlines if chosen is not None and chosen in one.steps), None),
        "names": names,
        "targets": reached,
        "words": words,
        "verb": _verb(words, chosen.verb) if chosen is not None else None,
        "others_properties": [name for name in properties if name not in steps_typed.HANDLED],
    }
