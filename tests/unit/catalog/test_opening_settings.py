"""Settings of a territory that opens on another's programme: its own words, whatever the source's layout."""

import pytest

from app.catalog.opening import adapted
from app.catalog.settings import load_toml
from app.config import ROOT

SOURCES = sorted((ROOT / "bpmn" / "territories").glob("*/territoire.toml"))
STATE = {
    "code": "estuaire",
    "nom": 'Estuaire "d\'à côté"',
    "communes": [
        {"insee": "44184", "nom": "Saint-Nazaire", "cp": ["44600"]},
        {"insee": "49007", "nom": "Angers", "cp": ["49000", "49100"]},
    ],
    "contact": {"service": "Maison de l'habitat", "telephone": ""},
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.name)
def test_every_shipped_programme_takes_the_communes_of_a_new_territory(source):
    before = source.read_text(encoding="utf-8")
    after = load_toml(adapted(before, STATE))
    assert (after["code"], after["nom"]) == ("estuaire", STATE["nom"])
    assert [(row["insee"], row["cp"]) for row in after["communes"]] == [
        ("44184", "44600"),
        ("49007", ["49000", "49100"]),
    ]
    assert after["vivant"]["contact"] == {"service": "Maison de l'habitat"}
    same = set(load_toml(before)) - {"code", "nom", "communes", "vivant"}
    assert {key: after[key] for key in same} == {key: load_toml(before)[key] for key in same}
