"""Two programmes on one seed: what changes is said in words, marked in the page, kept in the JSON."""

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.simulator import report, text
from app.simulator.comparison import Comparison, compare
from tests.simulator.lives import HOSTILE, ROOT, hostile, read_page, renamed, replaced, shipped, side, sooner

CONTRACT = {
    "households", "started", "closed", "open", "incidents", "tasks_completed", "timers_fired", "late_tasks",
    "never_taken", "by_step", "by_role_month", "seconds",
}  # fmt: skip
VISIT = "visite/realiser_visite"


def plain(sentence: str) -> str:
    return re.sub(r"\s", " ", sentence)


@pytest.fixture(scope="module")
def faster() -> Comparison:
    """Visits sooner, against the shipped files."""
    return compare(side(sooner), side(shipped, "les fichiers livrés"))


@pytest.fixture(scope="module")
def moved() -> Comparison:
    """The visit under another id, against release 3."""
    return compare(side(renamed), side(shipped, "la version 3"))


def of_kind(comparison: Comparison, what: str) -> dict[str, str]:
    return {item.where: plain(item.sentence) for item in comparison.differences if item.what == what}


def test_the_same_programme_on_the_same_seed_differs_in_nothing() -> None:
    same = compare(side(shipped), side(shipped, "les fichiers livrés"))
    assert same.differences == ()
    assert "Aucune différence" in " ".join(text.lines(same.here.result, same.here.words, same))
    assert "les deux dispositifs vivent la même vie" in plain(report.page(same.here, same))


def test_sooner_visits_are_said_in_days(faster: Comparison) -> None:
    said = of_kind(faster, "since-start")[VISIT]
    found = re.fullmatch(
        r"« Réaliser la visite » \(Visite à domicile\) arrive ([\d,]+) jours plus tôt en médiane "
        r"\(au bout de [\d,]+ jours au lieu de [\d,]+ jours\)\.",
        said,
    )
    assert found, said
    gap = faster.there.result.by_step[VISIT].since_start or 0
    gap -= faster.here.result.by_step[VISIT].since_start or 0
    assert float(found[1].replace(",", ".")) == pytest.approx(gap, abs=0.51)
    assert "plus tôt" not in " ".join(
        of_kind(compare(faster.there, faster.here), "since-start")[VISIT].split("tard")[1:]
    )


def test_the_other_way_round_says_the_opposite(faster: Comparison) -> None:
    back = compare(faster.there, faster.here)
    assert "plus tard" in of_kind(back, "since-start")[VISIT]
    swap = {"plus tôt": "plus tard", "plus tard": "plus tôt", "de plus": "de moins", "de moins": "de plus"}
    measured = ("closed", "late", "since-start", "duration", "late-step", "done", "load")
    for what in measured:
        ours, theirs = of_kind(faster, what), of_kind(back, what)
        assert ours.keys() == theirs.keys()
        for where, sentence in ours.items():
            word = next(word for word in swap if word in sentence)
            assert swap[word] in theirs[where]


def test_what_was_changed_in_the_files_comes_first(faster: Comparison) -> None:
    assert faster.differences[0].what == "design"
    assert plain(faster.differences[0].sentence) == "Formulaire « rendez_vous » modifié."


def test_changed_deadlines_names_and_settings_are_said() -> None:
    bundle = replaced("bpmn/visite.bpmn", ('"P21D"</', '"P10D"</'), ("21 jours sans", "10 jours sans"))
    dated = compare(
        replace(side(shipped), words=type(side(shipped).words)(bundle)), side(shipped, "la version 3")
    )
    said = " ".join(plain(item.sentence) for item in dated.differences if item.what == "design")
    assert "échéance 10 jours au lieu de 21 jours" in said
    assert "s'appelait « 21 jours sans rendez-vous »" in said
    bundle = replaced("territoire.toml", ("rendez_vous_max = 3 ", "rendez_vous_max = 2 "))
    ruled = compare(
        replace(side(shipped), words=type(side(shipped).words)(bundle)), side(shipped, "la version 3")
    )
    assert [plain(item.sentence) for item in ruled.differences] == [
        "Réglage « rendez_vous_max » : 2 au lieu de 3."
    ]


def test_a_step_of_one_side_only_is_said(moved: Comparison) -> None:
    assert (
        "n'existe que dans ce dispositif, où elle est faite"
        in of_kind(moved, "step-added")["visite/visiter_menage"]
    )
    assert "n'existe que dans la version 3, où elle est faite" in of_kind(moved, "step-removed")[VISIT]
    assert any("visiter_menage" in flow for flow in of_kind(moved, "flow-added"))
    assert any("realiser_visite" in flow for flow in of_kind(moved, "flow-removed"))


def test_a_flow_that_serves_no_longer_is_said() -> None:
    here = side(shipped)
    flow = next(key for key, times in here.result.flows.items() if times)
    quiet = replace(here, result=replace(here.result, flows={**here.result.flows, flow: 0}))
    assert list(of_kind(compare(quiet, here), "never-taken")) == [flow]
    assert list(of_kind(compare(here, quiet), "taken-again")) == [flow]


def test_incidents_and_rules_are_compared() -> None:
    here = side(shipped)
    decision = next(iter(here.result.decisions))
    rule, times = next(iter(here.result.decisions[decision].items()))
    rules = {**here.result.decisions, decision: {**here.result.decisions[decision], rule: times + 20}}
    other = replace(here, result=replace(here.result, incidents=3, decisions=rules))
    found = compare(other, here)
    assert of_kind(found, "incidents") == {"": "3 incidents de plus (3 au lieu de 0)."}
    assert "20 fois de plus" in of_kind(found, "rule")[f"{decision}/{rule}"]


def test_the_json_holds_both_and_what_differs(faster: Comparison) -> None:
    values = json.loads(json.dumps(faster.as_json()))
    assert values.keys() >= CONTRACT | {"compared", "differences"}
    assert values["compared"].keys() >= CONTRACT | {"reference"}
    assert values["compared"]["reference"] == "les fichiers livrés"
    assert values["compared"]["seed"] == values["seed"]
    assert {"what", "where", "before", "after", "sentence"} == values["differences"][0].keys()


@pytest.mark.parametrize(
    ("label", "after"),
    [
        ("la version 3", "à la version 3"),
        ("les fichiers livrés", "aux fichiers livrés"),
        ("le dossier essai", "au dossier essai"),
    ],
)
def test_the_reference_is_named_as_grammar_wants(label: str, after: str) -> None:
    here = side(shipped)
    assert compare(here, replace(here, label=label)).to_reference == after


def test_the_page_has_two_columns_and_marks_what_differs(faster: Comparison) -> None:
    page = read_page(report.page(faster.here, faster))
    assert not page.xpath("//script | //link | //img")
    for article in page.xpath("//article"):
        assert len(article.xpath(".//*[local-name()='svg'][@role='img']")) == 2
    ids = [str(value) for value in page.xpath("//@id")]
    assert len(ids) == len(set(ids))
    heads = page.xpath("//section[@aria-labelledby='attentes']//thead/tr[2]/th")
    assert [plain(head.text_content()) for head in heads[:2]] == ["les fichiers livrés", "ce dispositif"]
    marked = [plain(row.text_content()) for row in page.xpath("//tr[@class='differe']/th")]
    assert any(name.startswith("Réaliser la visite") and name.endswith("diffère") for name in marked)
    told = plain(page.text_content())
    for item in faster.differences:
        assert plain(item.sentence) in told


def test_a_changed_step_is_outlined_in_its_diagram(faster: Comparison) -> None:
    page = read_page(report.page(faster.here, faster))
    assert page.xpath("//article//*[local-name()='rect'][@stroke='#0b5cad']")


def test_both_sides_are_in_the_table(moved: Comparison) -> None:
    made = report.table([moved.here, moved.there])
    assert made.count("visiter_menage") == made.count("realiser_visite") == 1
    assert "la version 3;" in made


def test_names_that_try_to_run_are_only_words_in_a_comparison() -> None:
    found = compare(side(hostile), side(shipped, HOSTILE))
    page = read_page(report.page(found.here, found))
    assert not page.xpath("//script | //img")


SMALL = ["simulate", "carene", "--households", "3", "--months", "2", "--seed", "4"]


def test_the_command_compares_with_the_shipped_files_and_with_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "variante"
    for name, content in sooner().files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    page = tmp_path / "page.html"
    done = CliRunner().invoke(
        main, [*SMALL, "--folder", str(folder), "--compare", "fichiers", "--html", str(page)]
    )
    assert done.exit_code == 0, done.output
    assert "Par rapport aux fichiers livrés" in done.stdout
    assert "Formulaire « rendez_vous » modifié." in done.stdout
    assert "Ce que change ce dispositif" in page.read_text()
    done = CliRunner().invoke(main, [*SMALL, "--compare", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["compared"]["reference"] == "le dossier variante"


def test_what_cannot_be_compared_is_said_with_what_to_write() -> None:
    done = CliRunner().invoke(main, [*SMALL, "--compare", "dernière"])
    assert done.exit_code == 2
    assert "indiquez un numéro de version, « fichiers » ou un dossier qui existe" in done.stderr


def test_the_command_compares_with_a_release_of_the_database_and_only_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "relais.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("RELAIS_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("RELAIS_PROGRAMMES", str(ROOT))
    for words in (["db", "upgrade"], ["territory", "load", "carene"]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
    kept = sqlite_dump(database)
    done = CliRunner().invoke(main, [*SMALL, "--compare", "1", "--json"])
    assert done.exit_code == 0, done.output
    values = json.loads(done.stdout)
    assert values["compared"]["reference"] == "la version 1"
    assert values["differences"] == []
    missing = CliRunner().invoke(main, [*SMALL, "--compare", "9"])
    assert missing.exit_code == 1
    assert "Traceback" not in missing.output
    assert sqlite_dump(database) == kept


def sqlite_dump(path: Path) -> list[str]:
    """Everything in a database, as text."""
    with closing(sqlite3.connect(path)) as rows:
        return list(rows.iterdump())
