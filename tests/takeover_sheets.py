"""Made-up spreadsheets of open situations, as a pôle keeps them: several hands, several ways to write a day.

Nobody in them is real: names are drawn, telephone numbers are of the range that the regulator keeps for
fiction (02 61 91 …).
"""

import io
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from app.config import ROOT

TODAY: Final = date(2026, 11, 20)
SAMPLE: Final = ROOT / "docs" / "exemples" / "situations-ouvertes.xlsx"
HEADINGS: Final = (
    "N° dossier", "NOM Prénom", "Tél.", "Adresse", "Commune", "Statut d'occupation", "Nb personnes",
    "Signalé par", "Structure", "Date signalement", "Priorité", "Où en est-on ?", "Depuis le", "Date RDV",
    "Date de visite", "Partenaires", "Observations",
)  # fmt: skip
STEPS: Final = {
    "A analyser": "analyser_signalement",
    "RDV à prendre": "prendre_rendez_vous",
    "Visite prévue": "realiser_visite",
    "Diagnostic à rédiger": "etablir_diagnostic",
    "A valider (TS)": "valider_diagnostic",
    "Chez le partenaire": "repondre_demande",
    "Clos": "-",
}
"""What the sheet calls its steps → the element of the diagram."""
_LAST: Final = (
    "LE GOFF", "Durand", "MARTIN", "Petit-Jean", "D'HAENE", "Morvan", "GUILLOU", "Le Bihan", "ROUX", "Benali",
    "KERVELLA", "Da Silva", "FOURNIER", "Nguyen", "LEFEBVRE", "Moreau", "GIRAUD", "Traoré", "HAMON", "Cadiou",
)  # fmt: skip
_FIRST: Final = (
    "Éléa", "PAUL", "Zoé", "Léa", "Mathieu", "AMINA", "Jean-Marc", "Soizic", "Yann", "Denise", "MOUSSA",
    "Chantal", "Rozenn", "Tanguy", "Louise", "Ibrahim", "Gilles", "NADÈGE", "Hélène", "Bernard",
)  # fmt: skip
_STREETS: Final = (
    "rue de la Paix", "av. Gambetta", "bd de la République", "allée des Chênes", "rue du Croisic",
    "place de la Mairie", "impasse des Iris", "chemin du Marais",
)  # fmt: skip
_COMMUNES: Final = (
    "Saint-Nazaire", "ST NAZAIRE", "44600 Saint Nazaire", "Trignac", "DONGES", "Montoir de Bretagne",
    "Pornichet", "St-Joachim", "Besné", "La Chapelle des Marais",
)  # fmt: skip
_TENURES: Final = ("PO", "locataire privé", "Locataire du parc social", "hébergé", "proprio", "")
_MONTHS: Final = (
    "janv.", "février", "mars", "avr", "mai", "juin", "juil", "août", "sept.", "octobre", "nov.", "déc",
)  # fmt: skip


def written(day: date | None, dice: random.Random) -> str:
    """Return a day as one of several hands would write it."""
    if day is None:
        return ""
    return dice.choice(
        (
            f"{day:%d/%m/%Y}", f"{day:%d/%m/%y}", f"{day.day}/{day.month}/{day.year}", f"{day:%d.%m.%Y}",
            f"{day.day} {_MONTHS[day.month - 1]} {day.year}", f"{day:%d-%m-%Y}", f"{day:%Y-%m-%d}",
        )
    )  # fmt: skip


def situations(count: int = 150, seed: int = 7) -> list[dict[str, Any]]:
    """Return situations with their days as days: at six steps in turn, the last ones closed."""
    dice = random.Random(seed)  # noqa: S311  # made-up households, no secret
    found = []
    for number in range(count):
        step = list(STEPS)[number % 6]
        place = number % 6
        opened = TODAY - timedelta(days=dice.randint(20, 200))
        facts: dict[str, Any] = {
            "numero": f"{opened.year}-{number + 1:03d}",
            "etape": step,
            "signale": opened,
        }
        day = opened + timedelta(days=dice.randint(1, 6))
        facts["depuis"] = None if place == 0 else day
        if place >= 2:
            booked = day + timedelta(days=dice.randint(1, 5))
            facts["rdv"] = booked + timedelta(days=dice.randint(2, 30))
            facts["depuis"] = min(booked, TODAY)
        if place >= 3:
            facts["visite"] = min(facts["rdv"], TODAY)
            facts["rdv"] = facts["visite"]
            facts["depuis"] = None
        if place >= 4:
            facts["depuis"] = min(facts["visite"] + timedelta(days=dice.randint(1, 9)), TODAY)
        if place == 5:
            facts["partenaires"] = dice.choice(("ADIL", "ADIL ; CAF", "CMS, CLIC"))
            facts["depuis"] = min(facts["depuis"] + timedelta(days=dice.randint(1, 9)), TODAY)
        facts["nom"] = f"{_LAST[number % 20]} {_FIRST[(number * 7 + number // 20) % 20]}"
        facts["rue"] = f"{number + 1} {_STREETS[number % 8]}"
        facts["commune"] = _COMMUNES[number % 10]
        facts["statut"] = _TENURES[number % 6]
        facts["priorite"] = dice.choice(("P1", "P2", "P3", "P4"))
        found.append(facts)
    return found


def rows(situations_: list[dict[str, Any]], seed: int = 7) -> list[list[str]]:
    """Return the situations as cells of a sheet, written by several hands."""
    dice = random.Random(seed)  # noqa: S311  # made-up households, no secret
    return [
        [
            one["numero"], one["nom"], f"02 61 91 {dice.randint(0, 99):02d} {dice.randint(0, 99):02d}",
            one["rue"], one["commune"], one["statut"], str(dice.randint(1, 5)), "Mme Rio", "CCAS",
            written(one["signale"], dice), one["priorite"], one["etape"], written(one.get("depuis"), dice),
            written(one.get("rdv"), dice), written(one.get("visite"), dice), one.get("partenaires", ""),
            dice.choice(("", "rappeler le soir", "=SOMME(A1)", "voir avec le bailleur")),
        ]
        for one in situations_
    ]  # fmt: skip


def faulty() -> list[list[str]]:
    """Return lines with something wrong each, as they are found in real sheets."""
    good = rows(situations(6))
    lines = [list(good[place]) for place in (0, 1, 2, 3, 4, 5, 1, 1)]
    for number, line in enumerate(lines):
        line[0], line[1], line[3] = f"F{number}", f"FAUTE Numéro{number}", f"{900 + number} rue des Fautes"
    lines[0][4] = "Saint-Nazère"
    lines[1][9] = "30/02/2026"
    lines[2][13] = ""
    lines[3][14] = "14/03/2031"
    lines[4][11] = "en réflexion"
    lines[5][15] = "ADYL"
    lines[6][11] = ""
    lines[7][12] = "01/01/2026"
    return lines


def csv(lines: list[list[str]]) -> bytes:
    """Return a sheet as a French spreadsheet saves it: semicolons, the Windows encoding."""
    quoted = (
        ";".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in [list(HEADINGS), *lines]
    )
    return "\r\n".join(quoted).encode("cp1252", errors="replace")


def workbook(lines: list[list[str]], title: str = "Situations ouvertes du pôle") -> bytes:
    """Return a sheet as a workbook, with a title above its heading."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Suivi")
    sheet.write_string(0, 0, title)
    for place, heading in enumerate(HEADINGS):
        sheet.write_string(2, place, heading)
    for number, line in enumerate(lines):
        for place, cell in enumerate(line):
            sheet.write_string(3 + number, place, cell)
    sheet.set_column(0, len(HEADINGS), 16)
    book.set_properties({"title": title, "created": datetime(2026, 11, 20, tzinfo=UTC).replace(tzinfo=None)})
    book.close()
    return held.getvalue()


def write_sample(path: Path = SAMPLE) -> None:
    """Write the sample file of the guide."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(workbook([*rows(situations(18)), *faulty()[:2]]))
