"""What each step of an opening takes: typed words judged, kept as plain facts, or refused in a sentence."""

import base64
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from PIL import Image

from app.catalog import uploads
from app.catalog.settings import ANAH_ZONES, Settings
from app.catalog.uploads import Upload, UploadRefused
from app.errors import BundleFault, Invalid
from app.notifications.letter import is_address
from app.services import clones
from app.services.text import fold

ADMIN: Final = "territoire.administrer"
MOST_ROWS: Final = 300
MOST_PEOPLE: Final = 40
LOGO_SIDE: Final = 480
"""Pixels of the longest side of a kept logo: a letterhead at 200 dots an inch."""
CONTACT: Final = ("service", "telephone", "courriel", "adresse", "horaires")
_LINE: Final = 200
Typed = Mapping[str, Any]
Problems = dict[str, list[str]]


def judged(step: str, typed: Typed, settings: Settings) -> dict[str, Any]:
    """Return the facts of a step.

    Args:
        typed: what its page sent, by the page's own names.
        settings: those of the release that the territory starts from.

    Raises:
        Invalid: keyed by the page's names.
    """
    return _JUDGES[step](typed, settings)


def _name(typed: Typed, _: Settings) -> dict[str, Any]:
    code, name = str(typed.get("code", "")).strip(), str(typed.get("nom", "")).strip()
    try:
        clones.fits(code, name or "x")
    except BundleFault as fault:
        key = "nom" if fault.facts["file"] == "--name" else "code"
        sentence = str(fault.facts["cause"])
        raise Invalid({key: [sentence[:1].upper() + sentence[1:]]}) from fault
    if not name:
        raise Invalid({"nom": ["Donnez le nom que les gens liront."]})
    return {"code": code, "nom": name}


def _roles(typed: Typed, settings: Settings) -> dict[str, Any]:
    problems: Problems = {}
    labels, lanes = {}, {}
    for key in settings.roles:
        label = " ".join(str(typed.get("libelles", {}).get(key, "")).split())
        if not label or len(label) > _LINE or not label.isprintable():
            problems[f"role-{key}"] = ["Donnez un nom à ce rôle."]
        labels[key] = label
    for key, lane in settings.lanes.items():
        roles = [role for role in typed.get("couloirs", {}).get(key, ()) if role in settings.roles]
        if not roles and not lane.external:
            problems[f"couloir-{key}"] = ["Choisissez au moins un rôle : sinon personne ne répond ici."]
        lanes[key] = roles
    if problems:
        raise Invalid(problems)
    return {"roles": labels, "couloirs": lanes}


def _partners(typed: Typed, settings: Settings) -> dict[str, Any]:
    kinds = {fold(word): key for key, kind in settings.partner_kinds.items() for word in (key, kind.label)}
    rows, problems = [], []
    for number, cells in _cells(typed.get("lignes", "")):
        kind = kinds.get(fold(cells[0]))
        if len(cells) < 3:
            problems.append(f"Ligne {number} : écrivez le genre, le nom et le courriel.")
        elif kind is None:
            problems.append(f"Ligne {number} : « {cells[0][:60]} » n'est pas un genre de partenaire d'ici.")
        elif not cells[1] or not cells[1].isprintable():
            problems.append(f"Ligne {number} : donnez le nom de la structure.")
        elif not is_address(cells[2]):
            problems.append(f"Ligne {number} : « {cells[2][:60]} » n'est pas une adresse de courriel.")
        else:
            rows.append({"genre": kind, "nom": cells[1][:_LINE], "courriel": cells[2]})
    if len(rows) > MOST_ROWS:
        problems.append(f"{MOST_ROWS} partenaires au plus ; les autres s'ajoutent ensuite.")
    if problems:
        raise Invalid({"lignes": problems[:8]})
    return {"partenaires": rows}


def _people(typed: Typed, settings: Settings) -> dict[str, Any]:
    roles = {fold(word): key for key, role in settings.roles.items() for word in (key, role.label)}
    roles |= {fold(label): key for key, label in typed.get("libelles", {}).items()}
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    for number, cells in _cells(typed.get("lignes", "")):
        wanted = (
            [roles.get(fold(word)) for word in re.split(r"\s*[+,]\s*", cells[2])] if len(cells) > 2 else []
        )
        if len(cells) < 3:
            problems.append(f"Ligne {number} : écrivez le courriel, le nom et le rôle.")
        elif not is_address(cells[0]):
            problems.append(f"Ligne {number} : « {cells[0][:60]} » n'est pas une adresse de courriel.")
        elif not cells[1] or not cells[1].isprintable():
            problems.append(f"Ligne {number} : donnez le nom de la personne.")
        elif None in wanted:
            problems.append(f"Ligne {number} : « {cells[2][:60]} » n'est pas un rôle d'ici.")
        elif any(settings.roles[str(role)].limited for role in wanted):
            problems.append(
                f"Ligne {number} : ce rôle ne voit que les dossiers de sa structure. Invitez la personne "
                "ensuite, depuis « Équipe et structures », en choisissant sa structure."
            )
        else:
            rows.append({"courriel": cells[0], "nom": cells[1][:120], "roles": wanted})
    if len({row["courriel"].casefold() for row in rows}) != len(rows):
        problems.append("Une même adresse figure deux fois : une ligne par personne.")
    if len(rows) > MOST_PEOPLE:
        problems.append(f"{MOST_PEOPLE} personnes au plus ; les autres s'invitent ensuite.")
    if problems:
        raise Invalid({"lignes": problems[:8]})
    return {"personnes": rows}


def _calendar(typed: Typed, settings: Settings) -> dict[str, Any]:
    problems: Problems = {}
    days = []
    for word in re.split(r"[\s,;]+", str(typed.get("jours_fermes", "")).strip()):
        day = _day(word) if word else None
        if word and day is None:
            problems["jours_fermes"] = [f"« {word[:40]} » n'est pas une date : écrivez 24/12/2026."]
        elif day is not None:
            days.append(day.isoformat())
    anchors = {}
    for scheduled in settings.schedule:
        said = str(typed.get("ancres", {}).get(scheduled.process, "")).strip()
        day = _day(said) if said else scheduled.anchor
        if day is None:
            problems[f"ancre-{scheduled.process}"] = ["Écrivez une date : 15/01/2027."]
        else:
            anchors[scheduled.process] = day.isoformat()
    year = str(typed.get("annee_anah", "")).strip()
    if year and not (len(year) == 4 and year.isdecimal() and 2000 <= int(year) <= 2100):
        problems["annee_anah"] = ["Écrivez une année, par exemple 2026."]
    zone = str(typed.get("zone_anah", ""))
    if zone and zone not in ANAH_ZONES:
        problems["zone_anah"] = ["Choisissez la zone dans la liste."]
    if problems:
        raise Invalid(problems)
    return {
        "jours_fermes": sorted(set(days)),
        "ancres": anchors,
        "annee_anah": int(year) if year else None,
        "zone_anah": zone or None,
    }


def _contact(typed: Typed, _: Settings) -> dict[str, Any]:
    problems: Problems = {}
    facts = {key: " ".join(str(typed.get(key, "")).split())[:_LINE] for key in CONTACT}
    if not facts["service"]:
        problems["service"] = ["Donnez le nom du service : il est imprimé sur les lettres."]
    if facts["courriel"] and not is_address(facts["courriel"]):
        problems["courriel"] = ["Indiquez une adresse de courriel, par exemple accueil@structure.fr."]
    problems |= {
        key: ["Écrivez-le sur une ligne."] for key, value in facts.items() if not value.isprintable()
    }
    found: dict[str, Any] = {"contact": facts}
    sent = typed.get("logo")
    if sent is not None:
        try:
            found["logo"] = base64.b64encode(logo(*sent)).decode()
        except UploadRefused as refusal:
            problems["logo"] = [str(refusal)]
    elif typed.get("sans_logo"):
        found["logo"] = None
    if problems:
        raise Invalid(problems)
    return found


def logo(name: str, data: bytes) -> bytes:
    """Return an image as a small PNG, drawn again from its points: nothing hidden stays in it.

    Raises:
        UploadRefused: neither PNG, JPEG nor WebP by its content (an SVG may hold a script: it is refused).
    """
    if b"<svg" in data[:4_096].lower():
        raise UploadRefused("Un dessin SVG n'est pas accepté ici. Enregistrez-le en PNG, puis recommencez.")
    taken: Upload = uploads.accept(name, data)
    if taken.mime not in uploads.IMAGES:
        raise UploadRefused(f"« {taken.name} » n'est pas une image. Choisissez un PNG ou un JPEG.")
    with Image.open(io.BytesIO(taken.data)) as image:
        image.load()
        small = image.convert("RGBA")
    small.thumbnail((LOGO_SIDE, LOGO_SIDE))
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def administrators(settings: Settings) -> list[str]:
    """Return the role that makes the opener the territory's administrator, in a list; empty without any."""
    able = [key for key, role in settings.roles.items() if ADMIN in role.permissions and not role.limited]
    return able[:1]


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a table pasted from a sheet, cell by cell, with their number."""
    for number, line in enumerate(str(text).replace("\r", "").split("\n")[: MOST_ROWS * 2], 1):
        if line.strip():
            separator = "\t" if "\t" in line else ";"
            yield number, [" ".join(cell.split()) for cell in line.split(separator)]


def _day(word: str) -> date | None:
    for shape in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(word, shape).date()  # noqa: DTZ007  # a day, no moment
        except ValueError:
            continue
    return None


_JUDGES: Final[Mapping[str, Callable[[Typed, Settings], dict[str, Any]]]] = {
    "nom": _name,
    "roles": _roles,
    "partenaires": _partners,
    "calendrier": _calendar,
    "contact": _contact,
    "personnes": _people,
}


def lines(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """Return rows as they are typed: one a line, cells between semicolons."""
    return "\n".join(
        " ; ".join(" + ".join(row[key]) if isinstance(row[key], list) else str(row[key]) for key in keys)
        for row in rows
    )
