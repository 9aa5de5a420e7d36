"""Scenarios go where the programme goes: a clone, a folder out and in; never judged yet over there."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from app import tenancy
from app.catalog import archive
from app.catalog.bundle import bundle_from_files
from app.catalog.folder import SCENARIOS
from app.database import db, end_read
from app.errors import BundleFault
from app.models import Scenario, Territory
from app.publishing import clone, export, import_folder, scenario_files, scenarios
from app.services import drafts, releases, studio
from app.services.studio import proposals
from tests import build
from tests.trial_house import kept_trials

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, carene: Territory) -> Run:
    """Run a command on the territory's database."""

    def asked(command, *arguments: object) -> Result:
        return CliRunner().invoke(command, [str(one) for one in arguments], obj=lambda: app)

    kept_trials("CARENE")
    return asked


def names_in(code: str) -> list[tuple[str, bool | None]]:
    end_read()
    found = releases.territory_by_code(code)
    assert found is not None
    with tenancy.serving(found.id):
        return [(row.name, row.ok) for row in db.session.scalars(select(Scenario))]


def test_scenarios_follow_a_clone_an_export_and_an_import(run: Run, tmp_path) -> None:
    assert run(clone, "carene", "estuaire", "--name", "Estuaire").exit_code == 0
    assert names_in("estuaire") == [("Scénario de CARENE", None)]
    assert names_in("carene") == [("Scénario de CARENE", None)]
    folder = tmp_path / "estuaire"
    assert run(export, "estuaire", folder).exit_code == 0
    first = (folder / SCENARIOS).read_bytes()
    assert "rien n'a changé" in run(export, "estuaire", folder).output
    row = scenario_files.of_territory("estuaire")
    assert row == first
    text = first.decode().replace("Scénario de CARENE", "Ménage absent deux fois")
    (folder / SCENARIOS).write_text(text, encoding="utf-8")
    told = run(import_folder, folder)
    assert told.exit_code == 0, told.output
    assert sorted(names_in("estuaire")) == [("Ménage absent deux fois", None), ("Scénario de CARENE", None)]


def test_a_folder_without_scenarios_takes_none_away_and_a_broken_file_stops_before_anything(
    run: Run, tmp_path
) -> None:
    folder = tmp_path / "carene"
    run(export, "carene", folder)
    (folder / SCENARIOS).unlink()
    assert run(import_folder, folder).exit_code == 0
    assert len(scenarios.listing()) == 1
    for hostile in ("{", json.dumps({"genre": "autre"}), "[" * 5000):
        (folder / SCENARIOS).write_text(hostile)
        refused = run(import_folder, folder)
        assert refused.exit_code != 0
        assert "scénarios" in str(refused.exception or refused.output)
    assert releases.current().number == 1


def test_a_draft_brought_in_keeps_what_each_file_was(run: Run, tmp_path) -> None:
    folder = tmp_path / "carene"
    run(export, "carene", folder)
    name = "bpmn/visite.bpmn"
    before = (folder / name).read_text()
    (folder / name).write_text(before.replace("21 jours sans rendez-vous", "14 jours sans rendez-vous"))
    assert "brouillon enregistré" in run(import_folder, folder, "--draft").output
    end_read()
    told = studio.history(name)
    assert [row.reason for row in told] == ["Importé du dossier « carene »."]
    assert "21 jours sans rendez-vous" in (told[0].before or "")
    again = run(import_folder, folder, "--draft")
    assert "brouillon enregistré" in again.output
    assert len(studio.history(name)) == 1
    draft = drafts.current()
    assert draft is not None
    assert b"14 jours sans rendez-vous" in draft.files[name]


def test_scenarios_go_out_and_in_with_the_archive_of_the_draft_and_leave_its_hash_alone(run: Run) -> None:
    by = build.an_actor("conception")
    studio.opened(by)
    before = studio.bundle().fingerprint
    for packed in ("zip", "tar.gz"):
        _, data = proposals.export(number=None, packed=packed, scenarios=scenario_files.carried())
        found = archive.unpack(data)
        assert found.scenarios == scenario_files.carried()
        assert SCENARIOS not in found.files
        assert bundle_from_files(found.files).fingerprint == before
        kept = proposals.of_archive("carene", data, by=by, judge=scenario_files.expect)
        shown = proposals.show(kept)
        assert shown.same
        assert scenario_files.news(shown.scenarios) == ()
        scenarios.remove(scenarios.listing()[0].id, by=by)
        assert scenario_files.news(shown.scenarios) == ("Scénario de CARENE",)
        proposals.take(kept, by=by)
        scenario_files.taken(shown.scenarios.encode(), by=by)
        assert names_in("carene") == [("Scénario de CARENE", None)]
        assert studio.bundle().fingerprint == before
        assert proposals.export(number=None, packed=packed, scenarios=scenario_files.carried())[1] == data


@pytest.mark.parametrize("hostile", [b"{", b'{"genre": "autre"}', b"[" * 5000, b"\xff\xfe", b'"a\\ud800"'])
def test_an_archive_with_a_broken_file_of_scenarios_is_refused_whole(run: Run, hostile: bytes) -> None:
    by = build.an_actor("conception")
    studio.opened(by)
    _, data = proposals.export(number=None, packed="zip", scenarios=hostile)
    with pytest.raises(BundleFault) as refused:
        proposals.of_archive("carene.zip", data, by=by, judge=scenario_files.expect)
    assert "scénarios" in refused.value.sentence
    assert [line.details["genre"] for line in build.the_journal("atelier.refuse")] == ["scenarios"]
    assert len(scenarios.listing()) == 1
