"""The draft of a programme by its files: saved against what was seen, judged, remembered."""

import json
from datetime import timedelta

import pytest

from app import checker, clock
from app.database import transaction
from app.errors import BundleFault, Conflict, NotFound
from app.expressions import KNOWN_FUNCTIONS
from app.handlers import operations
from app.ids import new_id
from app.models import DraftChange
from app.services import releases, studio
from app.services.studio import function_words, past, verb_words
from tests import build

VISIT = "bpmn/visite.bpmn"
FORM = "forms/visite.json"


def ines(name="Inès Carrel", email="ines@carene.invalid"):
    return build.an_actor("conception", name=name) if email is None else the_person(name, email)


def the_person(name, email):
    from app.services import accounts, actors

    user = accounts.by_email(email) or build.a_user("conception", name=name, email=email)
    return actors.actor_for(user)


@pytest.fixture
def draft(carene):
    """CARENE's draft, begun by its designer."""
    by = ines()
    studio.opened(by)
    return by


def changed(name, old, new, by, base=None):
    file = studio.read(name)
    assert old in file.text
    return studio.save(name, file.text.replace(old, new, 1), base=base or file.digest, by=by)


def test_a_draft_begins_at_the_current_release_and_keeps_what_is_saved(draft):
    opened = studio.opened(draft)
    assert opened.based_on == 1
    assert dict(opened.files) == dict(releases.current().bundle.files)
    assert studio.bundle().fingerprint == releases.current().fingerprint
    before = studio.read(VISIT)
    assert (before.changed_by, before.changed_at) == (None, None)
    after = changed(VISIT, '"P21D"', '"P14D"', draft)
    assert after.digest != before.digest
    assert after.changed_by == "Inès Carrel"
    assert studio.bundle().fingerprint != releases.current().fingerprint
    assert studio.opened(draft).version == opened.version + 1
    again = studio.save(VISIT, after.text, base=before.digest, by=draft)  # the same text: no conflict
    assert again.digest == after.digest
    assert studio.opened(draft).version == opened.version + 1


def test_two_designers_never_overwrite_each_other_unseen(draft):
    seen = studio.read(VISIT)
    marc = ines("Marc Adam", "marc@carene.invalid")
    theirs = changed(VISIT, '"P21D"', '"P14D"', marc)
    with pytest.raises(studio.StaleFile) as refused:
        studio.save(VISIT, seen.text.replace('"P21D"', '"P30D"'), base=seen.digest, by=draft)
    assert refused.value.theirs is not None
    assert refused.value.theirs.digest == theirs.digest
    assert refused.value.who == "Marc Adam"
    assert "Marc Adam a changé ce fichier" in refused.value.sentence
    assert studio.read(VISIT).digest == theirs.digest
    studio.remove("messages/rappel_tache.txt", base=studio.read("messages/rappel_tache.txt").digest, by=marc)
    with pytest.raises(studio.StaleFile) as gone:
        studio.save("messages/rappel_tache.txt", "x", base="0" * 64, by=draft)
    assert gone.value.theirs is None
    with pytest.raises(studio.StaleFile):  # a new file whose name somebody just took
        studio.save(VISIT, "<definitions/>", base=None, by=draft)


REFUSED = [
    ("../secret.bpmn", "<a/>", "nom"),
    ("bpmn/../../etc/passwd", "x", "nom"),
    ("bpmn/Visite.bpmn", "<a/>", "nom"),
    ("bpmn/visite.bpmn.exe", "x", "nom"),
    ("documents/lettre.html\n", "x", "nom"),
    ("bpmn/bombe.bpmn", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "doctype"),
    ("bpmn/casse.bpmn", "<definitions><oubli>", "xml"),
    ("messages/long.txt", "a" * 2_000_001, "taille"),
    ("messages/nul.txt", "a\0b", "texte"),
    ("messages/demi.txt", "a\ud800", "texte"),
]


def test_what_must_not_be_stored_is_refused_in_a_sentence_and_journalled(draft):
    before = studio.opened(draft)
    for name, text, kind in REFUSED:
        with pytest.raises(BundleFault) as refused:
            studio.save(name, text, base=None, by=draft)
        assert refused.value.sentence.endswith("."), name
        line = build.the_journal("atelier.refuse")[-1]
        assert (line.details["genre"], line.user_id) == (kind, draft.user_id), name
        assert ".." not in line.details["fichier"]
    after = studio.opened(draft)
    assert (after.version, dict(after.files)) == (before.version, dict(before.files))
    assert len(build.the_journal("atelier.refuse")) == len(REFUSED)


def test_a_file_with_faults_of_sense_is_kept_and_told_with_its_element(draft):
    assert studio.problems() == []
    form = studio.read(FORM)
    studio.save(FORM, "{ ce n'est pas du JSON", base=form.digest, by=draft)
    told = studio.problems()
    assert any(problem.path == FORM and problem.code == "not-json" for problem in told)
    with pytest.raises(BundleFault):
        studio.bundle()
    studio.restore(FORM, studio.history(FORM)[0].id, base=studio.read(FORM).digest, by=draft)
    assert studio.problems() == []
    unsaved = studio.read(VISIT).text.replace('"P21D"', "P21D")
    faulty = studio.problems({VISIT: unsaved})
    assert any(problem.path == VISIT and problem.element for problem in faulty)
    assert studio.problems() == []  # nothing was stored
    with pytest.raises(BundleFault):
        studio.problems({"../x.bpmn": "<a/>"})


def test_the_same_draft_is_judged_once(draft, monkeypatch):
    new = f"{studio.read(VISIT).text}<!-- {new_id()} -->"
    studio.problems({VISIT: new})
    asked = []
    monkeypatch.setattr(checker, "judge", lambda *_a, **_k: asked.append(1) or [])
    assert studio.problems({VISIT: new}) == []
    assert asked == []
    studio.problems({VISIT: f"{new} "})
    assert asked == [1]


def test_the_history_tells_sittings_and_takes_each_back(draft):
    first = studio.read(VISIT)
    changed(VISIT, '"P21D"', '"P14D"', draft)
    changed(VISIT, '"P14D"', '"P15D"', draft)  # the same sitting
    (kept,) = studio.history(VISIT)
    assert (kept.before, kept.by, kept.after) == (first.text, "Inès Carrel", studio.read(VISIT).digest)
    with clock.at(clock.now() + past.SITTING + timedelta(minutes=1)):
        middle = studio.read(VISIT)
        changed(VISIT, '"P15D"', '"P16D"', draft)
        assert [one.before for one in studio.history(VISIT)] == [middle.text, first.text]
        with pytest.raises(studio.StaleFile):
            studio.restore(VISIT, kept.id, base=middle.digest, by=draft)
        studio.restore(VISIT, kept.id, base=studio.read(VISIT).digest, by=draft)
    assert studio.read(VISIT).digest == first.digest
    assert studio.bundle().fingerprint == releases.current().fingerprint
    with pytest.raises(NotFound):
        studio.restore("bpmn/tri.bpmn", kept.id, base=None, by=draft)


def test_a_file_keeps_only_so_many_states(draft):
    name = "messages/rappel_tache.txt"
    with transaction() as session:
        for number in range(past.MOST + 5):
            at = clock.now() - timedelta(days=100 - number)
            session.add(
                DraftChange(
                    name=name,
                    before=f"état {number}",
                    after="0" * 64,
                    version=1,
                    by="Avant",
                    began_at=at,
                    at=at,
                )
            )
    changed(name, "\n", "\n\n", draft)
    states = studio.history(name)
    assert len(states) == past.MOST
    assert states[-1].before == "état 6"


def test_a_form_renamed_keeps_its_id_in_step_and_a_taken_name_is_refused(draft):
    form = studio.read(FORM)
    moved = studio.rename(FORM, "forms/visite_bis.json", base=form.digest, by=draft)
    assert json.loads(moved.text) == {**json.loads(form.text), "id": "visite_bis"}
    assert {problem.code for problem in studio.problems()} >= {"unknown-form"}
    with pytest.raises(NotFound):
        studio.read(FORM)
    for taken, family in (("forms/analyse.json", Conflict), ("bpmn/visite_bis.bpmn", BundleFault)):
        with pytest.raises(family):
            studio.rename("forms/visite_bis.json", taken, base=moved.digest, by=draft)
    with pytest.raises(BundleFault):
        studio.rename("territoire.toml", "autre.toml", base=studio.read("territoire.toml").digest, by=draft)
    with pytest.raises(BundleFault):
        studio.remove("territoire.toml", base=studio.read("territoire.toml").digest, by=draft)


def test_a_draft_is_replaced_whole_or_not_at_all(draft):
    opened = studio.opened(draft)
    wanted = {**opened.files, VISIT: opened.files[VISIT].replace(b'"P21D"', b'"P10D"')}
    del wanted["messages/rappel_tache.txt"]
    with pytest.raises(BundleFault):
        studio.replace(
            {**wanted, "bpmn/x.bpmn": b"<!DOCTYPE a><a/>"}, expected=opened.version, by=draft, reason="x"
        )
    with pytest.raises(Conflict):
        studio.replace(wanted, expected=opened.version + 1, by=draft, reason="x")
    assert dict(studio.opened(draft).files) == dict(opened.files)
    studio.replace(wanted, expected=opened.version, by=draft, reason="Repris d'ailleurs.")
    assert dict(studio.opened(draft).files) == wanted
    assert studio.history(VISIT)[0].reason == "Repris d'ailleurs."
    assert studio.history("messages/rappel_tache.txt")[0].after is None


def test_people_at_work_on_a_file_see_each_other_for_a_minute(draft):
    marc = ines("Marc Adam", "marc@carene.invalid")
    assert studio.present(VISIT, draft) == []
    (seen,) = studio.present(VISIT, marc)
    assert (seen.who, seen.file) == ("Inès Carrel", VISIT)
    assert studio.present("bpmn/tri.bpmn", marc) == []
    with clock.at(clock.now() + timedelta(seconds=61)):
        assert studio.present(VISIT, marc) == []
    with clock.at(clock.now() + timedelta(hours=2)):
        studio.present(FORM, marc)
        assert [one.who for one in studio.at_work()] == ["Marc Adam"]


def test_the_vocabulary_names_what_a_designer_may_use_and_bears_broken_files(draft):
    words = studio.vocabulary()
    json.dumps(words)
    notify = next(verb for verb in words["verbs"] if verb["name"] == "notifier")
    message = notify["parameters"][0]
    assert message["label"] == "Message"
    assert {"value": "rappel_tache", "label": "rappel_tache"} in message["choices"]
    visit = next(form for form in words["forms"] if form["id"] == "visite")
    assert next(field for field in visit["fields"] if field["key"] == "issue")["class"] == "technique"
    issue = next(variable for variable in words["variables"] if variable["name"] == "visite.issue")
    assert issue["conditions"]
    assert {"id": "visite", "name": "Visite à domicile", "file": VISIT} in words["processes"]
    assert {"name": "pole_regle"} in words["messages"]
    studio.save(FORM, "{", base=studio.read(FORM).digest, by=draft)
    settings = studio.read("territoire.toml")
    studio.save("territoire.toml", "code = ", base=settings.digest, by=draft)
    broken = studio.vocabulary()
    assert "visite" not in {form["id"] for form in broken["forms"]}
    assert broken["lanes"] == []
    assert len(broken["processes"]) == len(words["processes"])


def test_each_parameter_and_each_function_has_its_words():
    missing = {
        (verb, name)
        for verb, operation in operations().items()
        for name in operation.schema.fields
        if (verb, name) not in verb_words.OF_VERBS and name not in verb_words.PARAMETERS
    }
    assert missing == set()
    assert set(function_words.WORDS) == set(KNOWN_FUNCTIONS)
    assert set(verb_words.RESULTS) <= set(operations())


def test_the_first_page_says_what_changed_what_is_wrong_and_who_is_there(draft):
    marc = ines("Marc Adam", "marc@carene.invalid")
    changed(FORM, "{", "{ ", draft)  # white space is no change
    changed(VISIT, '"P21D"', "P21D", draft)
    studio.remove("messages/rappel_tache.txt", base=studio.read("messages/rappel_tache.txt").digest, by=draft)
    studio.save("messages/nouveau.txt", "Bonjour\n\nUn mot.", base=None, by=draft)
    studio.present(VISIT, marc)
    states = {state.name: state for state in studio.states(studio.problems(), studio.at_work(draft))}
    visit = states[VISIT]
    assert (visit.movement, visit.title, visit.who) == ("changed", "Visite à domicile", ("Marc Adam",))
    assert visit.errors > 0
    assert states[FORM].movement is None
    assert states[FORM].changed_by == "Inès Carrel"
    assert states["messages/rappel_tache.txt"].movement == "removed"
    assert states["messages/nouveau.txt"].movement == "added"
    assert states["territoire.toml"].title == "Réglages du territoire"


def test_a_draft_that_nobody_changed_follows_the_next_release(draft):
    files = dict(releases.current().bundle.files)
    from app.catalog.bundle import bundle_from_files

    bundle = bundle_from_files({**files, VISIT: files[VISIT].replace(b'"P21D"', b'"P14D"')})
    releases.publish(bundle, note="Quatorze jours")
    assert studio.opened(draft).based_on == 2
    assert studio.bundle().fingerprint == bundle.fingerprint
