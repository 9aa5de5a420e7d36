"""Addresses from a sheet: every row is judged first, the good ones are loaded once confirmed (CAR-5)."""

import csv
import io
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app import tenancy
from app.catalog.sheets import SheetRefused
from app.database import db, end_read
from app.errors import Conflict, NotFound
from app.models import SheetPreview, Target
from app.services import campaign_imports
from app.services.campaign_imports import PreviewChanged, PreviewOver
from tests import build
from tests.campaign_house import COORDINATOR, SHEET, a_campaign, close, load, opened, the_round, to_the_field

pytestmark = pytest.mark.usefixtures("carene")


def by():
    return build.an_actor(COORDINATOR)


def sent(campaign_id, text, name="cibles.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return campaign_imports.send(campaign_id, content, name, by=by())


def how_many(campaign_id):
    end_read()
    return db.session.scalar(select(func.count()).where(Target.campaign_id == campaign_id))


def reasons(campaign_id, rows, head="Adresse;Complément;Code postal;Commune;Code INSEE;Tournée;Ordre"):
    shown = campaign_imports.show(campaign_id, sent(campaign_id, "\n".join([head, *rows]) + "\n"))
    return {one.number: " ".join(one.reasons) for one in shown.judged.refused}


FAULTS = {
    ";;44600;Saint-Nazaire;;;": "adresse manque",
    "12;;44600;Saint-Nazaire;;;": "n'est pas une adresse",
    "=HYPERLINK(1);;44600;Saint-Nazaire;;;": "formule",
    f"1 rue {'très ' * 30}longue;;44600;Saint-Nazaire;;;": "dépasse 120 signes",
    f"1 rue A;{'x' * 90};44600;Saint-Nazaire;;;": "complément dépasse",
    "1 rue Alpha;;;;;;": "commune manque",
    "1 rue Beta;;44550;;;;": "Montoir-de-Bretagne et Saint-Malo-de-Guersac",
    "1 rue Gamma;;35000;;;;": "pas dans le territoire",
    "1 rue Delta;;;Rennes;;;": "n'est pas une commune du territoire",
    "1 rue Epsilon;;;;35238;;": "code INSEE 35238",
    "1 rue Zeta;;;Besné;44184;;": "est celui de Saint-Nazaire, pas de Besné",
    "1 rue Eta;;44600;Besné;;;": "n'est pas celui de Besné",
    "1 rue Theta;;446;Besné;;;": "cinq chiffres",
    "1 rue Iota;;44410;La Chapelle-des-Marais;;;": "périmètre",
    "1 rue Kappa;;44600;Saint-Nazaire;;%%%;": "nom de tournée",
    f"1 rue Lambda;;44600;Saint-Nazaire;;{'T' * 50};": "tournée dépasse",
    "1 rue Mu;;44600;Saint-Nazaire;;;abc": "nombre entier",
    "1 rue Nu;Mme Le Goff;44600;Saint-Nazaire;;;": "Un nom, un téléphone",
    "1 rue Xi;06 12 34 56 78;44600;Saint-Nazaire;;;": "Un nom, un téléphone",
    "1 rue Omicron;;44600;Saint-Nazaire;;;;trop": "cellule de trop",
}


def test_each_kind_of_fault_is_told_by_its_line_with_what_to_do():
    campaign_id = a_campaign(sheet=None, perimetre=["44184", "44013"])
    found = reasons(campaign_id, list(FAULTS))
    assert sorted(found) == list(range(2, len(FAULTS) + 2))
    for number, (row, words) in enumerate(FAULTS.items(), 2):
        assert words in found[number], (row, found[number])


def test_doors_that_are_known_already_are_told_apart_from_new_ones():
    build.an_alert()  # 12 rue du Croisic, Saint-Nazaire: somebody is accompanied there
    campaign_id = a_campaign()
    found = reasons(
        campaign_id,
        [
            "2, RUE DES LILAS;;44600;Saint-Nazaire;;;",
            "8 r. des Lilas;;44600;St-Nazaire;;;",
            "8 rue des lilas;;44600;Saint-Nazaire;;;",
            "8 rue des lilas;Appt 2;44600;Saint-Nazaire;;;",
            "12 rue du Croisic;;44600;Saint-Nazaire;;;",
        ],
    )
    assert "déjà une cible de « Hiver 2026 »" in found[2]
    assert "déjà à la ligne 3" in found[4]
    assert "dossier est déjà ouvert" in found[6]
    assert set(found) == {2, 4, 6}


def test_two_thousand_addresses_with_forty_faults_load_the_rest_only_when_confirmed():
    campaign_id = a_campaign(sheet=None, perimetre=["44184", "44013"])
    rows = [
        f"{number} avenue de la République;;44600;Saint-Nazaire;;T{number // 40};"
        for number in range(1, 2001)
    ]
    planted = {}
    for turn in range(2):
        for place, (row, words) in enumerate(FAULTS.items()):
            line = 7 + turn * 1000 + place * 41
            rows[line - 2] = row
            planted[line] = words
    head = "Adresse;Complément;Code postal;Commune;Code INSEE;Tournée;Ordre"
    preview_id = sent(campaign_id, "\r\n".join([head, *rows]).encode("cp1252"))
    shown = campaign_imports.show(campaign_id, preview_id)
    found = {one.number: " ".join(one.reasons) for one in shown.judged.refused}
    assert len(planted) == 40
    assert set(found) == set(planted)
    assert all(words in found[line] for line, words in planted.items())
    assert how_many(campaign_id) == 0
    assert campaign_imports.load(campaign_id, preview_id, shown.seen, by=by()) == 1960
    assert how_many(campaign_id) == 1960


def test_refused_rows_come_back_mended_and_only_what_is_new_is_added():
    campaign_id = a_campaign(sheet=None)
    text = SHEET + "9 rue Sans Ville;;;;Tournée 2\n"
    preview_id = sent(campaign_id, text)
    shown = campaign_imports.show(campaign_id, preview_id)
    campaign_imports.load(campaign_id, preview_id, shown.seen, by=by())
    headers, rows = campaign_imports.refused_table(campaign_imports.show(campaign_id, preview_id))
    assert headers[-2:] == ["Ligne du fichier", "À corriger"]
    assert rows[0][0] == "9 rue Sans Ville"
    assert rows[0][-2] == "6"
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([headers, [*rows[0][:3], "Trignac", *rows[0][4:]]])
    assert load(campaign_id, out.getvalue().encode()) == 1
    assert load(campaign_id, text.replace(";;;;Tournée 2", ";;;Trignac;Tournée 2").encode()) == 0
    assert how_many(campaign_id) == 5


def test_columns_are_guessed_changed_by_hand_and_remembered():
    campaign_id = a_campaign(sheet=None)
    text = "No;Lieu;Ville\n12;rue du Port;Donges\n"
    preview_id = sent(campaign_id, text)
    assert campaign_imports.show(campaign_id, preview_id).row.mapping == {"numero": "No", "commune": "Ville"}
    wanted = {
        "numero": "No",
        "adresse": "Lieu",
        "commune": "Ville",
        "cp": "Ville",
        "secret": "Lieu",
        "ordre": "X",
    }
    campaign_imports.match(campaign_id, preview_id, wanted)
    shown = campaign_imports.show(campaign_id, preview_id)
    assert shown.row.mapping == {"numero": "No", "adresse": "Lieu", "commune": "Ville"}
    assert shown.judged.doors[0].address == "12 rue du Port"
    campaign_imports.load(campaign_id, preview_id, shown.seen, by=by())
    again = campaign_imports.show(campaign_id, sent(campaign_id, text))
    assert again.row.mapping["adresse"] == "Lieu"


def test_what_was_not_seen_is_not_loaded():
    campaign_id = a_campaign(sheet=None)
    first, second = sent(campaign_id, SHEET), sent(campaign_id, SHEET)
    seen = campaign_imports.show(campaign_id, first).seen
    other = campaign_imports.show(campaign_id, second).seen
    campaign_imports.load(campaign_id, first, seen, by=by())
    with pytest.raises(PreviewChanged, match="Rien n'a été chargé"):  # the same doors came in meanwhile
        campaign_imports.load(campaign_id, second, other, by=by())
    with pytest.raises(PreviewChanged):  # a double click
        campaign_imports.load(campaign_id, first, seen, by=by())
    with pytest.raises(Conflict):
        campaign_imports.match(campaign_id, first, {})
    assert how_many(campaign_id) == 4


def test_a_preview_ends_after_a_few_hours_or_when_it_is_given_up():
    campaign_id = a_campaign(sheet=None)
    late, given_up = sent(campaign_id, SHEET), sent(campaign_id, SHEET)
    campaign_imports.give_up(campaign_id, given_up)
    campaign_imports.give_up(campaign_id, given_up)
    with pytest.raises(PreviewOver):
        campaign_imports.show(campaign_id, given_up)
    with build.later(hours=5):
        with pytest.raises(PreviewOver, match="Envoyez de nouveau"):
            campaign_imports.load(campaign_id, late, "x", by=by())
        build.pump()
        assert db.session.scalars(select(SheetPreview)).all() == []


def test_another_campaign_s_or_territory_s_preview_does_not_exist(tmp_path):
    mine, other = a_campaign(sheet=None), a_campaign(sheet=None)
    preview_id = sent(mine, SHEET)
    with pytest.raises(PreviewOver):
        campaign_imports.show(other, preview_id)
    with pytest.raises(NotFound):
        sent(uuid4(), SHEET)
    root = build.a_variant(tmp_path / "v", "marais")
    neighbour = build.a_territory("marais", root=root).id
    who = by()
    with tenancy.serving(neighbour), pytest.raises(NotFound):
        campaign_imports.load(mine, preview_id, "x", by=who)


def test_a_round_that_has_left_takes_no_more_doors_and_a_closed_campaign_none():
    campaign_id = a_campaign(field=True)
    opened(campaign_id)
    assert "déjà partie" in reasons(campaign_id, ["99 rue Neuve;;44600;Saint-Nazaire;;tournée 1;"])[2]
    assert the_round(campaign_id, "Tournée 2").status == "prete"
    close(campaign_id)
    with pytest.raises(Conflict):
        sent(campaign_id, SHEET)
    with pytest.raises(SheetRefused, match="vide"):
        sent(a_campaign(sheet=None), "")


def test_the_convention_comes_before_the_field():
    from app.services import campaigns

    campaign_id = a_campaign()
    row = the_round(campaign_id).id
    with pytest.raises(campaigns.NotInField, match="convention"):
        campaigns.open_round(campaign_id, row, by=by())
    to_the_field()
    assert len(campaigns.open_round(campaign_id, row, by=by())) == 14
