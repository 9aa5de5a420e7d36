"""Who writes the programme does not widen, alone, who reads what (LAW-1)."""

import pytest

from app.catalog.bundle import bundle_from_files
from app.errors import Conflict
from app.ids import new_id
from app.publishing import freezing, publications
from app.services import actors, release_rights, releases, studio
from app.services.release_rights import WidensRights, widened
from tests import build

TECHNICIAN = """droits = ["dossiers.voir", "taches.traiter"]
collecte = ["technique", "social"]
lecture = ["technique"]"""
NEW_ROLE = """[roles.neuf]
libelle = "Neuf"
droits = ["dossiers.voir"]
collecte = []
lecture = ["secret"]

[roles.technicien]"""
WIDENINGS = {
    "a right more": ("territoire.toml", TECHNICIAN, TECHNICIAN.replace('"taches', '"revue.voir", "taches')),
    "a class read": ("territoire.toml", TECHNICIAN, f"{TECHNICIAN[:-1]}, \"secret\"]"),
    "a lane to another role": (
        "territoire.toml", 'libelle = "Technicien conseil"\nroles = ["technicien"]',
        'libelle = "Technicien conseil"\nroles = ["technicien", "donneur_alerte"]',
    ),
    "a partner told more": ("territoire.toml", 'recoit = ["technique"]', 'recoit = ["technique", "social"]'),
    "an answer less protected": ("forms/signalement.json", '"classe": "social"', '"classe": "technique"'),
}  # fmt: skip
HARMLESS = {
    "a label": ("territoire.toml", 'libelle = "Technicien conseil"', 'libelle = "Conseiller technique"'),
    "a right less": ("territoire.toml", TECHNICIAN, TECHNICIAN.replace('"dossiers.voir", ', "")),
    "a delay": ("bpmn/visite.bpmn", '"P21D"', '"P14D"'),
    "a role that nobody has": ("territoire.toml", "[roles.technicien]", NEW_ROLE),
}  # fmt: skip


def bundle_with(change):
    name, old, new = change
    files = dict(releases.current().bundle.files)
    assert old in files[name].decode(), name
    files[name] = files[name].decode().replace(old, new, 1).encode()
    return bundle_from_files(files)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("change", WIDENINGS.values(), ids=WIDENINGS)
def test_what_opens_rights_is_told_and_kept_for_an_administrator(carene, change):
    after = bundle_with(change)
    assert list(widened(releases.current().bundle, after))
    with pytest.raises(WidensRights) as told:
        release_rights.require(after, build.an_actor("conception"))
    assert told.value.sentence.startswith("Cette version ouvre de nouveaux droits (")
    release_rights.require(after, build.an_actor("conception", "administration"))


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_opens_nothing_is_a_designers_to_publish(carene, change):
    after = bundle_with(change)
    assert list(widened(releases.current().bundle, after)) == []
    release_rights.require(after, build.an_actor("conception"))


def test_a_designer_cannot_give_herself_what_she_may_not_read(carene):
    ines = actors.actor_for(build.a_user("conception", name="Inès", email="ines@carene.invalid"))
    studio.opened(ines)
    file = studio.read("territoire.toml")
    at = file.text.index("[roles.conception]")
    text = file.text[:at] + file.text[at:].replace(
        "lecture = []", 'lecture = ["technique", "social", "secret"]', 1
    )
    studio.save(file.name, text, base=file.digest, by=ines)
    draft = studio.opened(ines)
    with pytest.raises(WidensRights):
        publications.start(new_id(), version=draft.version, note="À moi", by=ines)
    assert publications.under_way() is None
    assert releases.newest().number == 1


def test_going_back_to_wider_rights_is_an_administrators_too(carene):
    wider, first = bundle_with(WIDENINGS["a class read"]), releases.current().bundle
    releases.publish(wider, note="Plus large")
    releases.publish(first, note="Comme avant")
    with pytest.raises(Conflict):
        freezing.roll_back(2, note="Encore", by=build.an_actor("conception"))
    release = freezing.roll_back(2, note="Encore", by=build.an_actor("administration"))
    assert release.number == 4
