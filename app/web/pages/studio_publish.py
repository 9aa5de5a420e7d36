"""« Publier » : what changed since the release in force, a note, the proof under way, and the way back."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BundleFault, Conflict, Invalid, RelaisError
from app.ids import new_id
from app.publishing import freezing, publication_runs, publications
from app.publishing import scenarios as kept
from app.services import releases, studio
from app.services.release_changes import FileChange, of_files
from app.services.studio import standing, titles
from app.services.wanted import identity
from app.web import changes_shown
from app.web.pages.studio import told as told_problems
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_publish", __name__)

MOST_PROBLEMS: Final = 20
STATES: Final = {
    "waiting": ("Attend", "waiting"),
    "running": ("En cours", "active"),
    "published": ("Publiée", "done"),
    "refused": ("Refusée", "stopped"),
    "stopped": ("Arrêtée", "stopped"),
}


@blueprint.get("/t/<code>/atelier/publier")
@requires("programme.modifier", "programme.publier")
def page() -> ResponseReturnValue:
    """Show what would be published; a publication under way is shown instead of the button."""
    return _shown()


@blueprint.post("/t/<code>/atelier/publier")
@requires("programme.publier")
def start() -> ResponseReturnValue:
    """Publish the draft that the page showed; sent twice, it is once."""
    wanted = identity(request.form.get("publication", ""))
    typed = request.form.get("version", "")
    if wanted is None or not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        return _shown(
            notice="Cette page n'est pas complète. Relisez ce qui change, puis publiez.", status=422
        )
    try:
        publications.start(wanted, version=int(typed), note=request.form.get("note", ""), by=actor())
    except Invalid as refusal:
        return _shown(problems=refusal.problems, status=422)
    except publications.RefusedByCheck as refusal:
        return _shown(notice=refusal.sentence, status=422)
    except Conflict as moved:
        return _shown(notice=moved.sentence, status=409)
    except BundleFault as fault:
        return _shown(notice=fault.sentence, status=422)
    return redirect(url_for("studio_publish.one", publication_id=wanted))


@blueprint.get("/t/<code>/atelier/publier/<uuid:publication_id>")
@requires("programme.modifier", "programme.publier")
def one(publication_id: UUID) -> ResponseReturnValue:
    """Follow a publication, or read how it ended."""
    row = publications.find(publication_id)
    number = next((line.number for line in releases.history() if line.id == row.release_id), None)
    return render_template(
        "pages/studio_publication.html",
        row=row,
        number=number,
        busy=row.status not in publications.OVER,
        state=STATES[row.status],
        progress=publications.told(row),
    )


@blueprint.get("/t/<code>/atelier/publier/<uuid:publication_id>/avancement")
@requires("programme.modifier", "programme.publier")
def progress(publication_id: UUID) -> ResponseReturnValue:
    """Say how far a publication is, for a script."""
    return jsonify(publications.told(publications.find(publication_id)))


@blueprint.post("/t/<code>/atelier/publier/<uuid:publication_id>/arreter")
@requires("programme.publier")
def stop(publication_id: UUID) -> ResponseReturnValue:
    """Stop a publication under way."""
    publications.stop(publication_id)
    return redirect(url_for("studio_publish.one", publication_id=publication_id))


@blueprint.get("/t/<code>/atelier/publier/revenir/<int(max=999999):number>")
@requires("programme.publier")
def back_page(number: int) -> ResponseReturnValue:
    """Say what going back to a release changes, and ask why."""
    return _back(number)


@blueprint.post("/t/<code>/atelier/publier/revenir/<int(max=999999):number>")
@requires("programme.publier")
def go_back(number: int) -> ResponseReturnValue:
    """Publish an earlier release's programme again."""
    try:
        release = freezing.roll_back(number, note=request.form.get("note", ""), by=actor())
    except Invalid as refusal:
        return _back(number, problems=refusal.problems, status=422)
    except freezing.AlreadyCurrent as same:  # a second click, too
        flash(same.sentence, "info")
        return redirect(url_for("studio_publish.page"))
    except (BundleFault, Conflict) as fault:
        return _back(number, notice=fault.sentence, status=409)
    flash(
        f"La version {release.number} reprend le dispositif de la version {number}. Les parcours en cours "
        "gardent la leur.",
        "success",
    )
    return redirect(url_for("studio_publish.page"))


def _shown(
    *, problems: Mapping[str, list[str]] | None = None, notice: str | None = None, status: int = 200
) -> ResponseReturnValue:
    draft = studio.opened(actor())
    current = releases.current()
    before = current.bundle.files
    found = _named(of_files(before, draft.files, _titles(draft.files, before)))
    judged = studio.problems()
    errors = [item for item in judged if item.severity == "error"]
    wrong = dict(problems or {})
    page = render_template(
        "pages/studio_publish.html",
        draft=draft,
        current=current,
        changed=[changes_shown.file(one, before, draft.files) for one in found if not one.cosmetic],
        cosmetic=[one for one in found if one.cosmetic],
        errors=len(errors),
        warnings=len(judged) - len(errors),
        problems=told_problems(errors[:MOST_PROBLEMS], {}),
        scenarios=len(kept.listing()),
        households=publication_runs.HOUSEHOLDS,
        months=publication_runs.MONTHS,
        under_way=publications.under_way(),
        publication_id=new_id(),
        wrong=wrong,
        summary=[{"href": f"#{key}", "text": text} for key, texts in wrong.items() for text in texts],
        notice=notice,
        typed=request.form,
        history=releases.history()[:10],
        may_publish=actor().rights.may("programme.publier"),
        may_change=actor().rights.may("programme.modifier"),
    )
    return page, status


def _titles(draft: Mapping[str, bytes], before: Mapping[str, bytes]) -> dict[str, str]:
    return titles.of_files(dict.fromkeys([*before, *draft]), studio.vocabulary())


def _named(found: Sequence[FileChange]) -> list[FileChange]:
    """Return the files that differ in the order in which the studio shows them."""
    order = ("bpmn", "dmn", "forms", "messages", "documents", "")
    return sorted(found, key=lambda one: (order.index(one.path.rpartition("/")[0]), one.title))


def _back(
    number: int,
    *,
    problems: Mapping[str, list[str]] | None = None,
    notice: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    row = standing.release(number)
    current = releases.current()
    after = {name: text.encode() for name, text in row.files.items()}
    found = _named(of_files(current.bundle.files, after, _titles(after, current.bundle.files)))
    wrong = dict(problems or {})
    try:
        releases.of(row.id)
    except RelaisError as fault:
        notice = notice or fault.sentence
    page = render_template(
        "pages/studio_back.html",
        row=row,
        current=current,
        changed=[one for one in found if not one.cosmetic],
        same=row.fingerprint == current.fingerprint,
        wrong=wrong,
        summary=[{"href": f"#{key}", "text": text} for key, texts in wrong.items() for text in texts],
        notice=notice,
        typed=request.form,
        may_change=actor().rights.may("programme.modifier"),
    )
    return page, status
