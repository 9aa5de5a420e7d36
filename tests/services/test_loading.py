"""A territory whose files cannot run is not created, and the same code loads once they are mended."""

import shutil

import pytest

from app import engine
from app.config import ROOT
from app.errors import BundleFault
from app.services import releases


@pytest.fixture
def files(tmp_path):
    """A copy of the shipped programmes that a test may spoil."""
    for folder in ("bpmn", "forms"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def _replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


SPOILT = {
    "an unknown called process": (
        "bpmn/base/accompagnement.bpmn",
        'calledElement="visite"',
        'calledElement="x"',
    ),
    "a form that is missing": ("bpmn/base/visite.bpmn", 'value="rendez_vous"', 'value="rendez_moi"'),
    "a lane without roles": (
        "bpmn/territories/carene/territoire.toml",
        "[couloirs.technicien]",
        "[couloirs.technicienne]",
    ),
    "a calendar without process": (
        "bpmn/territories/carene/territoire.toml",
        'processus = "revue"',
        'processus = "reveue"',
    ),
}


WORDS = {
    "an unknown called process": "« x »",
    "a form that is missing": "« rendez_moi »",
    "a lane without roles": "technicien",
    "a calendar without process": "« reveue »",
}


@pytest.mark.parametrize("spoilt", sorted(SPOILT))
def test_a_territory_that_cannot_run_is_refused_whole_and_loads_once_mended(app, files, spoilt):
    name, old, new = SPOILT[spoilt]
    _replace(files / name, old, new)
    with pytest.raises((BundleFault, engine.ProgrammeFault), match=WORDS[spoilt]):
        releases.load_territory(files, "carene")
    assert releases.territory_by_code("carene") is None
    _replace(files / name, new, old)
    assert releases.load_territory(files, "carene").number == 1
