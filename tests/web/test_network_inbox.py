"""The inbox of a network, which follows no household: it says what each step is about (ANG-3)."""

import re

from app.database import db
from app.services import acts
from tests import angers_house as house
from tests import build
from tests.web.conftest import Site
from tests.web.server import PASSWORD

LEAD = "claire@angers.invalid"
ADMIN = "odile@angers.invalid"
BRAND = r'class="brand[^>]*href="{}"'
SUBJECTS = ("Guide des acteurs", "Lire une facture")


def test_two_working_groups_are_told_apart_and_nothing_speaks_of_households(empty_site: Site):
    with empty_site.app.app_context():
        with build.serving(house.CODE):
            build.a_user("copilote_ccas", name="Claire", email=LEAD, password=PASSWORD)
            build.a_user("administration", name="Odile", email=ADMIN, password=PASSWORD)
            for subject in SUBJECTS:
                facts = {"sujet": subject, "membres": [], "livrable": "Un guide", "reunions": 3}
                acts.start("groupe", None, facts, by=house.ccas())
            meeting = str(next(task.id for task in build.open_tasks() if task.element == "fixer_reunion"))
        db.session.remove()
    lead = empty_site.as_(LEAD)
    page = lead.get("/t/angers/?vue=equipe").text
    for subject in SUBJECTS:
        assert f"Groupe de travail, {subject}" in page
        assert f"Réunion d&#39;un groupe de travail, {subject}" in page
    assert "Chercher une étape" in page and "ménage" not in page and "tri=dossier" not in page
    task = lead.get(f"/t/angers/taches/{meeting}").text
    assert any(f'value="{subject}"' in task for subject in SUBJECTS), "the subject is proposed as the title"
    network = lead.get("/t/angers/reseau").text
    assert all(network.count(subject) == 2 for subject in SUBJECTS), "the group, and its meeting to come"
    assert "Donneurs d" not in network and "Situations" not in network and "Présences" in network
    assert re.search(BRAND.format("/t/angers/"), page)
    admin = empty_site.as_(ADMIN).get("/t/angers/supervision").text
    assert re.search(BRAND.format("/t/angers/supervision"), admin), "the mark leads to a page that opens"
    assert re.search(BRAND.format("/"), empty_site.as_(ADMIN).get("/t/carene/suivi").text)
