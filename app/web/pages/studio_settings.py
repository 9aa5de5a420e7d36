"""The settings of the draft, value by value: roles, lanes, partners, thresholds, indicators."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import PERMISSIONS
from app.catalog import toml_edits
from app.catalog.toml_edits import Entry, Group, address
from app.errors import BundleFault, NotFound
from app.services import studio
from app.services.studio import DraftFile, StaleFile
from app.web import commune_typed
from app.web import settings_words as words
from app.web.pages.studio import told
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_settings", __name__)

FILES: Final = {"territoire": "Réglages", "indicateurs": "Indicateurs et rapport"}
COMMUNES: Final = "communes"
"""The section whose parts are found in the national list."""
GROWS: Final = (
    COMMUNES,
    "couloirs",
    "roles",
    "partenaires",
    "gestes",
    "depenses",
    "calendrier",
    "indicateurs",
)
"""Sections in which a part can be added or taken out."""
LONGEST: Final = 10_000
_CLASSED: Final = ("collecte", "lecture", "relecture", "recoit", "classes")
PAGE: Final = "/t/<code>/atelier/reglages/<stem>"


@blueprint.get("/t/<code>/atelier/reglages")
@requires("programme.modifier")
def first() -> ResponseReturnValue:
    """Lead to the territory's settings."""
    return redirect(url_for("studio_settings.page", stem="territoire"))


@blueprint.get(PAGE)
@requires("programme.modifier")
def page(stem: str) -> ResponseReturnValue:
    """Show the settings by section; one section is open at a time where scripts run."""
    return _shown(_file(stem))


@blueprint.post(PAGE)
@requires("programme.modifier")
def save(stem: str) -> ResponseReturnValue:
    """Keep a section as typed."""
    file = _file(stem)
    section = request.form.get("section", "")[:60]
    try:
        text = toml_edits.write(file.text, _typed())
        kept = studio.save(file.name, text, base=request.form.get("base") or None, by=actor())
    except StaleFile as stale:
        return _shown(file, section=section, problem=stale.sentence, typed=True, status=409)
    except BundleFault as fault:
        return _shown(file, section=section, problem=fault.sentence, typed=True, status=422)
    flash("Rien n'a changé." if kept.digest == file.digest else "Les réglages sont enregistrés.", "success")
    return redirect(f"{url_for('studio_settings.page', stem=stem)}#{section or 'territoire'}")


@blueprint.post(f"{PAGE}/parties")
@requires("programme.modifier")
def parts(stem: str) -> ResponseReturnValue:
    """Add a part to a section on the model of the last, or take one out."""
    file = _file(stem)
    place = toml_edits.place_of(request.form.get("ou", "")[:200])
    section = str(place[0]) if place else ""
    try:
        text = _grown(file, place, section)
        studio.save(file.name, text, base=request.form.get("base") or None, by=actor())
    except StaleFile as stale:
        return _shown(file, section=section, problem=stale.sentence, status=409)
    except BundleFault as fault:
        return _shown(file, section=section, problem=fault.sentence, status=422)
    out = request.form.get("faire") == "retirer"
    flash("La partie est retirée." if out else "La partie est ajoutée : complétez-la.", "success")
    return redirect(f"{url_for('studio_settings.page', stem=stem)}#{section}")


def _grown(file: DraftFile, place: toml_edits.Place, section: str) -> str:
    if section not in GROWS:
        raise BundleFault(file=section or "réglages", cause="cette partie ne se change pas ainsi.")
    if request.form.get("faire") == "retirer":
        return toml_edits.without_group(file.text, place)
    typed = request.form.get("nom", "").strip()
    if section == COMMUNES and typed:
        return commune_typed.added(file.text, place, typed)
    return toml_edits.with_group(file.text, place, typed)


def _file(stem: str) -> DraftFile:
    if stem not in FILES:
        raise NotFound
    studio.opened(actor())
    return studio.read(f"{stem}.toml")


def _typed() -> dict[str, str | Sequence[str]]:
    """Return what was typed by address; a list of boxes none of which is ticked is an empty list."""
    found: dict[str, str | Sequence[str]] = {}
    for name in request.form:
        kind, _, where = name.partition(":")
        if kind == "v":
            found[where] = request.form[name][:LONGEST]
        elif kind == "p":
            found[where] = [one[:LONGEST] for one in request.form.getlist(f"b:{where}")]
    return found


def _shown(
    file: DraftFile, *, section: str = "", problem: str = "", typed: bool = False, status: int = 200
) -> ResponseReturnValue:
    try:
        tree = toml_edits.read(file.text)
    except BundleFault as fault:
        tree, problem = Group((), ""), problem or fault.sentence
    stem = file.name.removesuffix(".toml")
    own = Group((), "", entries=tree.entries)
    sections = [own, *tree.groups] if tree.entries else list(tree.groups)
    known = {str(group.key): group for group in tree.groups}
    roles = [str(role.key) for role in known["roles"].groups] if "roles" in known else []
    page = render_template(
        "pages/studio_settings.html",
        file=file,
        stem=stem,
        files=FILES,
        sections=sections,
        titles={one.key: words.SECTIONS.get(one.key, (words.key(one.key), "")) for one in sections},
        base=request.form.get("base") if typed else file.digest,
        open_section=section,
        typed=_typed() if typed else {},
        grows=GROWS,
        listed=COMMUNES,
        given_rows=request.form.get("nom", "") if problem else "",
        address=address,
        said=words.key,
        boxes=lambda entry: _boxes(entry, roles),
        name_of=_name_of,
        problem=problem,
        problems=told([item for item in studio.problems() if item.path == file.name], {}),
        others=studio.present(file.name, actor()),
    )
    return page, status


def _boxes(entry: Entry, roles: Sequence[str]) -> Mapping[str, str]:
    """Return what a list chooses among, value → words; nothing for a free list."""
    choices: dict[str, dict[str, str]] = {
        "droits": {right: words.RIGHTS.get(right, right) for right in (*words.RIGHTS, *sorted(PERMISSIONS))},
        "roles": {role: role.replace("_", " ") for role in roles},
        **{key: dict(words.CLASSES) for key in _CLASSED},
    }
    found = choices.get(entry.key, {})
    return {**found, **{value: value for value in entry.lines if value not in found}} if found else {}


def _name_of(group: Group) -> str:
    """Return what a part is called: its label or its name, else its key."""
    values: dict[str, Any] = {entry.key: entry.said for entry in group.entries}
    return str(values.get("libelle") or values.get("nom") or values.get("processus") or group.key)
