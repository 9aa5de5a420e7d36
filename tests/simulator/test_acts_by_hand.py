"""Acts in a simulated run: played while they are offered, by their roles, the same for the same seed."""

import json
from pathlib import Path

import pytest

from app.catalog.bundle import Bundle, resolve
from app.errors import BundleFault
from app.simulator import Plan, Result, simulate
from tests import duty_house
from tests.bpmn_builder import process
from tests.simulator import oracle, test_oracle
from tests.simulator.oracle import Run

ACTS = """
[gestes.visite]
libelle = "Noter une visite"
processus = "visite_a_part"
roles = ["referent"]
pendant = "mesure"

[gestes.reunion]
libelle = "Préparer une réunion"
processus = "reunion"
roles = ["pole"]
pour = "territoire"

[simulation.gestes.visite]
par_mois = 1.5

[simulation.gestes.reunion]
par_mois = 0.5
"""

DUTY = {
    "frequence": "2",
    "frequence_fenetre": "mois",
    "frequence_compte": "visite",
    "frequence_alerte": "jours_apres(fenetre.debut, 19)",
}
SLOW = {"attente_part": 1, "attente_jours": [40, 80]}
"""The visits that the route asks for come late: those that acts note count meanwhile."""


def a_bundle(folder: Path, rates: str = "") -> Bundle:
    extra = {
        "visite_a_part.bpmn": process("visite_a_part", name="Visite à part")
        .user("noter_a_part", lane="referent", formulaire="visite")
        .end()
        .xml(),
        "reunion.bpmn": process("reunion", name="Réunion")
        .user("preparer", lane="pole", formulaire="seance")
        .user("tenir", lane="pole", formulaire="bilan")
        .end()
        .xml(),
    }
    duty_house.write(folder, duty=DUTY, extra=extra, settings=ACTS + rates)
    form = folder / "forms/territories/mesures/visite.json"
    form.write_text(json.dumps({**json.loads(form.read_text()), "simulation": SLOW}))
    return resolve(folder, "mesures")


def lived(bundle: Bundle) -> tuple[Run, Result]:
    left: dict[str, object] = {}
    plan = Plan(6, 6, 3)
    result = simulate(bundle, plan, inspect=lambda: left.update(test_oracle.kept()))
    period = plan.period(bundle.settings)
    return Run(files=dict(bundle.files), begin=period.opening, end=period.end, **left), result  # type: ignore[arg-type]


def test_acts_are_played_and_their_answers_count_for_the_measure_as_the_oracle_says(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path / "un")
    run, result = lived(bundle)
    by_hand = [line for line in run.journal if line["action"] == "geste.fait"]
    assert result.by_step["visite_a_part/noter_a_part"].done > 3
    assert result.by_step["reunion/preparer"].done > 0
    assert not [flow for flow in result.never_taken if flow.startswith(("visite_a_part/", "reunion/"))]
    assert len(by_hand) == sum(
        result.by_step[step].done for step in ("visite_a_part/noter_a_part", "reunion/preparer")
    )
    assert result.incidents == 0
    test_oracle.agree(run, result)
    assert not oracle.differences(run)
    assert lived(bundle)[1].by_step == result.by_step


def test_an_answer_of_an_act_left_out_of_the_count_is_seen_by_the_oracle(tmp_path: Path) -> None:
    run, _ = lived(a_bundle(tmp_path / "un"))
    for row in run.processes:
        row["act"] = None
    assert {found.what for found in oracle.differences(run)} & {"fenêtres", "manquement"}


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ("[simulation.gestes.rien]\npar_mois = 1\n", "ce geste n'existe pas"),
        ("[gestes.sans]\nlibelle = 'Sans'\nprocessus = 'reunion'\nroles = []\n", "nommez au moins un rôle"),
        (
            "[gestes.ferme]\nlibelle = 'F'\nprocessus = 'reunion'\nroles = ['pole']\nouvert_si = 'true'\n",
            "dites en une phrase",
        ),
    ],
)
def test_what_the_settings_say_wrongly_of_acts_is_refused_in_words(
    tmp_path: Path, rates: str, told: str
) -> None:
    with pytest.raises(BundleFault) as refused:
        a_bundle(tmp_path / "un", rates)
    assert told in refused.value.sentence
