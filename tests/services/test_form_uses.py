"""Where a form is used, the same under another key, and the draft that keeps both (SQLite and PostgreSQL)."""

import functools

import pytest

from app.catalog import form_edits, form_text
from app.catalog.bundle import bundle_from_text, resolve
from app.checker import check_files
from app.config import ROOT
from app.errors import BundleFault, NotFound
from app.services import accounts, actors, form_drafts, form_preview, form_uses, studio
from app.services.form_drafts import CannotUndo
from app.services.studio import StaleFile
from tests import build


@functools.cache
def bundle(code="carene"):
    return resolve(ROOT, code)


def seen(code, form, field=None):
    """Kind, file and element of each use."""
    return {(use.kind, use.file, use.element) for use in form_uses.uses(bundle(code), form, field)}


def test_a_field_is_found_wherever_a_programme_names_it():
    assert seen("carene", "visite", "issue") >= {
        ("etape", "bpmn/visite.bpmn", "realiser_visite"),
        ("condition", "bpmn/accompagnement.bpmn", "visite_faite_vers_valider"),
        ("operation", "bpmn/accompagnement.bpmn", "clore_sans_visite"),
        ("indicateur", "indicateurs.toml", "visites"),
    }
    assert ("document", "documents/guide_menage.html", "gestes") in seen("carene", "visite", "gestes")
    assert ("formulaire", "forms/diagnostic.json", "indecence") in seen("carene", "visite", "indecence")
    assert ("indicateur", "indicateurs.toml", "kits") in seen("carene", "visite", "kit.quantite")
    assert ("decision", "dmn/criteres.dmn", "criteres") in seen("pas-de-calais", "saisine", "statut")
    assert ("frequence", "bpmn/mesure.bpmn", "accompagner") in {
        (use.kind, use.file, "accompagner")
        for use in form_uses.uses(bundle("pas-de-calais"), "visite_mesure", "issue")
    }
    assert ("reglage", "territoire.toml", "campagne") in seen("carene", "questionnaire_facteur", "present")
    assert ("reglage", "territoire.toml", "dossier") in seen("carene", "signalement")
    assert ("etape", "bpmn/revue.bpmn", "tenir_revue") in seen("carene", "revue", "situations")
    assert seen("carene", "visite", "remarque") == set()


def test_each_use_says_itself_in_a_french_sentence():
    for code in ("carene", "pas-de-calais"):
        for form in sorted(bundle(code).forms)[::12]:
            for use in form_uses.uses(bundle(code), form):
                assert use.sentence.endswith("."), use
                assert use.label


def test_files_that_cannot_be_read_say_nothing_and_stop_nobody():
    files = bundle().as_text() | {
        "bpmn/visite.bpmn": "<", "dmn/triage.dmn": "x", "forms/diagnostic.json": "{",
        "indicateurs.toml": "= =", "territoire.toml": "[",
        "documents/guide_menage.html": "{{ reponses.visite.gestes",
    }  # fmt: skip
    assert {use.file for use in form_uses.uses_in(files, "visite", "issue")} == {"bpmn/accompagnement.bpmn"}


SAMPLE = (
    ("carene", "questionnaire_facteur", "present"), ("carene", "revue", "situations"),
    ("pas-de-calais", "saisine", "statut"), ("pas-de-calais", "visite_mesure", "date"),
)  # fmt: skip


@pytest.mark.parametrize(("code", "form", "key"), SAMPLE)
def test_a_new_key_written_everywhere_leaves_a_programme_without_fault(code, form, key):
    files = bundle(code).as_text()
    own = f"forms/{form}.json"
    tree = form_text.read(files[own]).tree
    told = form_uses.rename(files, form, form_edits.place_of_key(tree, key), "cle_toute_neuve")
    after = {**files, **told.files}
    assert told.by_hand == ()
    assert told.followed
    assert [(use.kind, use.file) for use in told.followed] == [
        (use.kind, use.file) for use in form_uses.uses_in(after, form, "cle_toute_neuve")
    ]
    assert form_uses.uses_in(after, form, key) == []
    faults = check_files({name: text.encode() for name, text in after.items()})
    assert [problem for problem in faults if problem.severity == "error"] == []
    place = form_edits.place_of_key(form_text.read(after[own]).tree, "cle_toute_neuve")
    back = {**after, **form_uses.rename(after, form, place, key).files}
    assert {**back, own: ""} == {**files, own: ""}  # not a sign elsewhere has moved
    assert form_text.same(form_text.read(back[own]).tree, tree)


def test_a_column_follows_its_table():
    files = bundle().as_text()
    tree = form_text.read(files["forms/visite.json"]).tree
    told = form_uses.rename(files, "visite", form_edits.place_of_key(tree, "quantite", "kit"), "nombre_remis")
    assert 'valeur = "ligne.nombre_remis * ligne.cout"' in told.files["indicateurs.toml"]
    after = bundle_from_text({**files, **told.files})
    assert [problem for problem in check_files(after.files) if problem.severity == "error"] == []


def test_an_answer_kept_under_its_bare_name_is_left_to_the_hand():
    files = bundle().as_text()
    tree = form_text.read(files["forms/communication.json"]).tree
    told = form_uses.rename(files, "communication", form_edits.place_of_key(tree, "date_diffusion"), "jour")
    assert [use.element for use in told.by_hand] == ["preparer_communication"]
    assert "à la main" in told.by_hand[0].sentence or "dans le diagramme" in told.by_hand[0].sentence


def test_people_s_words_in_a_diagram_do_not_follow_a_key():
    text = (
        '<d:definitions xmlns:d="http://www.omg.org/spec/BPMN/20100524/MODEL"><d:process id="p">'
        "<!-- visite.issue --><d:documentation>Voir visite.issue.</d:documentation>"
        '<d:sequenceFlow id="f" sourceRef="a" targetRef="b"><d:conditionExpression>visite.issue == "x" and '
        "visite.issue_b and revisite.issue</d:conditionExpression></d:sequenceFlow>"
        "</d:process></d:definitions>"
    )
    files = {"forms/visite.json": '{"champs": [{"cle": "issue"}]}', "bpmn/a.bpmn": text}
    told = form_uses.rename(files, "visite", (0, 0), "fin").files["bpmn/a.bpmn"]
    assert told == text.replace("<d:conditionExpression>visite.issue", "<d:conditionExpression>visite.fin")


def test_a_change_of_class_says_who_gains_and_who_loses():
    said = " ".join(form_uses.class_change(bundle().settings, "technique", "social"))
    assert "Ne la liront plus : Conseiller ÉCORÉNOVE" in said
    assert "condition du parcours" in said
    back = " ".join(form_uses.class_change(bundle().settings, "social", "technique"))
    assert "La liront désormais" in back
    assert form_uses.class_change(bundle().settings, "secret", "secret") == []


def test_the_words_of_a_button_change_and_nothing_else_of_the_diagram():
    files = bundle().as_text()
    (verb,) = form_uses.verbs(files, "visite")
    assert verb.words == "Enregistrer la visite"
    text = files[verb.file]
    assert form_uses.with_verb(text, verb.element, verb.words) == text
    hostile = 'Envoyer "à" <b> & \\1'
    told = form_uses.with_verb(text, verb.element, hostile)
    assert form_uses.verbs({**files, verb.file: told}, "visite")[0].words == hostile
    without = form_uses.with_verb(text, verb.element, "")
    assert form_uses.verbs({**files, verb.file: without}, "visite")[0].words == ""
    assert "Enregistrer la visite" not in without
    again = form_uses.with_verb(without, verb.element, "Enregistrer la visite")
    assert form_uses.verbs({**files, verb.file: again}, "visite")[0].words == "Enregistrer la visite"


# The draft


@pytest.fixture
def ines(carene):
    """CARENE's designer, the draft begun."""
    return person("Inès Carrel", "ines@carene.invalid")


def person(name, email):
    by = actors.actor_for(accounts.by_email(email) or build.a_user("conception", name=name, email=email))
    studio.opened(by)
    return by


def place(edited, key):
    return form_edits.place_of_key(edited.tree, key)


def test_a_key_changes_everywhere_at_once_and_comes_back_at_once(ines):
    edited = form_drafts.opened("visite", ines)
    before = studio.bundle().fingerprint
    version = form_drafts.rename(
        edited, place(edited, "issue"), "resultat", everywhere=True, base=edited.file.digest, by=ines
    )
    assert "visite.resultat" in studio.read("bpmn/visite.bpmn").text
    assert [problem for problem in studio.problems() if problem.severity == "error"] == []
    assert {row.reason for row in studio.history("indicateurs.toml")} == {
        "« visite.issue » devient « visite.resultat »."
    }
    restored = form_drafts.undo(version, ines)
    assert set(restored) >= {"forms/visite.json", "bpmn/visite.bpmn", "indicateurs.toml"}
    assert studio.bundle().fingerprint == before
    with pytest.raises(CannotUndo):
        form_drafts.undo(version, ines)


def test_what_was_changed_since_is_not_undone(ines):
    edited = form_drafts.opened("visite", ines)
    version = form_drafts.rename(
        edited, place(edited, "issue"), "resultat", everywhere=True, base=edited.file.digest, by=ines
    )
    file = studio.read("bpmn/visite.bpmn")
    studio.save(file.name, file.text.replace("P21D", "P14D"), base=file.digest, by=ines)
    with pytest.raises(CannotUndo, match=r"bpmn/visite\.bpmn"):
        form_drafts.undo(version, ines)
    assert "visite.resultat" in studio.read("bpmn/accompagnement.bpmn").text


def test_nobody_undoes_what_somebody_else_did(ines):
    edited = form_drafts.opened("visite", ines)
    tree = form_edits.remove(edited.tree, place(edited, "duree"))
    version = form_drafts.keep(edited, tree, base=edited.file.digest, by=ines, reason="Retiré.")
    with pytest.raises(NotFound):
        form_drafts.undo(version, person("Marc Adam", "marc@carene.invalid"))


def test_somebody_else_s_save_is_not_overwritten(ines):
    edited = form_drafts.opened("visite", ines)
    marc = person("Marc Adam", "marc@carene.invalid")
    theirs = form_edits.change(edited.tree, {"titre": "Visite du logement"})
    form_drafts.keep(edited, theirs, base=edited.file.digest, by=marc)
    with pytest.raises(StaleFile) as fault:
        form_drafts.keep(
            edited, form_edits.change(edited.tree, {"titre": "X"}), base=edited.file.digest, by=ines
        )
    assert fault.value.who == "Marc Adam"
    assert form_drafts.opened("visite", ines).title == "Visite du logement"


def test_keeping_the_same_form_keeps_nothing(ines):
    edited = form_drafts.opened("visite", ines)
    assert form_drafts.keep(edited, edited.tree, base="no longer", by=ines) is None
    assert studio.history("forms/visite.json") == []


def test_a_form_is_begun_blank_or_copied(ines):
    form_drafts.create("bilan_interne", "Bilan interne", copied=None, by=ines)
    form_drafts.create("visite_courte", "Visite courte", copied="visite", by=ines)
    assert form_drafts.opened("visite_courte", ines).compiled().id == "visite_courte"
    assert form_drafts.opened("bilan_interne", ines).compiled().title == "Bilan interne"
    with pytest.raises(Exception, match="existe déjà"):
        form_drafts.create("visite", "Visite", copied=None, by=ines)
    with pytest.raises(NotFound):
        form_drafts.create("autre", "Autre", copied="../../secret", by=ines)
    with pytest.raises(BundleFault):
        form_drafts.create("../secret", "Autre", copied=None, by=ines)


def test_every_form_can_be_shown_before_anybody_fills_it(ines):
    for form in [*sorted(bundle().forms)[::6], "visite", "revue"]:
        edited = form_drafts.opened(form, ines)
        compiled = edited.compiled()
        context = form_preview.context_of(edited, compiled, 1)
        shown = form_preview.sample(compiled, context, 1)
        assert compiled.gather(shown) is not None
        for field in compiled.fields:
            if field.rows_from:
                assert len(context[field.rows_from]) == form_preview.ROWS
