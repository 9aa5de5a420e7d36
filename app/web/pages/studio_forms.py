"""A form of the draft, edited: every action is a plain post; a script only saves typing and reloading."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog import form_edits
from app.catalog.form_edits import NoSuchPlace, Place
from app.catalog.form_panel import Mistyped
from app.catalog.submission import Flat, row_action
from app.errors import BundleFault, Conflict, Invalid, NotFound
from app.services import form_drafts, form_preview, studio
from app.services.form_drafts import EditedForm
from app.services.studio import StaleFile
from app.web import form_conflict, form_page, forms, studio_tabs
from app.web.errors import error_page, wants_json
from app.web.form_acts import ACTS, Asked, Done
from app.web.form_verdict import verdict
from app.web.formats import hour, typography
from app.web.permissions import actor, requires
from app.web.security import POLICY

blueprint = Blueprint("studio_forms", __name__)
FRAMED: Final = {
    "Content-Security-Policy": POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
    "X-Frame-Options": "SAMEORIGIN",
}
"""The preview stands in a frame of the editor, and of no other site's page."""
_SAME_TWICE: Final = frozenset({"champ", "entete", "rubrique"})
"""Buttons that give the same form however often they are pressed."""


@blueprint.get("/t/<code>/atelier/formulaires")
@requires("programme.modifier")
def listing() -> ResponseReturnValue:
    """List the forms of the draft, and offer a new one, blank or copied."""
    return _listed()


@blueprint.post("/t/<code>/atelier/formulaires")
@requires("programme.modifier")
def create() -> ResponseReturnValue:
    """Add a form to the draft, then open it."""
    title = request.form.get("titre", "").strip()
    if not title:
        return _listed("Donnez un titre au nouveau formulaire.", 422)
    form = form_edits.key_from(title, frozenset()).removeprefix("champ_")
    try:
        form_drafts.create(form, title, copied=request.form.get("copie") or None, by=actor())
    except (BundleFault, Conflict) as fault:
        return _listed(fault.sentence, 409 if isinstance(fault, Conflict) else 422)
    flash(f"Le formulaire « {title} » est ajouté au brouillon.", "success")
    return redirect(url_for("studio_forms.page", name=form))


def _listed(problem: str = "", status: int = 200) -> ResponseReturnValue:
    studio.opened(actor())
    found = form_page.listed()
    page = render_template(
        "pages/studio_forms.html", forms=found, problem=problem, typed=request.form, editor=studio_tabs.editor
    )
    return page, status


@blueprint.get("/t/<code>/atelier/formulaires/<name>")
@requires("programme.modifier")
def page(name: str) -> ResponseReturnValue:
    """Show a form of the draft: its fields, the one that is open, how it looks on a phone."""
    edited = form_drafts.opened(name, actor())
    return form_page.shown(edited, place=_place(edited, request.args.get("champ", "")))


@blueprint.post("/t/<code>/atelier/formulaires/<name>")
@requires("programme.modifier")
def act(name: str) -> ResponseReturnValue:
    """Carry out what a button asks, or show its effect, or what is to be mended."""
    edited = form_drafts.opened(name, actor())
    try:
        return _acted(edited)
    except StaleFile as fault:
        return _stale(edited, fault)
    except NoSuchPlace:
        return _moved(edited)
    except Mistyped as fault:
        return _mistyped(edited, fault)
    except BundleFault as fault:
        if wants_json():
            return jsonify(message=typography(fault.sentence)), 422
        return error_page(422, fault.sentence)


def _acted(edited: EditedForm) -> ResponseReturnValue:
    word, _, argument = request.form.get("faire", "").partition(":")
    asked = Asked(edited.tree, _asked_place(argument), Flat.of(request.form), argument)
    if _base() != edited.file.digest and not _already(asked, word):
        raise StaleFile(edited.file, who=edited.file.changed_by, when=edited.file.changed_at)
    if word == "verbe":
        form_page.keep_verbs(edited, by=actor())
        return _after(edited, Done(edited.tree, asked.place, "Les boutons d'envoi sont enregistrés."), None)
    if word == "cle":
        return _renamed(edited, asked)
    if word not in ACTS:
        raise NotFound
    if word == "retirer" and not request.form.get("confirme"):
        effect = form_page.effect_of_removing(edited, asked.the_place())
        if effect is not None:
            return effect
    done = ACTS[word](asked)
    reason = done.said if done.undoable else ""
    version = form_drafts.keep(edited, done.tree, base=_base(), by=actor(), reason=reason)
    return _after(edited, done, version if done.undoable else None)


def _renamed(edited: EditedForm, asked: Asked) -> ResponseReturnValue:
    place, new = asked.the_place(), asked.text("cle")
    form_page.judge_key(edited, place, new)
    how = request.form.get("confirme", "")
    if how not in {"partout", "ici"}:
        effect = form_page.effect_of_renaming(edited, place, new)
        if effect is not None:
            return effect
    version = form_drafts.rename(edited, place, new, everywhere=how != "ici", base=_base(), by=actor())
    return _after(edited, Done(edited.tree, place, f"La clé est maintenant « {new} »."), version)


@blueprint.post("/t/<code>/atelier/formulaires/<name>/annuler")
@requires("programme.modifier")
def undo(name: str) -> ResponseReturnValue:
    """Take back the last removal or change of key, in every file that it touched."""
    typed = request.form.get("version", "")
    if not typed.isascii() or not typed.isdigit() or len(typed) > 9:
        raise NotFound
    restored = form_drafts.undo(int(typed), actor())
    flash(f"C'est annulé : {', '.join(restored)}.", "success")
    return redirect(url_for("studio_forms.page", name=name))


@blueprint.route("/t/<code>/atelier/formulaires/<name>/apercu", methods=["GET", "POST"])
@requires("programme.modifier")
def preview(name: str) -> ResponseReturnValue:
    """Show the form as people meet it, with made-up answers or with those typed here; nothing is kept."""
    edited = form_drafts.opened(name, actor())
    seed = form_page.seed_of(request.args.get("tirage", ""))
    blank = request.args.get("reponses") == "vides"
    try:
        form = edited.compiled()
    except BundleFault as fault:
        return _framed(edited, fault=str(fault.facts["cause"]))
    context = form_preview.context_of(edited, form, seed)
    problems: Mapping[str, list[str]] = {}
    flat = Flat({}) if blank else form_preview.sample(form, context, seed)
    if request.method == "POST":
        flat = form.draft(Flat.of(request.form), classes=None)
        pressed = row_action(Flat.of(request.form))
        if pressed is not None:
            flat = form.with_rows(flat, pressed)
        elif request.form.get("_action") == "verifier":
            problems = _judged(form, context)
    fields = forms.render(form, flat, classes=form_page.EVERY_CLASS, context=context, problems=problems)
    checked = request.method == "POST" and request.form.get("_action") == "verifier"
    return _framed(edited, fields=fields, problems=problems, checked=checked, seed=seed, blank=blank)


def _judged(form: Any, context: Mapping[str, Any]) -> Mapping[str, list[str]]:
    try:
        form.parse(request.form, request.files, classes=None, context=context)
    except Invalid as refusal:
        return refusal.problems
    return {}


def _framed(edited: EditedForm, **shown: Any) -> ResponseReturnValue:
    given = {"fields": "", "problems": {}, "checked": False, "seed": 1, "blank": False, "fault": "", **shown}
    verbs = form_page.verbs_of(edited)
    page = render_template(
        "pages/studio_form_preview.html",
        form=edited,
        button=next((verb.words for verb in verbs if verb.words), form_page.USUAL_VERB),
        errors=[
            {"href": f"#{forms.anchor(key)}", "text": text}
            for key, texts in given["problems"].items()
            for text in texts
        ],
        **given,
    )
    return Response(page, headers=FRAMED)


@blueprint.post("/t/<code>/atelier/formulaires/<name>/verdict")
@requires("programme.modifier")
def judge(name: str) -> ResponseReturnValue:
    """Say at once whether an expression can stand at a place of the form: ``{ok, message}``."""
    edited = form_drafts.opened(name, actor())
    flat = Flat.of(request.form)
    found = verdict(edited, _place(edited, request.form.get("champ", "")), flat)
    return jsonify(ok=found.ok, message=typography(found.message))


def _after(edited: EditedForm, done: Done, undoable: int | None) -> ResponseReturnValue:
    """Answer a script with what changed on the page; send a browser back to it."""
    place = form_edits.written(done.place) if done.place else None
    if wants_json():
        again = form_drafts.opened(edited.id, actor())
        at = again.file.changed_at
        saved = f"Enregistré à {hour(at)}" if at is not None else "Enregistré"
        return jsonify(base=again.file.digest, place=place, message=typography(done.said or saved))
    if done.said:
        flash(done.said, "success")
    anchor = "panneau" if place else None
    there = url_for("studio_forms.page", name=edited.id, champ=place, annuler=undoable, _anchor=anchor)
    return redirect(there, 303)


def _stale(edited: EditedForm, fault: StaleFile) -> ResponseReturnValue:
    """Show what was typed beside what stands there now; nothing is lost, nothing is overwritten."""
    if wants_json():
        return jsonify(message=typography(fault.sentence)), 409
    return form_conflict.conflict(edited, fault, Flat.of(request.form), _place_or_none(edited))


def _moved(edited: EditedForm) -> ResponseReturnValue:
    sentence = (
        "Ce champ n'est plus là où il était : quelqu'un l'a déplacé ou retiré. Choisissez-le à nouveau."
    )
    if wants_json():
        return jsonify(message=typography(sentence)), 409
    flash(sentence, "warning")
    return form_page.shown(edited, place=None, status=409)


def _mistyped(edited: EditedForm, fault: Mistyped) -> ResponseReturnValue:
    if wants_json():
        return jsonify(message=typography(str(fault)), box=fault.box), 422
    return form_page.shown(
        edited,
        place=_place_or_none(edited),
        typed=Flat.of(request.form),
        wrong={fault.box: str(fault)},
        status=422,
    )


def _base() -> str:
    return request.form.get("base", "")


def _already(asked: Asked, word: str) -> bool:
    """Whether the form says already what was typed: the same button pressed twice is no conflict."""
    return word in _SAME_TWICE and ACTS[word](asked).tree is asked.tree


def _asked_place(argument: str) -> Place | None:
    """Return the field that a button is about: its own argument (« monter:0-3 »), else the page's field."""
    text = argument if "-" in argument else request.form.get("champ", "")
    return form_edits.place_of(text) if text else None


def _place_or_none(edited: EditedForm) -> Place | None:
    try:
        place = form_edits.place_of(request.form.get("champ", ""))
        form_edits.at(edited.tree, place)
    except NoSuchPlace:
        return None
    return place


def _place(edited: EditedForm, text: str) -> Place | None:
    """Return the place that an address names, None without any.

    Raises:
        NotFound: the form has nothing there.
    """
    if not text:
        return None
    try:
        place = form_edits.place_of(text)
        form_edits.at(edited.tree, place)
    except NoSuchPlace:
        raise NotFound from None
    except BundleFault:
        return None
    return place
