"""The files of the draft: asked and kept by the editors (JSON), and by plain forms where no script runs."""

from collections.abc import Callable
from functools import wraps
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BundleFault, Conflict, NotFound, RelaisError
from app.services import studio
from app.services.studio import DraftFile, StaleFile
from app.services.studio.drafting import Taken
from app.services.wanted import identity
from app.web import present, studio_tabs
from app.web.formats import local
from app.web.pages.studio import told
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_files", __name__)

MOST_OVERLAID: Final = 20
"""Unsaved files judged at once."""
UNREADABLE: Final = "La demande n'est pas lisible. Rechargez la page."
_TYPES: Final = {".bpmn": "application/xml", ".dmn": "application/xml", ".json": "application/json"}


def in_json(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Answer a refusal as an editor wants it: ``{"message"}``, with ``theirs`` when somebody was first."""

    @wraps(view)
    def answered(**arguments: object) -> ResponseReturnValue:
        try:
            return view(**arguments)
        except StaleFile as stale:
            return jsonify(message=stale.sentence, theirs=_theirs(stale)), 409
        except NotFound:
            return jsonify(message="Ce fichier n'est pas, ou plus, dans le brouillon."), 404
        except Conflict as moved:
            return jsonify(message=moved.sentence), 409
        except BundleFault as fault:
            return jsonify(message=fault.sentence), 422

    return answered


@blueprint.get("/t/<code>/atelier/fichiers/<path:name>")
@requires("programme.modifier")
@in_json
def read(name: str) -> ResponseReturnValue:
    """Give a file of the draft with its digest."""
    studio.opened(actor())
    file = studio.read(name)
    return jsonify(
        name=file.name,
        text=file.text,
        digest=file.digest,
        changed_by=file.changed_by,
        changed_at=file.changed_at.isoformat() if file.changed_at else None,
    )


@blueprint.put("/t/<code>/atelier/fichiers/<path:name>")
@requires("programme.modifier")
@in_json
def save(name: str) -> ResponseReturnValue:
    """Keep a file as an editor has it."""
    body = _body()
    if not isinstance(body.get("text"), str) or not isinstance(body.get("base"), str | None):
        return jsonify(message=UNREADABLE), 422
    file = studio.save(name, body["text"], base=body.get("base"), by=actor())
    draft = studio.opened(actor())
    return jsonify(digest=file.digest, version=draft.version, saved_at=local(draft.updated_at).isoformat())


@blueprint.delete("/t/<code>/atelier/fichiers/<path:name>")
@requires("programme.modifier")
@in_json
def remove(name: str) -> ResponseReturnValue:
    """Take a file out of the draft."""
    base = _body().get("base", request.args.get("base"))
    studio.remove(name, base=base if isinstance(base, str) else None, by=actor())
    return jsonify(version=studio.opened(actor()).version)


@blueprint.post("/t/<code>/atelier/verifier")
@requires("programme.modifier")
@in_json
def judge() -> ResponseReturnValue:
    """Say everything wrong in the draft, unsaved files laid over it."""
    files = _body().get("files", {})
    fits = isinstance(files, dict) and all(isinstance(text, str) for text in files.values())
    if not fits or len(files) > MOST_OVERLAID:
        return jsonify(message=UNREADABLE), 422
    found = studio.problems(files)
    return jsonify(
        problems=[
            {
                "path": item.path,
                "element": item.element,
                "severity": item.severity,
                "code": item.code,
                "message": item.message,
            }
            for item in found
        ]
    )


@blueprint.get("/t/<code>/atelier/vocabulaire.json")
@requires("programme.modifier")
@in_json
def words() -> ResponseReturnValue:
    """Give everything that a designer may name."""
    return jsonify(studio.vocabulary())


@blueprint.post("/t/<code>/atelier/presence")
@requires("programme.modifier")
@in_json
def presence() -> ResponseReturnValue:
    """Hear that a page is still open on a file; say who else is there."""
    file = _body().get("file")
    if not isinstance(file, str) or len(file) > 100:
        return jsonify(message=UNREADABLE), 422
    others = studio.present(file, actor())
    return jsonify(others=[{"who": one.who, "since": local(one.since).isoformat()} for one in others])


# The sheet of a file, and what is done there without a script


@blueprint.get("/t/<code>/atelier/fiche/<path:name>")
@requires("programme.modifier")
def page(name: str) -> ResponseReturnValue:
    """Show a file: what is wrong, its history, its text; rename, replace, remove it."""
    return _sheet(name)


@blueprint.get("/t/<code>/atelier/fiche/<path:name>/telecharger")
@requires("programme.modifier")
def download(name: str) -> ResponseReturnValue:
    """Give a file of the draft as it is kept."""
    file = studio.read(name)
    bare = PurePosixPath(file.name)
    kind = _TYPES.get(bare.suffix, "text/plain; charset=utf-8")
    answer = Response(file.text.encode(), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{bare.name}"'
    return answer


@blueprint.post("/t/<code>/atelier/fiche/<path:name>/renommer")
@requires("programme.modifier")
def rename(name: str) -> ResponseReturnValue:
    """Give a file another name."""
    folder, _, bare = name.rpartition("/")
    typed = request.form.get("nom", "").strip()
    new = f"{folder}/{typed}{PurePosixPath(bare).suffix}"
    try:
        file = studio.rename(name, new, base=_base(), by=actor())
    except (StaleFile, BundleFault, Taken) as fault:
        return _sheet(name, problem=("nom", fault.sentence), status=_status(fault))
    flash("Le fichier a changé de nom. Ce qui l'appelait par l'ancien est dit dans les problèmes.", "success")
    return redirect(url_for("studio_files.page", name=file.name))


@blueprint.post("/t/<code>/atelier/fiche/<path:name>/retirer")
@requires("programme.modifier")
def drop(name: str) -> ResponseReturnValue:
    """Take a file out of the draft, from its sheet."""
    try:
        studio.remove(name, base=_base(), by=actor())
    except NotFound:  # a second click
        flash("Ce fichier n'est déjà plus dans le brouillon.", "info")
        return redirect(url_for("studio.page"))
    except (StaleFile, BundleFault) as fault:
        return _sheet(name, problem=("retirer", fault.sentence), status=_status(fault))
    flash(f"« {name} » est retiré du brouillon. Son histoire permet de le reprendre.", "success")
    return redirect(url_for("studio_files.page", name=name))


@blueprint.post("/t/<code>/atelier/fiche/<path:name>/remplacer")
@requires("programme.modifier")
def overwrite(name: str) -> ResponseReturnValue:
    """Put a file sent by a person, or the text typed on its sheet, in place of this one."""
    sent, typed = request.files.get("fichier"), request.form.get("texte")
    try:
        if sent is not None and sent.filename:
            _, brought = studio.replaced(name, sent.filename, sent.read(), base=_base(), by=actor())
            for sentence in brought.told:
                flash(sentence, "info")
        elif typed is not None:
            studio.save(name, typed.replace("\r\n", "\n"), base=_base(), by=actor())
        else:
            return _sheet(name, problem=("fichier", "Choisissez un fichier."), status=422)
    except (StaleFile, BundleFault) as fault:
        where = "texte" if typed is not None else "fichier"
        return _sheet(name, problem=(where, fault.sentence), status=_status(fault), typed=typed)
    flash("Le fichier est enregistré dans le brouillon.", "success")
    return redirect(url_for("studio_files.page", name=name))


@blueprint.post("/t/<code>/atelier/fiche/<path:name>/reprendre")
@requires("programme.modifier")
def restore(name: str) -> ResponseReturnValue:
    """Put a file back as it was."""
    wanted: UUID | None = identity(request.form.get("etat", ""))
    if wanted is None:
        raise NotFound
    try:
        studio.restore(name, wanted, base=_base(), by=actor())
    except (StaleFile, BundleFault) as fault:
        return _sheet(name, problem=("histoire", fault.sentence), status=_status(fault))
    flash("Le fichier est revenu à cet état.", "success")
    return redirect(url_for("studio_files.page", name=name))


def _sheet(
    name: str, *, problem: tuple[str, str] | None = None, status: int = 200, typed: str | None = None
) -> ResponseReturnValue:
    studio.opened(actor())
    past = studio.history(name)
    try:
        file: DraftFile | None = studio.read(name)
    except NotFound:
        if not past:
            raise
        file = None
    problems = [item for item in studio.problems() if item.path == name]
    others = studio.present(name, actor())
    page = render_template(
        "pages/studio_file.html",
        name=name,
        stem=PurePosixPath(name).stem,
        file=file,
        fixed="/" not in name,
        editor=studio_tabs.editor(name) if file else None,
        listed=studio_tabs.editor(name, listed=True) if file else None,
        problems=told(problems, {}),
        past=[{"row": row, "moment": present.moment_mark(row.at)} for row in past],
        others=others,
        wrong={problem[0]: problem[1]} if problem else {},
        typed=typed,
    )
    return page, status


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _base() -> str | None:
    return request.form.get("base") or None


def _status(fault: RelaisError) -> int:
    return 409 if isinstance(fault, Conflict) else 422


def _theirs(stale: StaleFile) -> dict[str, Any]:
    theirs = stale.theirs
    return {
        "text": theirs.text if theirs else None,
        "digest": theirs.digest if theirs else None,
        "who": stale.who,
        "when": local(stale.when).isoformat() if stale.when else None,
    }
