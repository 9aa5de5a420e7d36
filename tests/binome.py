"""A territory that keeps lanes apart and shares element by element: CARENE's files, with a few words more.

The visit's form asks what to share with ÉCORÉNOVE and which lane to keep apart; the two automatic steps
behind it do so. ÉCORÉNOVE is no social work there: it needs the household's agreement, reads no class, only
what was shared with it and the technical answers of the diagnosis. Technicians hold every right but that of
administration, and read the class « social » for the length of these tests.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from app.access import PERMISSIONS
from app.models import Case
from app.services import tasks
from app.services.cases import OpenedAlert
from tests import build

CODE: Final = "binome"
NOBODY: Final = "donneur_alerte"
"""A lane that nobody of the tests holds alone: keeping it apart changes nothing."""
ASKED: Final[list[dict[str, Any]]] = [
    {
        "cle": "partage", "type": "cases", "libelle": "À partager avec ÉCORÉNOVE",
        "options": "partageables.ecorenove",
    },
    {"cle": "accord_partage", "type": "oui_non", "libelle": "Le ménage accepte ce partage",
     "simulation": {"poids": {"oui": 1}}},
    {
        "cle": "ecarte", "type": "choix", "libelle": "Couloir à écarter", "obligatoire": True,
        "options": {NOBODY: "Personne", "technicien": "Technicien", "ecorenove": "ÉCORÉNOVE"},
        "simulation": {"poids": {NOBODY: 1}},
    },
]  # fmt: skip


def files(folder: Path) -> Path:
    """Write the programme under ``folder``; return the root to load it from."""
    root = build.a_variant(
        folder,
        CODE,
        {
            "produire_compte_rendu": (
                "partager_elements",
                {
                    "couloir": "'ecorenove'", "elements": "visite.partage", "motif": "'Visite conjointe'",
                    "accord": "visite.accord_partage",
                },
            ),
            "produire_guide": (
                "ecarter_couloir",
                {"couloir": "visite.ecarte", "motif": "'Santé fragile'", "remplace_par": "'coordonnateur'"},
            ),
            "prevenir_donneur_orientation": ("readmettre_couloir", {"couloir": "'technicien'"}),
        },
    )  # fmt: skip
    form = root / "forms" / "base" / "visite.json"
    asked = json.loads(form.read_text())
    asked["rubriques"][-1]["champs"] += ASKED
    form.write_text(json.dumps(asked))
    file = root / "bpmn" / "territories" / CODE / "territoire.toml"
    text = file.read_text()
    text = text.replace(
        'roles = ["ecorenove"]', 'roles = ["ecorenove"]\nhors_travail_social = true\naccord = "bailleur"', 1
    )
    rights = ", ".join(f'"{right}"' for right in sorted(PERMISSIONS - {"territoire.administrer"}))
    text = _role(text, "technicien", f"droits = [{rights}]")
    text = _role(text, "technicien", 'lecture = ["technique", "social"]')
    text = _role(text, "ecorenove", 'lecture = []\nlecture_formulaires = ["diagnostic"]')
    file.write_text(text)
    return root


def _role(text: str, role: str, line: str) -> str:
    """Replace a line of a role: that of the key that ``line`` begins with."""
    head, section = text.split(f"[roles.{role}]\n", 1)
    key = line.partition(" ")[0]
    return head + f"[roles.{role}]\n" + re.sub(rf"(?m)^{key} = .*$", line, section, count=1)


def visit(case: OpenedAlert, **wanted: Any) -> None:
    """Carry a case to its visit and answer it."""
    build.drive(case, "realiser_visite")
    task = build.the_task("realiser_visite", case=case)
    by = build.an_actor("technicien")
    given = {"ecarte": NOBODY, "partage": [], "accord_partage": True, **wanted}
    tasks.complete(task.id, build.answers_for(task.id, by, **given), by=by)


def agreement(case: Case, *scope: str) -> None:
    """Write what the household's agreement covers."""
    case.agreement = {**case.agreement, "portee": list(scope)}
