"""The checker and the loading of a release agree: what cannot be loaded is refused, what is sound loads."""

from pathlib import Path

import pytest

from app.catalog.bundle import bundle_from_files, resolve
from app.checker import check_files, check_paths
from app.engine import ProgrammeFault, compile_fresh
from app.errors import BundleFault
from tests.checker.corpus import FAULTS
from tests.checker.corpus.build import SETTINGS, Fault, edit
from tests.checker.folders import flat, shipped, shown


def _loads(files: dict[str, bytes]) -> bool:
    try:
        loaded = bundle_from_files(files)
        compile_fresh(loaded.folder("bpmn"), loaded.fingerprint)
    except (BundleFault, ProgrammeFault):
        return False
    return True


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_cannot_be_loaded_is_refused_and_a_mended_bundle_loads(fault: Fault) -> None:
    files = fault.faulty()
    refused = any(problem.severity == "error" for problem in check_files(files))
    assert refused or _loads(files)
    assert _loads(fault.twin())


def test_a_territory_in_the_folder_of_another_is_refused_as_loading_refuses_it(tmp_path: Path) -> None:
    territory = shipped(tmp_path, edit(SETTINGS, 'code = "exemple"', 'code = "autre"'))
    with pytest.raises(BundleFault):
        resolve(tmp_path, territory.name)
    (verdict,) = [item for item in check_paths([str(territory)]) if not item.ok]
    assert verdict.path == shown(territory / SETTINGS)
    assert [(problem.element, problem.code) for problem in verdict.problems] == [("code", "bad-settings")]


def test_the_code_of_an_exported_folder_is_free(tmp_path: Path) -> None:
    folder = flat(tmp_path / "n'importe où", edit(SETTINGS, 'code = "exemple"', 'code = "autre"'))
    assert all(verdict.ok for verdict in check_paths([str(folder)]))


@pytest.mark.parametrize("name", ["bpmn/visite.bpmn", "forms/relance.json", "documents/compte_rendu.html"])
def test_a_byte_order_mark_is_admitted_where_loading_admits_it(name: str) -> None:
    files = flat_files()
    files[name] = b"\xef\xbb\xbf" + files[name]
    assert _loads(files)
    assert check_files(files) == []


def test_a_byte_order_mark_in_settings_is_told_by_name() -> None:
    files = flat_files()
    files[SETTINGS] = b"\xef\xbb\xbf" + files[SETTINGS]
    assert not _loads(files)
    (problem,) = check_files(files)
    assert problem.code == "not-toml"
    assert "BOM" in problem.message


def flat_files() -> dict[str, bytes]:
    """The sound bundle."""
    return FAULTS[0].twin()
