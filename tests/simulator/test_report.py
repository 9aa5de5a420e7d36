"""What a simulation shows: sentences, columns, a page that needs nothing else, a table for a spreadsheet."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree

from app.cli import main
from app.simulator import Result, report, text
from app.simulator.comparison import Side
from app.simulator.result import IncidentFigure, RoleMonth, StepFigures
from app.simulator.story import loads, sentences
from app.simulator.words import number
from tests.simulator.lives import hostile, lived, read_page, shipped, side


@pytest.fixture(scope="module")
def here() -> Side:
    """The shipped programme and what it lived."""
    return side(shipped)


@pytest.fixture(scope="module")
def page(here: Side) -> Any:
    """Its page."""
    return read_page(report.page(here))


def told(page: Any) -> str:
    """The words of a page, every space a plain one."""
    return re.sub(r"\s+", " ", str(page.text_content()))


def addresses(page: Any) -> list[str]:
    """Everything that a page would fetch."""
    found = [
        str(value) for value in page.xpath("//@src | //@href | //@srcset | //@data | //@poster | //@action")
    ]
    styles = " ".join(page.xpath("//style/text() | //@style"))
    return [*found, *re.findall(r"url\(([^)]*)\)", styles), *re.findall(r"@import[^;]*", styles)]


def test_a_page_stands_alone(page: Any) -> None:
    assert page.get("lang") == "fr"
    assert not page.xpath("//script | //link | //iframe | //object | //embed | //img")
    assert all(address.startswith(("#", "data:font/woff2;base64,")) for address in addresses(page))
    assert not [name for node in page.iter() for name in map(str, node.attrib) if name.startswith("on")]


def test_a_page_is_made_for_everybody(page: Any) -> None:
    assert len(page.xpath("//h1")) == len(page.xpath("//main")) == len(page.xpath("//head/title")) == 1
    ids = Counter(str(value) for value in page.xpath("//@id"))
    assert max(ids.values()) == 1
    for node in page.xpath("//*[@aria-labelledby]"):
        assert set(node.get("aria-labelledby").split()) <= ids.keys()
    for link in page.xpath("//a/@href"):
        assert link.removeprefix("#") in ids
    for table in page.xpath("//table"):
        assert table.xpath("./caption")
        assert table.xpath(".//th[@scope='row']")
    for region in page.xpath("//*[@role='region']"):
        assert region.get("aria-label")
        assert region.get("tabindex") == "0"


def test_a_page_shows_each_diagram_with_its_twin(here: Side, page: Any) -> None:
    articles = page.xpath("//article")
    assert [article.xpath("string(.//h3)") for article in articles] == [
        one.name for one in here.words.diagrams
    ]
    for article, diagram in zip(articles, here.words.diagrams, strict=True):
        assert article.xpath(".//*[local-name()='svg'][@role='img']")
        rows = [re.sub(r"\s+", " ", node.text_content()) for node in article.xpath(".//tbody/tr/th")]
        for item in diagram.elements:
            name = re.sub(r"\s+", " ", item.name)
            assert any(row.replace("\xa0", " ").startswith(name[:20]) for row in rows), item.element


def test_a_diagram_of_the_page_counts_what_was_lived(here: Side, page: Any) -> None:
    for key, step in here.result.by_step.items():
        name, titles = here.words.step(key), "//*[local-name()='title'][starts-with(., $begins)]"
        told_of = page.xpath(titles, begins=f"{name} :")
        spaced = page.xpath(titles, begins=f"{name}\xa0:")
        sentences_ = [node.text_content() for node in (*told_of, *spaced)]
        assert any(f"{number(step.done)} fois" in re.sub(r"\xa0", " ", told_) for told_ in sentences_), key
    for flow in here.result.never_taken:
        assert re.sub(r"\s+", " ", here.words.flow(flow)) in told(page)


def test_the_page_shows_the_figures_of_the_run(here: Side, page: Any) -> None:
    rows = {
        str(row.xpath("string(th)")).strip(): str(row.xpath("string(td[1])"))
        for row in page.xpath("//section[@aria-labelledby='bref']//tbody/tr")
    }
    result = here.result
    assert rows["Ménages signalés"] == number(result.started)
    assert rows["Réglés ou terminés"] == number(result.closed)
    assert rows["Étapes faites"] == number(result.tasks_completed)
    assert rows["Étapes en retard"] == number(result.late_tasks)
    assert rows["Passages jamais pris"] == number(len(result.never_taken))
    assert result.fingerprint in told(page)
    assert f"Graine{result.seed}" in told(page).replace(" ", "")


def test_every_load_is_drawn_and_told_in_a_table(here: Side, page: Any) -> None:
    found = loads(here.result, here.words)
    assert found
    charts = page.xpath("//*[local-name()='svg'][@class='charge']")
    assert len(charts) == len(found)
    for chart, load in zip(charts, found, strict=True):
        bars = chart.xpath(".//*[local-name()='rect']")
        assert len(bars) == len(load.months)
        assert load.label in chart.xpath("string(.//*[local-name()='title'])")
    heads = [
        str(node.text_content()) for node in page.xpath("//section[@aria-labelledby='charge']//thead//th")
    ]
    assert heads == [load.label for load in found]


def test_a_month_above_its_hours_is_marked_by_a_shape_too(here: Side) -> None:
    full = {"technicien": {"2026-01": RoleMonth(9, 50.0, 40.0), "2026-02": RoleMonth(2, 10.0, 40.0)}}
    result = replace(here.result, by_role_month=full)
    page = read_page(report.page(replace(here, result=result)))
    assert len(page.xpath("//*[local-name()='path'][@class='alerte']")) == 1
    assert len(page.xpath("//*[local-name()='rect'][@class='barre trop']")) == 1
    assert "dépasse le temps disponible pendant 1 mois sur 2" in told(page)


def test_decisions_are_shown_rule_by_rule_with_what_their_author_wrote(here: Side, page: Any) -> None:
    shown = told(page.xpath("//section[@aria-labelledby='decisions']")[0])
    for decision in here.result.decisions:
        assert here.words.decision(decision) in shown
        for rule, written in here.words.rules(decision):
            assert f"Règle {rule} : {written}" in shown


def test_names_that_try_to_run_are_only_words() -> None:
    mad = side(hostile)
    made = report.page(mad)
    page = read_page(made)
    assert not page.xpath("//script | //img")
    assert all(address.startswith(("#", "data:font/woff2;base64,")) for address in addresses(page))
    assert not [name for node in page.iter() for name in map(str, node.attrib) if name.startswith("on")]
    assert "alert(1)" in told(page)
    for svg in page.xpath("//*[local-name()='svg']"):
        etree.fromstring(etree.tostring(svg))


def read_table(made: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.removeprefix("\ufeff")), delimiter=";"))


def test_the_table_has_a_line_for_every_step(here: Side) -> None:
    rows = read_table(report.table([here]))
    assert len(rows) == len(here.words.steps())
    for row in rows:
        key = next(key for key in here.words.steps() if key.endswith(f"/{row['Identifiant']}"))
        step = here.result.by_step.get(key)
        assert int(row["Faites"]) == (step.done if step else 0)
        assert int(row["En retard"]) == (step.late if step else 0)


def test_no_cell_of_the_table_begins_like_a_formula() -> None:
    rows = read_table(report.table([side(hostile)]))
    cells = [cell for row in rows for cell in row.values()]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "-"))]


def terminal(result: Result, here: Side) -> list[str]:
    return list(text.lines(result, here.words))


def test_the_terminal_says_what_matters_first_within_its_width(here: Side) -> None:
    lines = terminal(here.result, here)
    assert max(len(line) for line in lines) <= 110
    assert "ménages ont été signalés" in " ".join(lines[3:5])
    place = {
        head: index
        for index, line in enumerate(lines)
        for head in ("Étape ", "Rôle ")
        if line.startswith(head)
    }
    assert 3 < place["Étape "] < place["Rôle "]
    assert all("\u202f" not in line and "\xa0" not in line for line in lines if line.startswith("•"))


def said(result: Result, here: Side) -> str:
    return " ".join(" ".join(sentences(result, here.words)).split())


def test_an_incident_comes_right_after_the_outcome(here: Side) -> None:
    item = IncidentFigure("visite", "produire_guide", "Produire le guide", "le modèle manque", 2)
    result = replace(here.result, incidents=2, incidents_list=(item,))
    found = list(sentences(result, here.words))
    assert re.sub(r"\s", " ", found[1]).startswith(
        "2 incidents : une étape n'a pas pu s'exécuter (« Produire le guide »)"
    )
    assert "le modèle manque" in " ".join(terminal(result, here))
    assert "le modèle manque" in told(read_page(report.page(replace(here, result=result))))


def test_a_run_without_late_steps_says_so(here: Side) -> None:
    quiet = {key: replace(step, late=0) for key, step in here.result.by_step.items()}
    assert "Aucune étape n'est en retard" in said(replace(here.result, late_tasks=0, by_step=quiet), here)


def test_one_of_each_is_said_in_the_singular(here: Side) -> None:
    one = replace(
        here.result,
        started=1,
        closed=1,
        open=0,
        months=1,
        late_tasks=1,
        never_taken=here.result.never_taken[:1],
    )
    found = said(one, here)
    assert "En 1 mois, 1 ménage a été signalé : 1 dossier est réglé, 0 suit encore son cours" in found
    assert "1 étape sur" in found
    assert "dépasse sa date" in found


def test_flows_that_served_all_are_said_too(here: Side) -> None:
    assert "Tous les passages des diagrammes ont servi" in said(replace(here.result, never_taken=()), here)


def test_a_programme_without_households_counts_what_the_calendar_started(here: Side) -> None:
    result = replace(here.result, households=0, started=4, closed=3, open=1)
    assert "le calendrier a démarré 4 diagrammes, dont 3 jusqu'au bout" in said(result, here)
    assert "Parcours démarrés" in told(read_page(report.page(replace(here, result=result))))


def test_a_run_where_nothing_happened_still_makes_a_page(here: Side) -> None:
    empty = replace(
        here.result, started=0, closed=0, open=0, households=0, incidents=0, tasks_completed=0, late_tasks=0,
        by_step={}, by_role_month={}, elements={}, open_tasks={}, decisions={}, closures={}, timers={},
        flows=dict.fromkeys(here.result.flows, 0), never_taken=tuple(here.result.flows),
    )  # fmt: skip
    assert "Aucune étape n'est en retard, sur 0." in said(empty, here)
    assert "Aucune table de décision n'a servi." in told(read_page(report.page(replace(here, result=empty))))
    assert terminal(empty, here)


def test_the_same_seed_gives_the_same_page(here: Side) -> None:
    again = lived(shipped)
    first, second = (replace(one.result, seconds=1.0) for one in (here, again))
    assert first == second
    assert report.page(replace(here, result=first)) == report.page(replace(here, result=second))


SMALL = ["simulate", "carene", "--households", "3", "--months", "2", "--seed", "4"]


def test_the_command_writes_the_page_and_the_table(tmp_path: Path) -> None:
    page, table = tmp_path / "page.html", tmp_path / "table.csv"
    done = CliRunner().invoke(main, [*SMALL, "--html", str(page), "--csv", str(table), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["started"] == 3
    assert read_page(page.read_text()).xpath("string(//h1)")
    assert read_table(table.read_bytes().decode())
    assert str(page) in done.stderr


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [*SMALL, "--html", str(tmp_path / "absent" / "page.html")])
    assert done.exit_code == 1
    assert "ne peut pas être écrit" in done.stderr
    assert "Choisissez un autre fichier" in done.stderr


def test_figures_of_a_step_that_nobody_finished_are_dashes(here: Side) -> None:
    key = next(iter(here.result.by_step))
    stuck = {key: StepFigures(entered=3, done=0, cancelled=0, late=3, p50_days=None, p90_days=None)}
    page = read_page(report.page(replace(here, result=replace(here.result, by_step=stuck))))
    row = page.xpath("//section[@aria-labelledby='attentes']//tbody/tr")[0]
    assert [re.sub(r"\s", " ", cell.text_content()) for cell in row.xpath("td")] == [
        "0",
        "3 (100 %)",
        "—",
        "—",
    ]
