"""Small bundles for the rules of names: diagrams from the builder, forms and tables in few words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.checker.files.reading import read
from app.checker.flow import early_reads, secrecy
from app.checker.model import Model
from app.checker.names import in_templates, unknown
from app.checker.problem import Problem
from tests.bpmn_builder import Block, process
from tests.unit.decisions.dmn import a_decision, a_file

Found = tuple[str, str, str]
"""``(code, file, element)``."""

SETTINGS = """
nom = "Essai"
code = "essai"

[reglages]
essais_max = 3

[dossier]
processus = "essai"
formulaire = "signalement"

[messages]
rappel = "rappel"

[[calendrier]]
processus = "bilan"
ancre = 2026-01-15
"""


def a_field(key: str, kind: str = "texte", **more: object) -> dict[str, object]:
    return {"cle": key, "type": kind, "libelle": "Question", **more}


def a_form(identifier: str, *fields: Mapping[str, object]) -> tuple[str, bytes]:
    content = {"id": identifier, "titre": "Formulaire", "champs": list(fields)}
    return f"forms/{identifier}.json", json.dumps(content).encode()


SIGNALEMENT = a_form(
    "signalement",
    a_field("statut"),
    a_field("revenus", "montant", classe="social"),
    a_field("sante", "oui_non", classe="secret"),
    a_field("adresse", "adresse"),
)
VISITE = a_form(
    "visite",
    a_field("issue"),
    a_field("date", "date"),
    a_field("budget", "montant", classe="social"),
    a_field(
        "pieces",
        "tableau",
        colonnes=[a_field("nom"), a_field("surface", "nombre"), a_field("avis", classe="social")],
    ),
)
APPEL = a_form("appel", a_field("issue"), a_field("numero", "nombre"))
FORMS = (SIGNALEMENT, VISITE, APPEL)


def a_table(
    identifier: str,
    inputs: Iterable[str],
    rules: Iterable[tuple[list[str], str]],
    *,
    output: str = "avis",
    policy: str = "FIRST",
    default: str | None = None,
) -> tuple[str, bytes]:
    decision = a_decision(
        [(cells, [result]) for cells, result in rules],
        identifier=identifier,
        inputs=tuple(inputs),
        outputs=(output,),
        defaults=() if default is None else (default,),
        attributes=f'hitPolicy="{policy}"',
    )
    return f"dmn/{identifier}.dmn", a_file(decision)


@dataclass(frozen=True)
class Judged:
    """What the rules of names, flow and secrecy say of a bundle."""

    problems: tuple[Problem, ...]

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    @property
    def found(self) -> set[Found]:
        """Code, file and element of each problem."""
        return {(item.code, item.path, item.element) for item in self.problems}

    @property
    def codes(self) -> set[str]:
        """The codes said."""
        return {item.code for item in self.problems}


def files_of(
    *blocks: Block, others: Iterable[tuple[str, bytes]] = (), settings: str = SETTINGS
) -> dict[str, bytes]:
    files = {f"bpmn/{block.id}.bpmn": block.xml() for block in blocks}
    return {"territoire.toml": settings.encode(), **dict(FORMS), **dict(others), **files}


def model_of(files: Mapping[str, bytes], *, whole: bool = True) -> Model:
    model, problems, _ = read(files, whole=whole)
    assert problems == []
    return model


def judge_model(model: Model) -> Judged:
    rules = (early_reads.problems, unknown.problems, secrecy.problems, in_templates.problems)
    return Judged(tuple(problem for rule in rules for problem in rule(model)))


def judge(
    *blocks: Block,
    others: Iterable[tuple[str, bytes]] = (),
    settings: str = SETTINGS,
    whole: bool = True,
) -> Judged:
    return judge_model(model_of(files_of(*blocks, others=others, settings=settings), whole=whole))


def visited(block: Block | None = None) -> Block:
    return (block or process()).user("visiter", formulaire="visite", resultats="visite.issue")


def branching(block: Block, expression: str, gateway: str = "choix") -> Block:
    """End by ``<gateway>_oui`` when the expression holds, else go on from ``<gateway>_non``."""
    block.xor(gateway, default=f"{gateway}_non").when(expression)
    block.node("task", f"{gateway}_oui").end(f"fin_{gateway}")
    return block.at(gateway).node("task", f"{gateway}_non")
