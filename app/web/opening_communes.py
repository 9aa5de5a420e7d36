"""The step « Communes » of an opening: a search, what it found, a list to paste, what was chosen."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog import communes
from app.catalog.commune_lists import Doubt
from app.catalog.communes import Group, Listed, National
from app.errors import Conflict, Invalid
from app.services import opening_communes, openings
from app.services.actors import Actor
from app.services.opening_communes import Added
from app.services.openings import Preparation
from app.web.opening_shown import after, steps
from app.web.permissions import actor

STEP: Final = "communes"
MOST_DOUBTS: Final = 30
"""Lines told at once; the next ones are told when these are settled."""
_WIDE: Final = 40
"""Chosen communes beyond which they are folded by department."""


def shown(
    found: Preparation,
    *,
    pasted: str | None = None,
    problems: Mapping[str, list[str]] | None = None,
    problem: str = "",
) -> ResponseReturnValue:
    """Show the step, with the lines of a pasted list that are still to settle."""
    national = communes.national()
    words = " ".join(request.values.get("q", "").split())[:100]
    there = {row["insee"] for row in opening_communes.chosen(found)}
    wrong = problems or {}
    doubts = opening_communes.unsettled(found) if pasted is None else ()
    page = render_template(
        "pages/opening_communes.html",
        found=found,
        steps=steps(found, STEP),
        words=words,
        **_results(national, words, there),
        doubts=[_doubt(national, one) for one in doubts[:MOST_DOUBTS]],
        more_doubts=max(0, len(doubts) - MOST_DOUBTS),
        pasted=opening_communes.left(found) if pasted is None else pasted,
        places=_places(national, opening_communes.chosen(found)),
        chosen=len(there),
        folded=len(there) > _WIDE,
        problems=wrong,
        problem=problem,
        errors=[{"href": f"#{key}", "text": text} for key, texts in wrong.items() for text in texts],
    )
    return page, 422 if wrong else (409 if problem else 200)


def kept(found: Preparation) -> ResponseReturnValue:
    """Do what a button asks: add, take out, add a list, go on. Each is kept at once."""
    form, by = request.form, actor()
    text = form.get("liste", "").replace("\r", "")
    try:
        if "ajouter" in form:
            return _added(found, form["ajouter"], text, by)
        if "retirer" in form:
            code = form["retirer"]
            gone = opening_communes.remove(found.id, None if code == "*" else [code], by=by)
            return _back(f"{_counted(gone)} retirée{'s' if gone > 1 else ''}." if gone else "")
        return _listed(found, text, by, goes_on=form.get("geste") == "garder")
    except Invalid as refusal:
        return shown(found, problems=refusal.problems, pasted=text)
    except Conflict as fault:
        return shown(openings.find(found.id, by), problem=fault.sentence, pasted=text)


def _added(found: Preparation, said: str, text: str, by: Actor) -> ResponseReturnValue:
    """Add what a button names; one that settles a line of the pasted list takes this line out of it."""
    code, _, place = said.partition("@")
    new = opening_communes.add(found.id, code, by=by)
    lines = text.split("\n")
    if place.isdigit() and int(place) < len(lines):
        del lines[int(place)]
        opening_communes.paste(found.id, "\n".join(lines), by=by)
    told = f"{_counted(new)} ajoutée{'s' if new > 1 else ''}." if new else "C'était déjà choisi."
    return _back(told, "liste-collee" if place and lines else "recherche")


def _listed(found: Preparation, text: str, by: Actor, *, goes_on: bool) -> ResponseReturnValue:
    if not text.strip() and not goes_on and not opening_communes.left(found):
        raise Invalid({"liste": ["Collez d'abord une liste : un nom ou un code par ligne."]})
    if text.strip() or opening_communes.left(found):
        added = opening_communes.paste(found.id, text, by=by)
        if added.left:
            return _back(_told(added) if added.new else "", "liste-collee")
        if text.strip():
            flash(_told(added), "success")
    if not goes_on:
        return _back("")
    opening_communes.settle(found.id, by=by)
    return redirect(url_for("opening.step", opening_id=found.id, step=after(STEP)))


def _told(added: Added) -> str:
    told = f"{_counted(added.new)} ajoutée{'s' if added.new > 1 else ''}."
    if added.supposed:
        names = ", ".join(f"{one.name} ({one.department})" for one in added.supposed[:5])
        much = "" if len(added.supposed) <= 5 else f" et {len(added.supposed) - 5} autres"
        told += f" De plusieurs du même nom, celle du département des autres est prise : {names}{much}."
    return told


def _counted(count: int) -> str:
    return "Aucune commune" if not count else ("Une commune" if count == 1 else f"{count} communes")


def _back(told: str, place: str = "recherche") -> ResponseReturnValue:
    if told:
        flash(told, "success")
    address = url_for("opening.step", **(request.view_args or {}), q=request.form.get("q") or None)
    return redirect(f"{address}#{place}")


def _results(national: National, words: str, there: set[str]) -> dict[str, Any]:
    found = national.find(words)
    hits = [
        {**_commune(national, hit.commune), "formerly": hit.formerly, "there": hit.commune.insee in there}
        for hit in found.hits
    ]
    return {
        "groups": [_group(national, one, there) for one in found.groups],
        "hits": hits,
        "more": found.more,
    }


def _group(national: National, group: Group, there: set[str]) -> dict[str, Any]:
    codes = {one.insee for one in national.members(group.code)}
    return {
        "code": f"ensemble:{group.code}",
        "name": f"{group.name} ({group.code})" if group.is_department else group.name,
        "count": len(codes),
        "there": codes <= there,
    }


def _commune(national: National, commune: Listed) -> dict[str, Any]:
    return {
        "code": commune.insee,
        "name": commune.name,
        "place": national.groups[commune.department].name,
        "postcodes": ", ".join(commune.postcodes[:3]) + (", …" if len(commune.postcodes) > 3 else ""),
    }


def _doubt(national: National, doubt: Doubt) -> dict[str, Any]:
    return {
        "sentence": doubt.sentence,
        "choices": [
            *(_commune(national, one) for one in doubt.communes),
            *(_group(national, one, set()) for one in doubt.groups),
        ],
    }


def _places(national: National, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was chosen, department by department."""

    def place(row: Mapping[str, Any]) -> str:
        listed = national.get(row["insee"])
        return national.groups[listed.department].name if listed is not None else "Hors de la liste nationale"

    ordered = sorted(rows, key=lambda row: (place(row), communes.key(row["nom"])))
    return [{"name": name, "rows": list(inside)} for name, inside in groupby(ordered, key=place)]
