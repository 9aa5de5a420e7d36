"""Names that nothing gives, in diagrams, tables, forms and templates."""

import pytest

from app.checker.files.reading import read
from app.checker.names.occurrences import occurrences
from tests.bpmn_builder import (
    condition,
    loop,
    many,
    message,
    process,
    timer,
)
from tests.checker.flow_bundles import (
    a_field,
    a_form,
    a_table,
    files_of,
    judge,
    judge_model,
    model_of,
    visited,
)

ROUTE = "bpmn/essai.bpmn"
FRONT = "<!-- titre: Essai | mise-en-page: rapport | classes: technique -->\n<p>Essai</p>\n"


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("visite.date", None),
        ("signalement.adresse.commune", None),
        ("visite.pieces[0].surface", None),
        ("len(visite.pieces)", None),
        ("reglages.essais_max", None),
        ("dossier.commune", None),
        ("visit.date", "unknown-name"),
        ("dates", "unknown-name"),
        ("visite.jour", "unknown-field"),
        ("signalement.adresse.ville", "unknown-field"),
        ("visite.issue.texte", "unknown-field"),
        ("visite.pieces.surface", "unknown-field"),
        ("dossier.nom", "unknown-field"),
        ("reglages.essais_maximum", "unknown-setting"),
    ],
)
def test_a_parameter_names_what_exists(expression: str, code: str | None):
    found = judge(visited().service("noter", "op", valeur=expression).end())
    assert found.found == ({(code, ROUTE, "noter")} if code else set())


def test_a_sentence_proposes_the_name_that_was_meant():
    (problem,) = judge(visited().service("noter", "op", valeur="visite.isue").end())
    assert "« issue »" in problem.message
    (problem,) = judge(visited().service("noter", "op", valeur="vissite.issue").end())
    assert "« visite »" in problem.message
    (problem,) = judge(visited().service("noter", "op", valeur="realisee").end())
    assert "guillemets" in problem.message


@pytest.mark.parametrize("name", ["delai", "rappel", "escalade"])
def test_deadlines_are_read_too(name: str):
    block = process().user("visiter", formulaire="visite", **{name: "visites.date"}).end()
    assert judge(block).found == {("unknown-name", ROUTE, "visiter")}


def test_every_place_of_a_diagram_is_read():
    block = process().catch("dater", timer("a1.x", "timeDate")).catch("durer", timer("a2.x"))
    block.throw("envoyer", message("m", payload="a3.x")).catch("veiller", condition("a4.x"))
    block.user("repeter", many(cardinality="a5.x"), formulaire="appel")
    block.user("chacun", many("a6", "item", until="a7.x or termines > total"), formulaire="appel")
    block.user("encore", loop("a8.x"), formulaire="appel")
    block.boundary("tard", "encore", timer("a9.x")).end("fin_tard").at("encore")
    block.xor("choix", default="b").when("a10.x").node("task", "a").end("fa")
    block.at("choix").node("task", "b").end("fb", message("n", payload="a11.x"))
    assert {(item[0], item[2]) for item in judge(block).found} == {
        ("unknown-name", element)
        for element in (
            "dater", "durer", "envoyer", "veiller", "repeter", "chacun", "encore", "tard",
            "choix_vers_a", "fb",
        )
    }  # fmt: skip
    said = " ".join(problem.message for problem in judge(block))
    assert all(f"« a{number}" in said for number in range(1, 12))


def test_a_table_gives_its_outputs_and_no_other():
    table = a_table("tri", ["signalement.statut"], [(["-"], '"P1"')], output="priorite")
    block = (
        process().rule("trier", "tri").service("a", "op", v="tri.priorite").service("b", "op", v="tri.delai")
    )
    assert judge(block.end(), others=[table]).found == {("unknown-field", ROUTE, "b")}


def test_a_table_that_collects_gives_a_list():
    table = a_table("pistes", ["signalement.statut"], [(["-"], '"adil"')], policy="COLLECT", output="genre")
    block = process().rule("relever", "pistes").service("a", "op", v="len(pistes)")
    block.service("b", "op", v="pistes[0].genre").service("c", "op", v="pistes.genre").end()
    found = judge(block, others=[table])
    assert found.found == {("unknown-field", ROUTE, "c")}


def test_a_declared_outcome_is_a_question_of_the_step():
    block = process().user("visiter", formulaire="visite", resultats="visite.issue, visite.humeur").end()
    assert judge(block).found == {("unknown-field", ROUTE, "visiter")}


def test_an_outcome_may_be_kept_under_another_name_or_in_parts():
    block = process().user(
        "dire", formulaire="signalement", resultats="suite.statut, adresse.commune, statut"
    )
    block.service("noter", "op", a="suite.statut", b="adresse.commune", c="statut").end()
    assert judge(block).codes == set()


def test_tables_name_what_exists():
    rules = [(["> visite.seuil", "-"], '"a"'), (["? > limite and ? < 3", "-"], "signalement.nom")]
    table = a_table("tri", ["signalement.montant", "passage.x"], rules)
    block = process().rule("trier", "tri").end()
    assert judge(block, others=[table]).found == {
        ("unknown-field", "dmn/tri.dmn", "tri"),
        ("unknown-name", "dmn/tri.dmn", "tri"),
        ("unknown-field", "dmn/tri.dmn", "regle_1"),
        ("unknown-name", "dmn/tri.dmn", "regle_2"),
        ("unknown-field", "dmn/tri.dmn", "regle_2"),
    }


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (a_field("f", reprise_de="visite.issue"), None),
        (a_field("f", reprise_de="visite.humeur"), "unknown-field"),
        (a_field("f", reprise_de="passage.issue"), "unknown-name"),
        (a_field("f", reprise_de="signalement.adresse.commune"), "unknown-field"),
        (a_field("f", si='visite.issue == "faite"'), None),
        (a_field("f", si='visites.issue == "faite"'), "unknown-name"),
        (a_field("f", initiale="visite.humeur"), "unknown-field"),
        (a_field("f", initiale="reglages.inconnu"), "unknown-setting"),
        (a_field("f", initiale="dossier.nom"), "unknown-field"),
        (a_field("f", "calcul", calcul="jugement.avis", resultat="texte"), None),
        (a_field("f", "calcul", calcul="jugement.note", resultat="texte"), "unknown-field"),
        (a_field("f", "choix", options="annuaire"), None),
        (a_field("f", "choix", options="resultats_du_jour"), "unknown-name"),
    ],
)
def test_forms_name_what_exists(field: dict[str, object], code: str | None):
    table = a_table("jugement", ["visite.issue"], [(["-"], '"bien"')])
    block = visited().rule("juger", "jugement").user("suivre", formulaire="suite").end()
    found = judge(block, others=[a_form("suite", field), table])
    assert found.found == ({(code, "forms/suite.json", "f")} if code else set())


def test_the_columns_of_a_table_read_their_row():
    def table_of(source: str | None, column: str) -> tuple[str, bytes]:
        calc = a_field("c", "calcul", calcul=f"ligne.{column}", resultat="texte")
        more = {"lignes_de": source} if source else {}
        return a_form("suite", a_field("t", "tableau", colonnes=[calc, a_field("d")], **more))

    block = visited().service("lister", "op", result="situations").user("suivre", formulaire="suite").end()
    where = ("unknown-field", "forms/suite.json", "t.c")
    assert judge(block, others=[table_of("visite.pieces", "nom")]).codes == set()
    assert judge(block, others=[table_of("visite.pieces", "prix")]).found == {where}
    assert judge(block, others=[table_of("situations", "reference")]).codes == set()
    assert judge(block, others=[table_of(None, "nom")]).found == {where}


def test_a_name_is_not_missed_twice_when_its_file_cannot_be_read():
    files = files_of(visited().service("noter", "op", a="visite.x", b="rien.y").end())
    form = {**files, "forms/visite.json": b'{"id": "visite"'}
    assert {item.element for item in judge_model(read(form, whole=True)[0])} == {"noter"}
    assert all("rien" in item.message for item in judge_model(read(form, whole=True)[0]))
    diagram = {**files, "bpmn/autre.bpmn": b"<definitions"}
    assert judge_model(read(diagram, whole=True)[0]).codes == {"unknown-field"}


def test_a_file_judged_alone_is_not_asked_what_the_others_hold():
    files = files_of(process().service("noter", "op", v="rien.du.tout").end())
    alone = {ROUTE: files[ROUTE]}
    assert judge_model(model_of(alone, whole=False)).codes == set()


# Templates


@pytest.mark.parametrize(
    ("path", "field", "known"),
    [
        ("messages/avis.txt", "dossier.reference", True),
        ("messages/avis.txt", "menage.nom", False),
        ("messages/avis.txt", "tache.nom", False),
        ("messages/avis.txt", "lien", False),
        ("messages/rappel.txt", "tache.lien", True),
        ("messages/demande.txt", "lien", True),
        ("documents/compte.html", "menage.nom_complet", True),
        ("documents/compte.html", "menage.surnom", False),
        ("documents/compte.html", "reponses.visite.issue", True),
        ("documents/compte.html", "reponses.visite.tableau", True),
        ("documents/compte.html", "reponses.visite.auteur", True),
        ("documents/compte.html", "reponses.visite.humeur", False),
        ("documents/compte.html", "reponses.passage.tableau", False),
        ("documents/compte.html", "reponses.partagees.tableau", True),
        ("documents/compte.html", "visite.issue", False),
        ("documents/compte.html", "accord.mode", False),
    ],
)
def test_templates_name_what_is_filled_in(path: str, field: str, *, known: bool):
    block = visited().service("prevenir", "notifier", message='"avis"', a='"menage"').end()
    head = "Objet : Essai\n\n" if path.startswith("messages/") else FRONT
    found = judge(block, others=[(path, f"{head}{{{{ {field} }}}}".encode())])
    assert found.found == (set() if known else {("unknown-template-field", path, field)})


def test_the_agreement_holds_what_forms_feed():
    form = a_form("accueil", a_field("comment", alimente="accord.mode"))
    document = ("documents/compte.html", f"{FRONT}{{{{ accord.mode }}}} {{{{ accord.date }}}}".encode())
    assert judge(visited().end(), others=[form, document]).found == {
        ("unknown-template-field", "documents/compte.html", "accord.date")
    }


# Expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b", {"a.b": (False, True)}),
        ("a[0].b", {"a": (False, True)}),
        ('a["b"].c', {"a.b.c": (False, True)}),
        ("present(a.b)", {"a.b": (True, True)}),
        ("a and b", {"a": (False, True), "b": (False, False)}),
        ("x if a else b", {"a": (False, True), "x": (False, False), "b": (False, False)}),
        ("not present(a) or a.b", {"a": (True, True), "a.b": (True, False)}),
        ("(a or b) is None", {"a": (True, True), "b": (True, False)}),
        ("1 < a < b", {"a": (False, True), "b": (False, False)}),
        ("jours_entre(a, b) > 3", {"a": (False, True), "b": (False, True)}),
        ("ce n'est pas", {}),
    ],
)
def test_occurrences_tell_guards_and_certainty(text: str, expected: dict[str, tuple[bool, bool]]):
    assert {item.name: (item.guarded, item.certain) for item in occurrences(text)} == expected
