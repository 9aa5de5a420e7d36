"""The pages of supervision: who opens them, what an address asks, what leaves as a file, what is done."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from app import clock
from app.database import db
from app.models import JournalLine, Task, User
from tests import build
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

PAGES = ("", "/echeances", "/promesses", "/charge", "/parcours")
POLE = "pole@carene.invalid"
HOUSEHOLD = "=cmd|' /C calc'!A1"
"""A household whose name is a formula: it comes from a public form."""


@pytest.fixture
def house(site: Site) -> Site:
    """CARENE with a coordinator of the pôle and two cases that will be late."""
    with site.app.app_context(), build.serving("carene"):
        build.a_user("coordinatrice_pole", name="Pole", email=POLE, password=PASSWORD)
        build.a_case("prendre_rendez_vous", alert={"nom": HOUSEHOLD})
        build.a_case("analyser_signalement", alert={"nom": "Ledoux"})
        db.session.remove()
    return site


def inside(site: Site, email: str = POLE) -> tuple[FlaskClient, str]:
    client = site.as_(email)
    client.get("/", follow_redirects=True)
    return client, token_of(client.get("/aide").text)


def tasks(site: Site) -> dict[str, Task]:
    with site.app.app_context(), build.serving("carene"):
        found = {task.element: task for task in build.open_tasks()}
        db.session.expunge_all()
        db.session.remove()
    return found


def test_every_page_opens_for_who_supervises_calm_or_busy(house):
    client, _ = inside(house)
    for days in (0, 40):
        with build.later(days=days):
            for page in PAGES:
                answer = client.get(f"/t/carene/supervision{page}")
                assert answer.status_code == 200, page
                assert 'aria-current="page"' in answer.text


def test_an_empty_territory_says_so_and_what_to_do(site):
    client, _ = inside(site, "admin@carene.invalid")
    assert "Rien n&#39;est promis" in client.get("/t/carene/supervision/promesses").text
    assert "Aucune tâche n&#39;est ouverte" in client.get("/t/carene/supervision/charge").text.replace(
        "'", "&#39;"
    )
    assert "Rien ici pour l&#39;instant" in client.get("/t/carene/supervision/echeances").text
    assert "Aucun parcours" in client.get("/t/carene/supervision/parcours").text


def test_a_bad_address_is_told_and_narrows_nothing(house):
    client, _ = inside(house)
    whole = client.get("/t/carene/supervision/echeances").text.count('name="tache"')
    assert whole == 2
    bad = (
        "etat=demain&jours=3&personne=moi&partenaire=x&etape=rien&age=99&du=hier"
        "&au=2026-13-40&tri=hasard&page=x"
    )
    page = client.get(f"/t/carene/supervision/echeances?{bad}")
    assert page.status_code == 200
    assert page.text.count('name="tache"') == whole
    told = re.search(r"n&#39;est pas comprise \(([^)]*)\)", page.text)
    assert told is not None
    assert set(told[1].split(", ")) == {
        "etat", "jours", "personne", "partenaire", "etape", "age", "du", "au", "tri",
    }  # fmt: skip
    for odd in (
        "page=99999",
        "page=-3",
        "q=" + "x" * 5000,
        "schema=../../etc",
        "commune='; drop table task",
    ):
        for path in ("echeances", "parcours", "promesses", "echeances.csv"):
            assert client.get(f"/t/carene/supervision/{path}?{odd}").status_code == 200, (path, odd)


def test_the_workbook_holds_exactly_what_is_filtered_with_real_dates_and_harmless_names(house):
    client, _ = inside(house, "social@carene.invalid")
    with build.later(days=40):
        for query, elements in (
            ("", {"Prendre rendez-vous", "Analyser le signalement", "Débloquer le rendez-vous"}),
            ("?etape=visite/prendre_rendez_vous", {"Prendre rendez-vous"}),
            ("?etat=retard&role=ecorenove", {"Analyser le signalement"}),
            ("?etat=avenir", set()),
        ):
            answer = client.get(f"/t/carene/supervision/echeances.xlsx{query}")
            assert answer.headers["Content-Disposition"].startswith("attachment; filename=echeances")
            book = load_workbook(io.BytesIO(answer.data))
            rows = list(book["Échéances"].iter_rows(values_only=True))
            heads = list(rows[0])
            shown = [dict(zip(heads, row, strict=True)) for row in rows[1:]]
            assert {row["Tâche"] for row in shown} == elements & {row["Tâche"] for row in shown}
            page = client.get(f"/t/carene/supervision/echeances{query}").text
            assert len(shown) == page.count('class="due') + page.count('<span class="muted">sans</span>')
            assert {row["Tâche"] for row in shown} >= elements - {"Débloquer le rendez-vous"}
        about = {row[0]: row[1] for row in book["À propos"].iter_rows(values_only=True)}
        assert about["État"] == "À venir"
        whole = load_workbook(io.BytesIO(client.get("/t/carene/supervision/echeances.xlsx").data))[
            "Échéances"
        ]
        heads = [cell.value for cell in whole[1]]
        (line,) = [row for row in whole.iter_rows(min_row=2) if row[0].value == "Prendre rendez-vous"]
        told = dict(zip(heads, line, strict=True))
        assert HOUSEHOLD in told["Ménage"].value
        assert told["Ménage"].data_type == "s"
        assert told["À faire au plus tard le"].is_date
        assert told["Ouverte le"].is_date
        assert (
            told["Jours de retard"].value
            == (clock.today() - told["À faire au plus tard le"].value.date()).days
        )


def test_the_csv_says_what_it_is_and_holds_the_rows_of_the_page_in_its_order(house):
    client, _ = inside(house, "social@carene.invalid")
    with build.later(days=40):
        text = client.get("/t/carene/supervision/echeances.csv?etat=retard&tri=ancienne").data.decode(
            "utf-8-sig"
        )
        page = client.get("/t/carene/supervision/echeances?etat=retard&tri=ancienne").text
    first, _, rest = text.partition("\r\n")
    assert first.startswith(('"# ', "# "))
    assert "En retard" in first
    rows = list(csv.DictReader(io.StringIO(rest), delimiter=";"))
    titles = re.findall(r'<th scope="row">(?:<a[^>]*>)?([^<·]+)', page)
    assert [row["Tâche"] for row in rows] == [title.strip() for title in titles]
    assert [row["Ménage"] for row in rows if HOUSEHOLD in row["Ménage"]]
    assert all(not row["Ménage"].startswith(("=", "+", "-", "@")) for row in rows)


def test_who_only_watches_exports_no_household_and_the_journal_says_who_took_what(house):
    client, _ = inside(house, "admin@carene.invalid")
    for kind in ("csv", "xlsx"):
        answer = client.get(f"/t/carene/supervision/echeances.{kind}?q=Ledoux&etat=retard")
        assert b"Ledoux" not in answer.data.replace(b"q=Ledoux", b"").split(b"\r\n", 1)[-1]
    text = client.get("/t/carene/supervision/echeances.csv").data.decode("utf-8-sig")
    assert "Ménage" not in text
    assert "Ledoux" not in text
    with house.app.app_context(), build.serving("carene"):
        lines = build.the_journal("export.taches")
        assert [line.details["genre"] for line in lines] == ["csv", "xlsx", "csv"]
        assert lines[0].details["filtres"] == ["etat", "q"]
        assert lines[2].details["lignes"] == 2
        assert not [line for line in lines if "Ledoux" in str(line.details)], (
            "a search may hold a name (LAW-1)"
        )
        db.session.remove()


def person(site: Site, email: str) -> str:
    with site.app.app_context(), build.serving("carene"):
        found = str(db.session.scalars(select(User.id).where(User.email == email)).one())
        db.session.remove()
    return found


def act(client: FlaskClient, token: str, **form: object) -> str:
    answer = client.post(
        "/t/carene/supervision/echeances", data={"csrf_token": token, **form}, follow_redirects=True
    )
    assert answer.status_code == 200
    return answer.text


def test_ticked_tasks_are_entrusted_and_each_refusal_is_told_with_its_reason(house):
    client, token = inside(house)
    found = tasks(house)
    ids = [str(task.id) for task in found.values()]
    page = act(client, token, action="confier", a=person(house, "social@carene.invalid"), tache=ids)
    assert "1\xa0tâche confiée" in page
    assert "1\xa0refusée" in page
    assert "Analyser le signalement" in page
    held = {name: task.claimed_by for name, task in tasks(house).items()}
    assert held["prendre_rendez_vous"] is not None
    assert held["analyser_signalement"] is None
    again = act(client, token, action="confier", a="equipe", tache=[str(found["prendre_rendez_vous"].id)])
    assert "1\xa0tâche confiée" in again
    assert tasks(house)["prendre_rendez_vous"].claimed_by is None


def test_a_deadline_is_moved_with_a_reason_and_never_into_the_past(house):
    client, token = inside(house)
    task = tasks(house)["prendre_rendez_vous"]
    day = clock.today() + timedelta(days=90)
    said = {
        "action": "echeance",
        "echeance": day.isoformat(),
        "motif": "Le ménage est absent.",
        "tache": str(task.id),
    }
    assert "1\xa0échéance changée" in act(client, token, **said)
    moved = tasks(house)["prendre_rendez_vous"].due_at
    assert moved is not None
    assert (moved - timedelta(seconds=1)).astimezone(clock.PARIS).date() == day
    for wrong in ({"motif": ""}, {"echeance": "2020-01-01"}, {"echeance": ""}, {"echeance": "demain"}):
        page = act(client, token, **{**said, **wrong})
        assert "échéance changée" not in page
        assert tasks(house)["prendre_rendez_vous"].due_at == moved


def test_a_reminder_leaves_once_a_day(house):
    client, token = inside(house)
    task_id = str(tasks(house)["prendre_rendez_vous"].id)
    assert "1\xa0relance envoyée" in act(client, token, action="relancer", tache=task_id)
    page = act(client, token, action="relancer", tache=task_id)
    assert "relance envoyée" not in page
    assert "Déjà relancée aujourd&#39;hui" in page
    with build.later(days=1):
        assert "1\xa0relance envoyée" in act(client, token, action="relancer", tache=task_id)
    with house.app.app_context(), build.serving("carene"):
        assert len(build.the_journal("tache.relancee")) == 2
        db.session.remove()


def test_a_suspended_task_is_shown_as_such_and_is_no_longer_late(house):
    client, token = inside(house)
    task_id = str(tasks(house)["prendre_rendez_vous"].id)
    refused = act(client, token, action="suspendre", tache=task_id)
    assert "Indiquez pourquoi" in refused
    assert "suspendue avec son parcours" in act(
        client, token, action="suspendre", tache=task_id, motif="Hospitalisation"
    )
    with build.later(days=60):
        assert task_id not in client.get("/t/carene/supervision/echeances?etat=retard").text
        assert task_id in client.get("/t/carene/supervision/echeances?etat=suspendu").text
        assert "Hospitalisation" in client.get("/t/carene/supervision/promesses").text


def test_nothing_ticked_nothing_known_and_another_verb_do_nothing(house):
    client, token = inside(house)
    before = {name: (task.claimed_by, task.due_at, task.active) for name, task in tasks(house).items()}
    assert "Cochez au moins une tâche" in act(client, token, action="relancer")
    assert "Choisissez ce qu" in act(client, token, action="effacer", tache="x")
    assert "Choisissez à qui" in act(client, token, action="confier", a="", tache="x")
    page = act(client, token, action="relancer", tache=["pas-un-id", "00000000-0000-4000-8000-000000000000"])
    assert "Tâche inconnue" in page
    assert before == {
        name: (task.claimed_by, task.due_at, task.active) for name, task in tasks(house).items()
    }


def test_who_supervises_without_acting_sees_no_control_and_is_refused(house):
    client, token = inside(house, "ecorenove@carene.invalid")
    page = client.get("/t/carene/supervision/echeances").text
    assert 'name="tache"' not in page
    assert "Agir sur les tâches" not in page
    answer = client.post("/t/carene/supervision/echeances", data={"csrf_token": token, "action": "relancer"})
    assert answer.status_code == 403


def test_a_task_of_another_territory_is_neither_shown_nor_touched(house, elsewhere):
    with house.app.app_context(), build.serving(elsewhere):
        build.a_case("analyser_signalement", alert={"nom": "Lointain"})
        theirs = build.the_task("analyser_signalement").id
        db.session.remove()
    client, token = inside(house)
    for page in PAGES:
        text = client.get(f"/t/carene/supervision{page}").text
        assert "Lointain" not in text
        assert str(theirs) not in text
    assert "Tâche inconnue" in act(client, token, action="relancer", tache=str(theirs))
    assert client.get(f"/t/{elsewhere}/supervision/echeances.csv").status_code == 404


def test_the_route_draws_what_waits_and_names_what_was_never_taken(house):
    client, _ = inside(house)
    page = client.get("/t/carene/supervision/parcours?schema=visite").text
    assert "<svg" in page
    assert "1 ici" in page
    assert "Jamais" in page
    assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0], "CSP forbids inline styles"
    unknown = client.get("/t/carene/supervision/parcours?schema=inconnu")
    assert unknown.status_code == 200


def test_the_load_counts_each_role_and_each_week(house):
    client, _ = inside(house)
    page = client.get("/t/carene/supervision/charge").text
    assert "ÉCORÉNOVE" in page
    assert 'role=ecorenove"' in page
    assert "<svg" in page


def test_a_line_of_the_journal_tells_who_suspended(house):
    client, token = inside(house)
    task_id = str(tasks(house)["prendre_rendez_vous"].id)
    act(client, token, action="suspendre", tache=task_id, motif="Essai")
    with house.app.app_context(), build.serving("carene"):
        lines = db.session.scalars(select(JournalLine).where(JournalLine.action == "parcours.suspendu")).all()
        assert [line.actor for line in lines] == ["Pole"]
        db.session.remove()
