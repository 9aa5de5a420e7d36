"""Lists people keep: named, shared with their team, changed by their owner alone."""

from uuid import uuid4

import pytest

from app.errors import Invalid, NotFound
from app.services import filters
from app.services.wanted import Wanted, read
from tests import build

LATE = Wanted(vue="equipe", commune="Besné", echeance="retard", tri="priorite")


@pytest.fixture
def anne(carene):
    return build.an_actor("ecorenove", name="Anne")


def names(actor):
    return [(one.name, one.owner) for one in filters.listed(actor)]


def test_a_list_is_kept_as_it_was_asked_for(anne):
    filters.save("  Retards   de Besné ", LATE, anne)
    (kept,) = filters.listed(anne)
    assert (kept.name, kept.wanted, kept.shared, kept.owner) == ("Retards de Besné", LATE, False, None)


def test_one_s_own_stay_one_s_own_until_shared_with_the_team(anne, carene):
    boris, paul = build.an_actor("ecorenove", name="Boris"), build.an_actor("technicien", name="Paul")
    one = filters.save("Retards", LATE, anne)
    assert names(boris) == []
    filters.change(one, anne, name="Retards du nord", shared=True)
    assert names(boris) == [("Retards du nord", "Anne")]
    assert names(paul) == []
    filters.save("Retards du nord", Wanted(), boris)
    assert names(boris) == [("Retards du nord", None), ("Retards du nord", "Anne")]


def test_only_its_owner_changes_or_deletes_it(anne, carene):
    boris = build.an_actor("ecorenove", name="Boris")
    one = filters.save("Retards", LATE, anne, shared=True)
    with pytest.raises(NotFound):
        filters.change(one, boris, name="À moi", shared=False)
    with pytest.raises(NotFound):
        filters.delete(one, boris)
    filters.delete(one, anne)
    with pytest.raises(NotFound):
        filters.delete(one, anne)
    assert names(boris) == []


@pytest.mark.parametrize("name", ["", "   ", "\n\t\0", "a" * 61, "é" * 10_000])
def test_a_name_is_one_short_line(anne, name):
    with pytest.raises(Invalid):
        filters.save(name, LATE, anne)
    assert names(anne) == []


def test_a_name_is_used_once(anne):
    filters.save("Retards", LATE, anne)
    with pytest.raises(filters.NameTaken, match="Retards"):
        filters.save("Retards", Wanted(), anne)
    other = filters.save("Suivi", Wanted(), anne)
    with pytest.raises(filters.NameTaken):
        filters.change(other, anne, name="Retards", shared=False)
    assert names(anne) == [("Retards", None), ("Suivi", None)]


def test_there_is_a_sensible_number_of_them(anne, monkeypatch):
    monkeypatch.setattr(filters, "MOST", 2)
    filters.save("Un", LATE, anne)
    filters.save("Deux", LATE, anne)
    with pytest.raises(Invalid):
        filters.save("Trois", LATE, anne)


def test_signs_in_a_name_stay_signs(anne):
    filters.save("<b>L'été</b> « 🙂 » %", LATE, anne)
    assert names(anne) == [("<b>L'été</b> « 🙂 » %", None)]


def test_a_list_of_another_territory_is_not_there(anne, tmp_path):
    one = filters.save("Retards", LATE, anne, shared=True)
    with build.serving("ailleurs", root=build.a_variant(tmp_path / "ailleurs", "ailleurs")):
        stranger = build.an_actor("ecorenove", name="Voisine")
        assert names(stranger) == []
        with pytest.raises(NotFound):
            filters.delete(one, stranger)


def test_an_address_that_means_nothing_asks_for_nothing():
    odd = {"vue": "x", "tri": "1;", "personne": "moi", "partenaire": "x", "echeance": "hier", "page": "-3"}
    assert read(odd) == Wanted()
    assert read({"page": "９９", "q": "a" * 10_000 + "\0"}).page == 1
    assert len(read({"q": "a" * 10_000}).q) == 200
    nobody = read({"personne": "aucune", "partenaire": str(uuid4())})
    assert (nobody.personne, bool(nobody.partenaire)) == ("aucune", True)
