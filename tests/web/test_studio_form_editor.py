"""The page of a form in the studio, as a browser without a script uses it: every action is a post."""

import json
from pathlib import Path

import lxml.html
import pytest

from app.database import db
from app.services import accounts, actors, studio
from tests import build
from tests.web.server import PASSWORD, token_of

INES, MARC = "ines@carene.invalid", "marc@carene.invalid"
ATTACKS = json.loads((Path(__file__).parents[1] / "data/attacks.json").read_text(encoding="utf-8"))


@pytest.fixture
def house(empty_site):
    """CARENE and its two designers."""
    with empty_site.app.app_context(), build.serving("carene"):
        for name, email in (("Inès Carrel", INES), ("Marc Adam", MARC)):
            build.a_user("conception", name=name, email=email, password=PASSWORD)
        db.session.remove()
    return empty_site


class Designer:
    """A designer at a browser without a script."""

    def __init__(self, site, email=INES):
        self.site, self.client = site, site.as_(email)
        self.client.get("/", follow_redirects=True)
        self.token = token_of(self.client.get("/aide").text)

    def get(self, path=""):
        return self.client.get(f"/t/carene/atelier/formulaires{path}")

    def post(self, form, faire, *, base=None, json=False, **typed):
        """Press a button of the page of a form."""
        headers = {"Accept": "application/json"} if json else {}
        return self.client.post(
            f"/t/carene/atelier/formulaires/{form}",
            data={
                "csrf_token": self.token, "base": base or self.file(form).digest, "faire": faire, **typed,
            },
            headers=headers,
        )  # fmt: skip

    def sent(self, page, place):
        """Return what the panel of a field would send as it stands."""
        tree = lxml.html.fromstring(page)
        form = next(item for item in tree.forms if "data-autosave" in item.attrib)
        values = {}
        for name, value in form.form_values():
            blank = name == "classe" and value == "on"  # lxml's word for a blank value
            values.setdefault(name, []).append("" if blank else value)
        assert values["champ"] == [place]
        return values

    def file(self, form):
        with self.site.app.app_context(), build.serving("carene"):
            found = studio.read(f"forms/{form}.json")
            db.session.remove()
        return found

    def tree(self, form):
        return json.loads(self.file(form).text)


def of(tree, key):
    """Return the field of that key, wherever it stands."""
    parts = tree.get("rubriques", [tree])
    return next(field for part in parts for field in part["champs"] if field.get("cle") == key)


def test_the_editor_opens_a_form_and_each_of_its_panels(house):
    ines = Designer(house)
    listing = ines.get().text
    assert "Compte rendu de visite" in listing
    page = ines.get("/visite")
    assert page.status_code == 200, page.text[:500]
    assert "Enregistrer la visite" in page.text
    field = ines.get("/visite?champ=0-0")
    assert field.status_code == 200
    assert "La visite a-t-elle eu lieu" in field.text
    section = ines.get("/visite?rubrique=1")
    assert section.status_code == 200
    preview = ines.get("/visite/apercu")
    assert preview.status_code == 200
    assert "frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]


def test_every_kind_of_field_is_opened_and_kept_without_a_change(house):
    """What the panel shows, sent back as a browser sends it, changes not a sign of the file."""
    ines = Designer(house)
    for form, places in (
        ("visite", _one_of_each(ines, "visite")),
        ("signalement", ["0-0", "1-1"]),
        ("revue", ["0-1"]),
    ):
        before = ines.file(form)
        for place in places:
            page = ines.get(f"/{form}?champ={place}").text
            answer = ines.post(form, "champ", json=True, **_without(ines.sent(page, place), "faire"))
            assert answer.status_code == 200, (form, place, answer.text)
        assert ines.file(form).text == before.text


def _one_of_each(ines, form):
    """Places of one field of each type of a form, columns too."""
    found = {}
    for rank, part in enumerate(ines.tree(form)["rubriques"]):
        for number, field in enumerate(part["champs"]):
            found.setdefault(field["type"], f"{rank}-{number}")
            for column, item in enumerate(field.get("colonnes", ())):
                found.setdefault((item["type"],), f"{rank}-{number}-{column}")
    return found.values()


def test_a_field_is_added_filled_conditioned_moved_copied_and_removed(house):
    ines = Designer(house)
    added = ines.post(
        "visite", "ajouter", apres="0-0", nouveau_libelle="Qui a ouvert ?", nouveau_type="choix"
    )
    assert added.status_code == 303
    assert added.location.endswith("champ=0-1#panneau")
    field = of(ines.tree("visite"), "qui_a_ouvert")
    assert field["options"]

    page = ines.get("/visite?champ=0-1").text
    typed = ines.sent(page, "0-1") | {
        "options.0.libelle": "Le ménage", "options.0.valeur": "menage", "options.1.libelle": "Un voisin",
        "options.1.valeur": "", "options.2.libelle": "Personne", "obligatoire": ["", "oui"],
        "si_mode": "lignes",
        "si_lignes.0.champ": "issue", "si_lignes.0.signe": "in", "si_lignes.0.valeur": "realisee ; absent",
        "classe": "social", "faire": "champ",
    }  # fmt: skip
    assert ines.post("visite", "champ", **_without(typed, "faire")).status_code == 303
    assert of(ines.tree("visite"), "qui_a_ouvert") == {
        "cle": "qui_a_ouvert", "type": "choix", "libelle": "Qui a ouvert ?", "obligatoire": True,
        "si": 'issue in ["realisee", "absent"]', "classe": "social",
        "options": [
            {"valeur": "menage", "libelle": "Le ménage"}, {"valeur": "un_voisin", "libelle": "Un voisin"},
            {"valeur": "personne", "libelle": "Personne"},
        ],
    }  # fmt: skip
    assert "Demandé" not in ines.get("/visite?champ=0-1").text.partition("À corriger dans ce formulaire")[2]

    ines.post("visite", "option_retirer:2", champ="0-1", libelle="Qui a ouvert la porte ?")
    field = of(ines.tree("visite"), "qui_a_ouvert")
    assert [option["valeur"] for option in field["options"]] == ["menage", "un_voisin"]
    assert field["libelle"] == "Qui a ouvert la porte ?"

    assert ines.post("visite", "descendre:0-1").location.endswith("champ=0-2#panneau")
    assert ines.post("visite", "dupliquer", champ="0-2").location.endswith("champ=0-3#panneau")
    assert of(ines.tree("visite"), "qui_a_ouvert_2")["libelle"] == "Qui a ouvert la porte ?"
    removed = ines.post("visite", "retirer", champ="0-3")
    assert removed.status_code == 303, "nothing reads it: there is no effect to show"
    keys = [field["cle"] for field in ines.tree("visite")["rubriques"][0]["champs"]]
    assert keys[:3] == ["issue", "date", "qui_a_ouvert"]
    undone = ines.client.get(removed.location).text
    assert "Annuler cette modification" in undone


def _without(values, *names):
    return {name: value for name, value in values.items() if name not in names}


def test_a_table_gets_a_column_and_keeps_one(house):
    ines = Designer(house)
    tree = ines.tree("visite")
    rank, number = next(
        (rank, number)
        for rank, part in enumerate(tree["rubriques"])
        for number, field in enumerate(part["champs"])
        if field.get("cle") == "kit"
    )
    answer = ines.post(
        "visite", "colonne", champ=f"{rank}-{number}", nouveau_libelle="Numéro", nouveau_type="texte"
    )
    assert answer.status_code == 303
    assert of(ines.tree("visite"), "kit")["colonnes"][-1] == {
        "cle": "numero",
        "type": "texte",
        "libelle": "Numéro",
    }
    refused = ines.post(
        "visite", "colonne", champ=f"{rank}-{number}", nouveau_libelle="Photo", nouveau_type="photo"
    )
    assert refused.status_code == 422
    assert "Une colonne ne peut pas" in refused.text


def test_a_removal_shows_each_place_it_breaks_before_it_is_done_and_is_undone(house):
    ines = Designer(house)
    before = ines.file("visite").text
    shown = ines.post("visite", "retirer", champ="0-0")
    assert shown.status_code == 200
    for words in ("Visite réalisée", "Clore sans visite", "Visites réalisées", "Retirer quand même"):
        assert words in shown.text, words
    assert ines.file("visite").text == before
    done = ines.post("visite", "retirer", champ="0-0", confirme="oui")
    page = ines.client.get(done.location)
    assert "ne se lira" not in page.text
    assert "À corriger dans ce formulaire" in page.text or "form-editor__flag" in page.text
    version = done.location.partition("annuler=")[2].partition("&")[0].partition("#")[0]
    back = ines.client.post(
        "/t/carene/atelier/formulaires/visite/annuler", data={"csrf_token": ines.token, "version": version}
    )
    assert back.status_code == 302
    assert ines.file("visite").text == before


def test_a_new_key_is_told_first_then_followed_everywhere_then_undone(house):
    ines = Designer(house)
    shown = ines.post("visite", "cle", champ="0-0", cle="resultat")
    assert shown.status_code == 200
    assert "Cette clé est publiée" in shown.text
    assert "Changer partout" in shown.text
    assert "realiser_visite" not in shown.text
    done = ines.post("visite", "cle", champ="0-0", cle="resultat", confirme="partout")
    assert done.status_code == 303
    page = ines.client.get(done.location).text
    assert "À corriger dans ce formulaire" not in page
    with house.app.app_context(), build.serving("carene"):
        assert "visite.resultat" in studio.read("bpmn/accompagnement.bpmn").text
        assert [problem for problem in studio.problems() if problem.severity == "error"] == []
        db.session.remove()
    for wrong, says in (("Résultat", "minuscules"), ("date", "Un autre champ"), ("resultat", "déjà la clé")):
        refused = ines.post("visite", "cle", champ="0-0", cle=wrong)
        assert refused.status_code == 422
        assert says in refused.text


def test_two_people_keep_what_each_typed(house):
    ines, marc = Designer(house), Designer(house, MARC)
    base = ines.file("visite").digest
    marc.post("visite", "champ", base=base, champ="0-1", libelle="Jour de la visite")
    stale = ines.post(
        "visite", "champ", base=base, champ="0-1", libelle="Date de passage", aide="Le jour même"
    )
    assert stale.status_code == 409
    for words in ("Marc Adam", "Jour de la visite", "Date de passage", "Le jour même", "Appliquer ma saisie"):
        assert words in stale.text, words
    assert of(ines.tree("visite"), "date")["libelle"] == "Jour de la visite"
    form = next(item for item in lxml.html.fromstring(stale.text).forms if "base" in item.fields)
    again = ines.client.post("/t/carene/atelier/formulaires/visite", data=dict(form.form_values()))
    assert again.status_code == 303
    assert of(ines.tree("visite"), "date")["libelle"] == "Date de passage"
    assert of(ines.tree("visite"), "date")["aide"] == "Le jour même"

    script = marc.post("visite", "champ", base=base, json=True, champ="0-1", libelle="Autre")
    assert script.status_code == 409
    assert "Inès Carrel" in script.json["message"]
    twice = ines.post(
        "visite", "champ", base=base, champ="0-1", libelle="Date de passage", aide="Le jour même"
    )
    assert twice.status_code == 303, "the same typed twice is no conflict"


def test_a_script_is_answered_what_changed(house):
    ines = Designer(house)
    kept = ines.post("visite", "champ", json=True, champ="0-1", libelle="Jour du passage")
    assert kept.json["base"] == ines.file("visite").digest
    assert kept.json["message"].startswith("Enregistré à")
    moved = ines.post("visite", "monter:0-1", json=True)
    assert moved.json["place"] == "0-0"
    wrong = ines.post("visite", "champ", json=True, champ="0-2", min="peu")
    assert (wrong.status_code, wrong.json["box"]) == (422, "min")
    said = ines.client.post(
        "/t/carene/atelier/formulaires/visite/verdict",
        data={"csrf_token": ines.token, "champ": "0-2", "boite": "si", "si_mode": "lignes",
              "si_lignes.0.champ": "issue", "si_lignes.0.signe": "==", "si_lignes.0.valeur": "absent"},
    )  # fmt: skip
    assert said.json["ok"] is True
    assert "Ménage absent" in said.json["message"]
    later = ines.client.post(
        "/t/carene/atelier/formulaires/visite/verdict",
        data={
            "csrf_token": ines.token,
            "champ": "0-0",
            "boite": "si",
            "si_mode": "expression",
            "si": "duree > 3",
        },
    )
    assert later.json["ok"] is False
    assert "plus haut" in later.json["message"]
    elsewhere = ines.client.post(
        "/t/carene/atelier/formulaires/visite/verdict",
        data={
            "csrf_token": ines.token, "rubrique": "1", "boite": "si", "si_mode": "expression",
            "si": "duree > 3 and rendez_vous.inconnu == 1",
        },
    )  # fmt: skip
    assert elsewhere.json["ok"] is False
    assert "n'a pas de champ" in elsewhere.json["message"].replace("\u2019", "'")


def test_the_form_s_own_head_its_rules_and_its_buttons_are_kept(house):
    ines = Designer(house)
    page = ines.get("/visite").text
    typed = _without(_head(page), "faire") | {
        "titre": "Compte rendu", "regles.0.exige": "date is not None",
        "regles.0.message": "Indiquez le jour.", "regles.0.champs": "date", "agenda.date": "date",
        "agenda.titre": "Visite", "effort.minutes": "90",
    }  # fmt: skip
    assert ines.post("visite", "entete", **typed).status_code == 303
    tree = ines.tree("visite")
    assert tree["titre"] == "Compte rendu"
    assert tree["regles"] == [
        {"exige": "date is not None", "message": "Indiquez le jour.", "champs": ["date"]}
    ]
    assert tree["agenda"] == {"date": "date", "titre": "Visite"}
    assert tree["simulation"] == {"minutes": 90, "le": "rendez_vous.date"}
    step = "bpmn/visite.bpmn#realiser_visite"
    ines.post("visite", "verbe", **{"verbe.0": "Transmettre au pôle", "verbe.0.etape": step})
    assert "Transmettre au pôle" in ines.get("/visite").text
    with house.app.app_context(), build.serving("carene"):
        assert 'value="Transmettre au pôle"' in studio.read("bpmn/visite.bpmn").text
        db.session.remove()


def _head(page):
    form = next(item for item in lxml.html.fromstring(page).forms if "data-autosave" in item.attrib)
    return {name: value for name, value in form.form_values() if name not in {"csrf_token", "base"}}


def test_sections_come_move_and_go_with_their_fields(house):
    ines = Designer(house)
    keys = [field.get("cle") for part in ines.tree("visite")["rubriques"] for field in part["champs"]]
    ines.post("visite", "rubrique_ajouter", nouvelle_rubrique="Suites")
    last = len(ines.tree("visite")["rubriques"]) - 1
    typed = {
        "rubrique": str(last), "titre": "Les suites", "introduction": "", "si_mode": "lignes",
        "si_lignes.0.champ": "issue", "si_lignes.0.signe": "==", "si_lignes.0.valeur": "realisee",
    }  # fmt: skip
    ines.post("visite", f"rubrique:{last}", **typed)
    assert ines.tree("visite")["rubriques"][last] == {
        "titre": "Les suites", "si": 'issue == "realisee"', "champs": [],
    }  # fmt: skip
    ines.post("visite", f"rubrique_monter:{last}")
    ines.post("visite", "rubrique_retirer:0")
    tree = ines.tree("visite")
    assert sorted(map(str, keys)) == sorted(
        str(field.get("cle")) for part in tree["rubriques"] for field in part["champs"]
    )


def test_a_preview_shows_the_phone_s_page_with_made_up_answers_and_keeps_nothing(house):
    ines = Designer(house)
    before = ines.file("visite").digest
    empty = ines.get("/visite/apercu?reponses=vides").text
    assert 'data-champ="issue"' in empty
    assert "checked" not in empty.partition('data-champ="issue"')[2].partition("data-champ")[0]
    judged = ines.client.post(
        "/t/carene/atelier/formulaires/visite/apercu", data={"csrf_token": ines.token, "_action": "verifier"}
    )
    assert "error-summary" in judged.text
    grown = ines.client.post(
        "/t/carene/atelier/formulaires/visite/apercu",
        data={"csrf_token": ines.token, "issue": "realisee", "_action": "ajouter:isolation"},
    )
    assert 'name="isolation.0.partie"' in grown.text
    assert ines.file("visite").digest == before


def test_a_broken_form_is_opened_with_its_fault_and_never_lost(house):
    ines = Designer(house)
    for text in ("{", '{"champs": 3}', '{"id": "visite", "titre": "x", "champs": [{"type": "ovni"}]}'):
        with house.app.app_context(), build.serving("carene"):
            by = actors.actor_for(accounts.by_email(INES))
            studio.save("forms/visite.json", text, base=studio.read("forms/visite.json").digest, by=by)
            db.session.remove()
        for address in ("/visite", "/visite/apercu", "/visite?champ=0-0"):
            assert ines.get(address).status_code in {200, 404}, (text, address)
        assert "/formulaires/visite" in ines.get().text
        assert ines.post("visite", "monter:0-0").status_code in {303, 409, 422}
        assert ines.file("visite").text == text or '"ovni"' in text


def test_wrong_requests_are_refused_and_change_nothing(house):
    ines = Designer(house)
    before = ines.file("visite").digest
    step = "bpmn/visite.bpmn#realiser_visite"
    for faire, typed, status in (
        ("monter:9-9", {}, 409),
        ("monter:x", {}, 409),
        ("retirer", {"champ": "0-0-7"}, 409),
        ("champ", {}, 409),
        ("inconnu", {}, 404),
        ("ajouter", {"nouveau_libelle": "x", "nouveau_type": "ovni"}, 422),
        ("ajouter", {"nouveau_libelle": "", "nouveau_type": "texte"}, 422),
        ("ajouter:77", {"nouveau_libelle": "a"}, 409),
        ("type", {"champ": "0-0", "type": "ovni"}, 422),
        ("deplacer", {"champ": "0-0", "vers": "99-0"}, 409),
        ("option_monter:50", {"champ": "0-0"}, 409),
        ("rubrique:99", {"titre": "x"}, 409),
        ("verbe", {"verbe.0": "a" * 200, "verbe.0.etape": step}, 422),
        ("entete", {"titre": ""}, 422),
        ("champ", {"champ": "0-0", "libelle": ""}, 422),
    ):
        assert ines.post("visite", faire, **typed).status_code == status, (faire, typed)
    assert ines.file("visite").digest == before
    for address in ("/inconnu", "/../visite", "/visite?champ=99-0", "/visite?champ=abc"):
        assert ines.get(address).status_code == 404, address
    undo = {"csrf_token": ines.token, "version": "1"}
    assert ines.client.post("/t/carene/atelier/formulaires/visite/annuler", data=undo).status_code == 404
    assert ines.client.get("/t/pas-de-calais/atelier/formulaires/visite").status_code == 404
    assert (
        ines.client.post(
            "/t/pas-de-calais/atelier/formulaires/visite", data={"csrf_token": ines.token}
        ).status_code
        == 404
    )


def test_hostile_words_stay_words(house, tmp_path):
    """From the attacks: shown escaped, refused by the check, run by nobody."""
    ines = Designer(house)
    for mark in (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>{{ 7*7 }}',
        ATTACKS["templates"][0],
    ):
        assert ines.post("visite", "champ", champ="0-1", libelle=mark, aide=mark).status_code == 303
        for address in ("/visite?champ=0-1", "/visite/apercu"):
            page = ines.get(address).text
            assert "<script>alert(1)" not in page
            assert "<img src=x" not in page
            assert "{{ 7*7 }}" in page or "7*7" not in mark
    mark = tmp_path / "never"
    for attack in ATTACKS["attacks"]:
        text = attack.replace("{MARK}", str(mark))
        typed = {"champ": "0-2", "boite": "si", "si_mode": "expression", "si": text, "csrf_token": ines.token}
        said = ines.client.post("/t/carene/atelier/formulaires/visite/verdict", data=typed)
        assert said.json["ok"] is False, text
    for attack in ATTACKS["attacks"][:1]:
        text = attack.replace("{MARK}", str(mark))
        ines.post("visite", "champ", champ="0-2", si_mode="expression", si=text)
        page = ines.get("/visite?champ=0-2").text
        assert "form-editor__problem--error" in page, text
        assert ines.get("/visite/apercu").status_code == 200
    assert not mark.exists()
    for title in ("../../etc/passwd", "<b>Été</b>", "   "):
        answer = ines.client.post(
            "/t/carene/atelier/formulaires", data={"csrf_token": ines.token, "titre": title}
        )
        assert answer.status_code in {302, 422}
        assert "/.." not in (answer.location or "")


def test_who_may_not_change_the_programme_opens_and_posts_nothing(house):
    with house.app.app_context(), build.serving("carene"):
        build.a_user("ecorenove", name="Paul", email="paul@carene.invalid", password=PASSWORD)
        db.session.remove()
    ines = Designer(house)
    before = ines.file("visite").digest
    paul = house.as_("paul@carene.invalid")
    paul.get("/", follow_redirects=True)
    token = {
        "csrf_token": token_of(paul.get("/aide").text),
        "base": before,
        "faire": "monter:0-1",
        "version": "1",
    }
    for address in ("", "/visite", "/visite?champ=0-0", "/visite/apercu"):
        assert paul.get(f"/t/carene/atelier/formulaires{address}").status_code == 403, address
    for address in ("", "/visite", "/visite/apercu", "/visite/verdict", "/visite/annuler"):
        assert paul.post(f"/t/carene/atelier/formulaires{address}", data=token).status_code == 403, address
    assert ines.file("visite").digest == before
