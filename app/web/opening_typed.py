"""The forms of an opening: what a page sent, what was kept, the words and choices that it shows."""

from collections.abc import Mapping
from typing import Any, Final

from flask import request

from app.catalog.bundle import bundle_from_files
from app.catalog.settings import ANAH_ZONES, Settings
from app.services import opening_steps, openings
from app.services.openings import Preparation

ZONES: Final = {"IDF": "Île-de-France", "HORS_IDF": "Hors Île-de-France"}
_TABLES: Final = {"partenaires": ("genre", "nom", "courriel"), "personnes": ("courriel", "nom", "roles")}
"""Steps that are pasted from a sheet, with the order of their columns."""


def source(found: Preparation) -> Settings:
    """Return the settings of the release that a preparation starts from."""
    return bundle_from_files(openings.source_of(found).files).settings


def sent(step: str, found: Preparation) -> dict[str, Any]:
    """Return what the page of a step sent."""
    form = request.form
    if step == "roles":
        settings = source(found)
        return {
            "libelles": {key: form.get(f"role-{key}", "") for key in settings.roles},
            "couloirs": {key: form.getlist(f"couloir-{key}") for key in settings.lanes},
        }
    if step == "calendrier":
        prefix = "ancre-"
        anchors = {key[len(prefix) :]: form[key] for key in form if key.startswith(prefix)}
        return {**form.to_dict(), "ancres": anchors}
    if step == "contact":
        file = request.files.get("logo")
        data = (file.filename or "", file.read()) if file is not None and file.filename else None
        return {**form.to_dict(), "logo": data}
    if step == "personnes":
        return {"lignes": form.get("lignes", ""), "libelles": found.state.get("roles", {})}
    return form.to_dict()


def judged(step: str, typed: Mapping[str, Any], found: Preparation) -> dict[str, Any]:
    """Return the facts of a step.

    Raises:
        Invalid: keyed by the page's names.
    """
    return opening_steps.judged(step, typed, source(found))


def kept(step: str, found: Preparation) -> dict[str, Any]:
    """Return what a page shows of a step: what was kept, else what the starting release says."""
    state = found.state
    if step == "roles":
        settings = source(found)
        return {
            "libelles": state.get("roles") or {key: role.label for key, role in settings.roles.items()},
            "couloirs": state.get("couloirs")
            or {key: list(lane.roles) for key, lane in settings.lanes.items()},
        }
    if step == "calendrier":
        return _calendar(found)
    if step == "contact":
        return {**state.get("contact", {}), "a_un_logo": bool(state.get("logo"))}
    if step in _TABLES:
        rows = state.get(step, [])
        return {"lignes": opening_steps.lines(rows, _TABLES[step]), "vus": rows}
    return {"nom": state.get("nom", ""), "code": state.get("code", "")}


def _calendar(found: Preparation) -> dict[str, Any]:
    state = found.state
    if "calendrier" in found.done:
        return {
            "jours_fermes": ", ".join(state.get("jours_fermes", [])),
            "ancres": state.get("ancres", {}),
            "annee_anah": state.get("annee_anah") or "",
            "zone_anah": state.get("zone_anah") or "",
        }
    settings = source(found)
    return {
        "jours_fermes": "",
        "ancres": {row.process: row.anchor.isoformat() for row in settings.schedule},
        "annee_anah": settings.anah_year or "",
        "zone_anah": settings.anah_zone or "",
    }


def rows_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rows read from what was pasted, to look at before they are kept."""
    return {"vus": next((value for value in facts.values() if isinstance(value, list)), [])}


def words(found: Preparation) -> dict[str, Any]:
    """Return the words and choices that the pages of steps show."""
    settings = source(found)
    labels = found.state.get("roles") or {key: role.label for key, role in settings.roles.items()}
    return {
        "roles": settings.roles,
        "role_labels": labels,
        "lanes": settings.lanes,
        "kinds": settings.partner_kinds,
        "schedule": settings.schedule,
        "zones": {zone: ZONES.get(zone, zone) for zone in ANAH_ZONES},
    }


def summary(found: Preparation) -> list[dict[str, str]]:
    """Return what opens, as facts to read before opening."""
    state, origin = found.state, found.state["source"]
    contact = state.get("contact", {})
    return [
        {
            "label": "Nom",
            "value": str(state.get("nom", "")),
            "hint": f"à l'adresse /t/{state.get('code', '')}",
        },
        {"label": "Départ", "value": f"{origin['territoire']}, version {origin['version']}"},
        {"label": "Communes", "value": str(len(state.get("communes", [])))},
        {"label": "Partenaires", "value": str(len(state.get("partenaires", [])))},
        {"label": "Personnes invitées", "value": str(len(state.get("personnes", [])))},
        {"label": "Contact", "value": str(contact.get("service", ""))},
        {"label": "Logo", "value": "oui" if state.get("logo") else "non, le nom seul"},
    ]
