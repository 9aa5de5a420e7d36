"""The pages of trials, walks and scenarios, without a script: asked, followed, stopped, read, misused."""

import json
import re
import time
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from lxml import html
from sqlalchemy import func, select

from app.database import db, end_read, transaction
from app.errors import Invalid
from app.models import Scenario, Trial, Walk
from app.publishing import scenario_files, trial_runs, trials
from app.publishing.trial_plans import TrialPlan
from app.services import releases
from app.simulator import Plan, simulate
from tests import build
from tests.rows import put_draft
from tests.trial_house import kept_trials
from tests.web.conftest import Site
from tests.web.server import token_of

PLACE = "/t/carene/atelier"
SMALL = {"sujet": "brouillon", "menages": "1", "mois": "1", "graine": "1"}


@pytest.fixture
def designer(site: Site):
    """The browser of somebody who may change the programme; no simulation is left behind."""
    client = site.as_("admin@carene.invalid")
    client.get("/", follow_redirects=True)
    yield client
    with site.app.app_context(), build.serving("carene"):
        for row in trials.listing():
            trials.stop(row.id, by=build.an_actor("administration"))
        limit = time.monotonic() + 30
        while trial_runs._hurried and time.monotonic() < limit:
            time.sleep(0.05)
        db.session.remove()


def plain(page: str) -> str:
    """Return what people read of a page, its spaces plain."""
    return " ".join(html.fromstring(page).text_content().split()).replace("\u202f", " ")


def send(client, path: str, /, **form):
    """Send a form with the token of a page of the same session."""
    token = token_of(client.get("/", follow_redirects=True).text)
    return client.post(path, data={"csrf_token": token, **form})


def rows(site: Site, entity) -> int:
    with site.app.app_context(), build.serving("carene"):
        found = db.session.scalar(select(func.count()).select_from(entity))
        db.session.remove()
    return found


def done_trial(site: Site) -> UUID:
    """Keep a simulation that is done, compared with the release in force, with an incident in it."""
    with site.app.app_context(), build.serving("carene"):
        bundle = releases.current().bundle
        figures = simulate(bundle, Plan(households=2, months=1, seed=1)).as_json()
        incident = {
            "process": "visite", "element": "realiser_visite", "element_name": "Réaliser la visite",
            "cause": "La condition ne se lit pas.", "times": 2,
        }  # fmt: skip
        here = {**figures, "incidents": 2, "incidents_list": [incident], "closed": figures["closed"] + 1}
        trial_id = uuid4()
        with transaction() as session:
            newest = releases.newest()
            session.add(
                Trial(
                    id=trial_id, label="le brouillon", plan=TrialPlan(households=2, months=1).as_json(),
                    files=bundle.as_text(), reference_id=newest.id, status="done", percent=100,
                    result=json.loads(json.dumps(here)), reference=figures, created_by="Inès",
                    created_at=build.clock.now(),
                )
            )  # fmt: skip
        db.session.remove()
    return trial_id


def test_the_form_proposes_the_teams_and_says_what_is_wrong_beside_each_field(site, designer):
    page = designer.get(f"{PLACE}/essais").text
    assert 'name="equipe.technicien.heures"' in page and 'name="equipe.partenaire.sans_reponse"' in page
    wrong = {
        **SMALL,
        "essai": str(uuid4()),
        "menages": "cent",
        "equipe.technicien.heures": "99",
        "graine": "",
    }
    answer = send(designer, f"{PLACE}/essais", **wrong)
    assert answer.status_code == 422
    assert 'href="#menages"' in answer.text and 'value="cent"' in answer.text
    wrong["menages"] = "5000"
    answer = send(designer, f"{PLACE}/essais", **wrong)
    assert answer.status_code == 422 and "60 heures par semaine" in plain(answer.text)
    assert send(designer, f"{PLACE}/essais", **SMALL, essai="pas-un-nombre").status_code == 422
    assert (
        send(designer, f"{PLACE}/essais", **{**SMALL, "sujet": "99"}, essai=str(uuid4())).status_code == 404
    )
    assert rows(site, Trial) == 0


def test_a_simulation_is_followed_and_stopped_without_a_script_and_asked_twice_is_one(site, designer):
    asked = {
        **SMALL,
        "menages": "400",
        "mois": "24",
        "essai": str(uuid4()),
        "equipe.technicien.heures": "10,5",
    }
    first, second = (send(designer, f"{PLACE}/essais", **asked) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert rows(site, Trial) == 1
    address = first.headers["Location"]
    page = designer.get(address).text
    assert 'http-equiv="refresh"' in page and "Technicien conseil (10,5 h par semaine)" in plain(page)
    limit = time.monotonic() + 60
    while not designer.get(f"{address}/avancement").json["percent"]:
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert not designer.get(f"{address}/avancement").json["over"]
    assert designer.get(f"{address}/rapport.html").headers["Location"].endswith(address)
    assert send(designer, f"{address}/arreter").status_code == 302
    while not designer.get(f"{address}/avancement").json["over"]:
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert "Arrêtée avant la fin" in plain(designer.get(address).text)


def test_what_was_found_is_read_on_the_diagram_with_its_twin_and_leads_to_the_editor(site, designer):
    trial_id = done_trial(site)
    page = designer.get(f"{PLACE}/essais/{trial_id}?dessin=visite").text
    told = plain(page)
    assert "Ce qui change par rapport à la version 1" in told
    assert "1 dossier clos de plus" in told or "de plus" in told
    assert "La condition ne se lit pas." in told
    tree = html.fromstring(page)
    assert len(tree.xpath("//figure//*[name()='svg' and contains(@aria-labelledby, 'dessin-visite')]")) == 2
    assert "« Visite à domicile » en tableau" in told
    links = list(tree.xpath("//ul[contains(@class,'trial-incidents')]//a/@href"))
    assert links == [f"{PLACE}/diagrammes/visite#realiser_visite"]
    report = designer.get(f"{PLACE}/essais/{trial_id}/rapport.html")
    assert report.headers["Content-Disposition"].startswith("attachment")
    assert "<script" not in report.text and "Ce que change ce dispositif" in report.text


def test_a_draft_that_cannot_be_read_is_said_and_a_release_can_be_simulated_all_the_same(site, designer):
    with site.app.app_context(), build.serving("carene"):
        files = dict(releases.current().bundle.files)
        put_draft({**files, "forms/visite.json": b"{"})
        db.session.remove()
    page = designer.get(f"{PLACE}/essais")
    assert page.status_code == 200 and "Le brouillon ne se lit pas" in plain(page.text)
    refused = send(designer, f"{PLACE}/essais", **SMALL, essai=str(uuid4()))
    assert refused.status_code == 422 and "visite" in plain(refused.text)
    assert send(designer, f"{PLACE}/essais", **{**SMALL, "sujet": "1"}, essai=str(uuid4())).status_code == 302
    begun = send(designer, f"{PLACE}/pas-a-pas", jour="2026-03-02", graine="1", essai=str(uuid4()))
    assert begun.status_code == 422 and "visite" in plain(begun.text)
    assert send(designer, f"{PLACE}/scenarios/rejouer").status_code == 302


def fields(page: str) -> dict[str, list[str]]:
    """Return what the form of the step that is open would send as it stands."""
    form = html.fromstring(page).xpath("//section[contains(@class,'walk-form')]//form")[0]
    found: dict[str, list[str]] = {}
    for name, value in form.form_values():
        if "__n__" not in name and name != "csrf_token":
            found.setdefault(name, []).append(value)
    return found


def test_a_walk_goes_on_by_its_pages_and_becomes_a_scenario_that_is_replayed(site, designer):
    assert (
        send(designer, f"{PLACE}/pas-a-pas", jour="hier", graine="x", essai=str(uuid4())).status_code == 422
    )
    drawn = str(uuid4())
    for _ in range(2):
        address = send(designer, f"{PLACE}/pas-a-pas", jour="2026-03-02", graine="1", essai=drawn).location
    assert rows(site, Walk) == 1
    page = designer.get(address).text
    assert "Nous sommes lundi 2 mars 2026" in plain(page)
    typed = fields(page)
    refused = send(designer, address, **{**typed, "nom": [""]})
    assert refused.status_code == 422 and 'class="error-summary"' in refused.text
    more = send(designer, address, **{**typed, "_action": ["ajouter:avis_imposition"]})
    assert more.status_code == 200 and "avis_imposition.0." in more.text
    assert send(designer, address, **typed).status_code == 302
    stale = send(designer, address, **typed)
    assert stale.status_code == 409 and "La situation a changé" in plain(stale.text)
    page = designer.get(address).text
    assert "Vous êtes ici" in plain(page) and "Analyser le signalement" in plain(page)
    version = {"_version": re.search(r'name="_version" value="(\d+)"', page)[1]}
    nothing = send(designer, address, **version, _geste="days", jours="mille")
    assert nothing.status_code == 422 and "entre 1 et 400" in plain(nothing.text)
    assert send(designer, address, **version, _geste="inconnu").status_code == 422

    keep = f"{address.partition('#')[0]}/scenario"
    boxes = html.fromstring(designer.get(keep).text).xpath("//input[@name='attendu' and @checked]/@value")
    assert "1|open|tri/analyser_signalement" in boxes
    assert send(designer, keep, nom="").status_code == 422
    kept = send(designer, keep, nom="Signalé", attendu=boxes)
    assert kept.status_code == 302
    assert send(designer, f"{kept.location}/rejouer").status_code == 302
    assert "Tient" in plain(designer.get(kept.location).text)
    assert "« Analyser le signalement » attend une réponse" in plain(designer.get(kept.location).text)
    assert send(designer, f"{address.partition('#')[0]}/revenir", **version).status_code == 302
    assert "Fiche de repérage" in plain(designer.get(address).text)
    assert send(designer, f"{kept.location}/retirer").status_code == 302
    assert send(designer, f"{address.partition('#')[0]}/oublier").status_code == 302
    assert rows(site, Walk) == rows(site, Scenario) == 0


def test_pages_of_what_is_not_there_and_people_without_the_right(site, designer):
    with site.app.app_context(), build.serving("carene"):
        ids = kept_trials("Croisic")
        end_read()
        db.session.remove()
    for path in (f"essais/{uuid4()}", f"pas-a-pas/{uuid4()}", f"scenarios/{uuid4()}"):
        assert designer.get(f"{PLACE}/{path}").status_code == 404
        assert send(designer, f"{PLACE}/{path}/arreter").status_code == 404
    social = site.as_("social@carene.invalid")
    social.get("/", follow_redirects=True)
    for path in ("essais", f"essais/{ids['trial_id']}", "pas-a-pas", "scenarios"):
        assert social.get(f"{PLACE}/{path}").status_code == 403
    assert send(social, f"{PLACE}/essais/{ids['trial_id']}/relancer").status_code == 403
    again = send(designer, f"{PLACE}/essais/{ids['trial_id']}/relancer", essai=str(uuid4()))
    assert again.status_code == 302


def test_scenarios_are_carried_as_a_file_and_a_tampered_one_is_refused_whole(site, designer):
    with site.app.app_context(), build.serving("carene"):
        kept_trials("Croisic")
        db.session.remove()
    carried = designer.get(f"{PLACE}/scenarios/scenarios.json")
    assert carried.headers["Content-Disposition"].startswith("attachment")
    held = carried.json

    def brought(data: bytes):
        return send(designer, f"{PLACE}/scenarios/fichier", fichier=(BytesIO(data), "scenarios.json"))

    for broken in (
        b"\xff", b"[" * 5000, b'{"genre": "autre"}',
        json.dumps({**held, "scenarios": [{**held["scenarios"][0], "seed": "1"}]}).encode(),
        json.dumps({**held, "scenarios": [{**held["scenarios"][0], "actions": [{"do": "rm"}]}]}).encode(),
        json.dumps({**held, "scenarios": [*held["scenarios"], {"name": "x"}]}).encode(),
    ):  # fmt: skip
        refused = brought(broken)
        assert refused.status_code in (413, 422), broken[:40]
    with site.app.app_context(), build.serving("carene"), pytest.raises(Invalid):
        scenario_files.taken(b" " * 5_000_001, by=build.an_actor("administration"))
    assert send(designer, f"{PLACE}/scenarios/fichier").status_code == 422
    assert rows(site, Scenario) == 1
    twice = {**held, "scenarios": [*held["scenarios"], {**held["scenarios"][0], "name": "Un autre"}]}
    assert brought(json.dumps(twice).encode()).status_code == 302
    assert rows(site, Scenario) == 2
    assert "Jamais rejoué" in plain(designer.get(f"{PLACE}/scenarios").text)
