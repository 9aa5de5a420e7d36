"""The day of the guide « Adapter un programme », as files: what its release holds, however it was made."""

import json
from collections.abc import Mapping
from typing import Any, Final

from app import drawing
from app.catalog import form_edits
from app.drawing import Values
from app.expressions.safe_xml import parse_xml

SECOND: Final = "valider_une_seconde_fois"
SECOND_NAME: Final = "Valider une seconde fois"
QUESTION: Final = "Danger constaté, de 0 à 10"
KEY: Final = "danger_constate_de_0_a_10"
CONDITION: Final = f"validation.complet == true or visite.{KEY} >= 8"
"""A diagnosis of a dangerous home is not sent back."""
FLOW: Final = "diagnostic_complet_vers_diagnostic_valide"
RULE: Final = (
    '"proprietaire_occupant"', "", "", "", '"adil"', '"Copropriété : faire le point avec l\'ADIL"',
)  # fmt: skip
"""The cells of the rule added to « Droits à vérifier »: four inputs, two outputs."""
REASON: Final = "Demandé par le pôle"


def the_day(files: dict[str, bytes]) -> None:
    """Make every change of the day in the files of a programme."""
    for name, change in (
        ("bpmn/validation.bpmn", _validate_twice),
        ("bpmn/visite.bpmn", _wait_less),
        ("forms/visite.json", _ask),
        ("dmn/pistes.dmn", _rule),
    ):
        files[name] = change(files[name].decode()).encode()


def _validate_twice(text: str) -> str:
    text, made = drawing.insert(text, "valider_diagnostic_vers_diagnostic_complet", "userTask", SECOND_NAME)
    assert made == SECOND
    said = Values(
        properties={
            "formulaire": "validation",
            "delai": "jours_ouvres(3)",
            "resultats": "validation.complet",
        }
    )
    text = drawing.change(text, made, said)
    return drawing.change(text, "diagnostic_complet", Values(conditions={FLOW: CONDITION}))


def _wait_less(text: str) -> str:
    text = drawing.change(text, "sans_rendez_vous", Values(name="14 jours sans rendez-vous", timer='"P14D"'))
    return drawing.change(
        text, "realiser_visite", Values(properties={"resultats": f"visite.issue, visite.{KEY}"})
    )


def _ask(text: str) -> str:
    tree = form_edits.insert(
        json.loads(text),
        form_edits.place_of("1-4"),
        {"cle": KEY, "type": "nombre", "libelle": QUESTION, "obligatoire": True},
    )
    return json.dumps(tree, ensure_ascii=False, indent=2) + "\n"


def _rule(text: str) -> str:
    tags = ("inputEntry",) * 4 + ("outputEntry",) * 2
    cells = "".join(
        f'<{tag} id="regle_du_jour_{rank}"><text>{_escaped(cell or "-")}</text></{tag}>'
        for rank, (tag, cell) in enumerate(zip(tags, RULE, strict=True))
    )
    rule = f'<rule id="regle_du_jour"><description>{REASON}</description>{cells}</rule>'
    return text.replace("</decisionTable>", f"{rule}</decisionTable>")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def said(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what the day's files say, whatever their drawing and the ids that nobody reads."""
    outlines = {
        name: [
            (step.id, step.kind, step.name, step.lane, dict(step.properties), step.timer,
             sorted((way.name, way.condition, way.target, way.default) for way in step.ways))
            for one in drawing.outline(files[name].decode())
            for step in one.steps
        ]
        for name in ("bpmn/validation.bpmn", "bpmn/visite.bpmn")
    }  # fmt: skip
    form = json.loads(files["forms/visite.json"])
    fields = [field for part in form["rubriques"] for field in part["champs"]]
    asked = next(field for field in fields if field["cle"] == KEY)
    rule = list(parse_xml(files["dmn/pistes.dmn"]).iter("{*}rule"))[-1]
    return {
        **outlines,
        "question": (asked["type"], asked["libelle"], asked["obligatoire"]),
        "rule": ["".join(cell.itertext()).strip().replace("-", "", 1) for cell in rule],
    }
