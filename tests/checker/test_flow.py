"""Names read before anything can have written them; nothing said in vain."""

import pytest

from tests.bpmn_builder import (
    Block,
    condition,
    error,
    loop,
    many,
    message,
    process,
    sub,
    timer,
)
from tests.checker.flow_bundles import (
    a_field,
    a_form,
    a_table,
    branching,
    judge,
    visited,
)

ROUTE = "bpmn/essai.bpmn"
EARLY = "read-before-written"
DOUBT = "may-be-unwritten"


def test_what_the_alert_and_earlier_steps_gave_may_be_read():
    block = process().service("a", "op", "doublons", v="signalement.statut")
    block.user(
        "visiter",
        formulaire="visite",
        resultats="visite.issue",
        delai='doublons.nombre if doublons else "P1D"',
    )
    assert judge(branching(block, 'visite.issue == "faite"').end()).codes == set()


def test_an_answer_read_before_its_step():
    block = process().service("noter", "op", v="visite.date")
    found = judge(visited(block).end())
    assert found.found == {(EARLY, ROUTE, "noter")}
    assert "« visiter »" in next(iter(found)).message


def test_a_result_read_before_its_step_in_a_condition():
    block = branching(process(), "len(doublons) > 0")
    assert judge(block.service("a", "op", result="doublons").end()).found == {
        (EARLY, ROUTE, "choix_vers_choix_oui")
    }


def test_a_guard_does_not_hide_what_can_never_be_there():
    block = branching(process(), 'present(visite.issue) and visite.issue == "faite"')
    assert judge(visited(block).end()).found == {(EARLY, ROUTE, "choix_vers_choix_oui")}


def test_a_loop_brings_what_a_later_step_wrote():
    block = (
        process()
        .node("task", "encore")
        .service("noter", "op", v="visite.date if visite.date is not None else 1")
    )
    visited(block).xor("assez", default="fini").when("visite.issue is None").to("encore")
    block.at("assez").node("task", "fini").end()
    assert judge(block).codes == set()


def test_parallel_branches_do_not_see_each_other_s_data_but_see_their_answers():
    block = (
        process().parallel("fourche").service("lire", "op", v="visite.date").service("tot", "op", v="anah.x")
    )
    block.parallel("jonction").service("apres", "op", v="anah.x").end().at("fourche")
    visited(block).service("classer", "op", result="anah").to("jonction")
    assert judge(block).found == {(EARLY, ROUTE, "tot")}


def test_what_an_interrupted_sub_process_wrote_is_lost_but_its_answers_are_kept():
    inner = visited(sub("dedans")).service("classer", "op", result="anah").end("fin_dedans")
    block = process().sub(inner).service("apres", "op", v="anah.x").end()
    block.boundary("arret", "dedans", message("stop", "mot"))
    block.service("perdu", "op", v="anah.x").service("garde", "op", v="visite.date", m="mot.x").end(
        "fin_arret"
    )
    assert judge(block).found == {(EARLY, ROUTE, "perdu")}


def test_an_interrupted_step_of_people_gave_no_answer():
    block = visited().boundary("tard", "visiter", timer('"P3D"'))
    block.service("noter", "op", v="visite.date").end("fin_tard").at("visiter").end()
    assert judge(block).found == {(EARLY, ROUTE, "noter")}


def test_a_branch_beside_a_step_goes_on_while_later_steps_are_answered():
    block = visited().boundary("tard", "visiter", timer('"P3D"'), interrupting=False)
    block.user("presser", formulaire="appel").service("noter", "op", v="visite.date").end("fin_tard")
    block.at("visiter").service("apres", "op", v="appel.issue").end()
    assert judge(block).codes == set()


def test_a_payload_is_there_from_its_event_on():
    block = process().event_gateway("course").catch("recu", message("m", "mot"))
    block.service("lire", "op", v="mot.x").end("fin_a")
    block.at("course").catch("tard", timer('"P3D"')).service("rien", "op", v="mot.x").end("fin_b")
    assert judge(block).found == {(EARLY, ROUTE, "rien")}


def test_an_error_brings_what_it_carries():
    inner = sub("dedans").end("fin_dedans", error("panne"))
    block = process().sub(inner).end()
    caught = error("panne").replace("/>", ">", 1) + "</errorEventDefinition>"
    kept = "<spiffworkflow:variableName>cause</spiffworkflow:variableName>"
    extension = f"<extensionElements>{kept}</extensionElements>"
    block.boundary("rate", "dedans", extension + caught).service("lire", "op", v="cause.x").end("fin_rate")
    assert judge(block).codes == set()


def test_the_item_of_a_multi_instance_stays_inside():
    block = process().service("lister", "op", result="liste")
    inner = sub("chacun").service("dedans", "op", "fait", v="item.x").end("fin_chacun")
    block.sub(inner, many("liste", "item")).service("apres", "op", a="fait.x", b="item.x").end()
    found = judge(block)
    assert found.found == {(EARLY, ROUTE, "apres")}
    assert "item.x" in next(iter(found)).message


def test_a_multi_instance_that_gathers_gives_back_its_list_alone():
    block = process().service("lister", "op", result="liste")
    inner = sub("chacun").service("dedans", "op", "fait").end("fin_chacun")
    block.sub(inner, many("liste", "item", output=("recueil", "fait")))
    assert judge(block.service("apres", "op", a="recueil[0]", b="fait.x").end()).found == {
        (EARLY, ROUTE, "apres")
    }


def test_the_end_of_a_multi_instance_reads_what_an_instance_wrote():
    until = 'appel.issue == "oui" or termines > 2'
    block = process().service("lister", "op", result="liste")
    block.user(
        "appeler", many("liste", "item", until=until), formulaire="appel", resultats="appel.issue"
    ).end()
    assert judge(block).codes == set()


def test_a_loop_reads_what_its_turns_wrote():
    block = (
        process()
        .user("appeler", loop("appel.numero < 3"), formulaire="appel", resultats="appel.numero")
        .end()
    )
    assert judge(block).codes == set()


def test_a_conditional_event_reads_what_any_branch_writes_but_is_read_first_on_reaching_it():
    def watching(expression: str) -> Block:
        block = process().parallel("fourche").catch("veiller", condition(expression)).end("fin_a")
        return visited(block.at("fourche")).end()

    assert judge(watching('present(visite) and visite.issue == "faite"')).codes == set()
    assert judge(watching('visite.issue == "faite"')).found == {(DOUBT, ROUTE, "veiller")}


def test_the_item_of_a_multi_instance_takes_with_it_what_was_written_under_its_name():
    inner = sub("chacun").user("appeler", formulaire="appel", resultats="item.issue").end("fin_chacun")
    block = process().service("lister", "op", result="liste").sub(inner, many("liste", "item"))
    assert judge(block.service("apres", "op", v="item.issue").end()).found == {(EARLY, ROUTE, "apres")}


@pytest.mark.parametrize("sequential", [True, False])
def test_an_instance_sees_what_those_before_it_wrote_when_they_come_one_by_one(*, sequential: bool):
    inner = sub("chacun").service("lire", "op", v="fait.x").service("faire", "op", result="fait")
    repeated = many("liste", "item", sequential=sequential)
    block = process().service("lister", "op", result="liste").sub(inner.end("fin_chacun"), repeated).end()
    said = {(problem.code, problem.element) for problem in judge(block)}
    assert said == {(DOUBT if sequential else EARLY, "lire")}


def test_a_turn_of_a_loop_reads_the_answers_of_the_turn_before():
    inner = visited(sub("tour").service("lire", "op", v="visite.date")).end("fin_tour")
    assert judge(process().sub(inner, loop(maximum=3)).end()).codes == set()


def test_a_called_process_begins_with_what_its_callers_wrote():
    called = process("suite").service("lire", "op", v="anah.x").service("ecrire", "op", result="suivi").end()
    route = process().service("classer", "op", result="anah").call("appeler", "suite")
    assert judge(route.service("apres", "op", v="suivi.x").end(), called).codes == set()
    route = process().call("appeler", "suite").service("classer", "op", result="anah").end()
    assert judge(route, called).found == {(EARLY, "bpmn/suite.bpmn", "lire")}


def test_one_caller_that_wrote_is_enough_and_gives_nothing_to_the_others():
    called = process("suite").service("lire", "op", v='anah.x if present(anah) else "rien"').end()
    route = process().call("avant", "suite").service("tot", "op", v="anah.x")
    route.service("classer", "op", result="anah").call("ensuite", "suite").end()
    assert judge(route, called).found == {(EARLY, ROUTE, "tot")}


def test_a_process_that_nothing_starts_is_left_to_who_tells_that_it_is_unused():
    lonely = process("seul").service("lire", "op", v="anah.x").end()
    assert judge(process().service("classer", "op", result="anah").end(), lonely).codes == set()


def test_the_calendar_gives_its_anchor_to_its_own_processes():
    meeting = Block("bilan").start("debut", timer("mois_apres(ancre, 3 * rang)", "timeDate")).end()
    assert judge(process().end(), meeting).codes == set()
    assert judge(process().service("lire", "op", v="ancre").end(), meeting).found == {(EARLY, ROUTE, "lire")}


def test_the_review_reads_no_answer_of_the_cases():
    meeting = process("bilan").service("lire", "op", v="signalement.statut").end()
    assert judge(process().end(), meeting).found == {(EARLY, "bpmn/bilan.bpmn", "lire")}


def test_a_table_is_judged_by_the_steps_that_call_it():
    table = a_table("tri", ["visite.issue"], [(['"faite"'], '"a"'), (["-"], '"b"')])
    early = visited(process().rule("trier", "tri")).end()
    assert judge(early, others=[table]).found == {(EARLY, "dmn/tri.dmn", "tri")}
    strict = a_table("tri", ["visite.issue"], [(['"faite"'], '"a"')])
    assert judge(early, others=[strict]).found == {(EARLY, "dmn/tri.dmn", "tri")}
    twice = visited(process().rule("trier", "tri")).rule("retrier", "tri").end()
    assert judge(twice, others=[table]).codes == set()


def test_a_table_called_too_early_is_told_where_it_is_called_when_no_rule_takes_nothing():
    def of(*cells: str, default: str | None = None) -> set[tuple[str, str, str]]:
        table = a_table("tri", ["visite.issue"], [([cell], '"a"') for cell in cells], default=default)
        block = visited(process().rule("trop_tot", "tri")).rule("a_temps", "tri").end()
        return judge(block, others=[table]).found

    assert of('"faite"', 'not("faite")') == {(EARLY, ROUTE, "trop_tot")}
    assert of("not(null)") == {(EARLY, ROUTE, "trop_tot")}
    assert of('"faite"', "null") == set()
    assert of('"faite"', "-") == set()
    assert of('"faite"', default='"b"') == set()


def test_a_form_is_judged_by_the_steps_that_show_it():
    form = a_form("suite", a_field("f", reprise_de="visite.issue"))
    early = visited(process().user("suivre", formulaire="suite")).end()
    assert judge(early, others=[form]).found == {(EARLY, "forms/suite.json", "f")}
    assert judge(visited().user("suivre", formulaire="suite").end(), others=[form]).codes == set()


def test_a_form_may_read_its_own_earlier_answers_and_be_written_for_none():
    form = a_form(
        "suite",
        a_field("n", "calcul", calcul="(suite.n if suite.n is not None else 0) + 1"),
        a_field("f", si="visite.issue is not None"),
    )
    assert judge(visited(process().user("suivre", formulaire="suite")).end(), others=[form]).codes == set()


def test_broken_flows_are_left_to_who_tells_of_them():
    block = visited(process().service("noter", "op", v="visite.date")).end()
    block.flows.append('<sequenceFlow id="cassee" sourceRef="visiter" targetRef="nulle_part"/>')
    assert judge(block).codes == set()


def test_a_name_at_fault_does_not_make_the_rest_seem_too_early():
    for block in (
        process().rule("trier", "absente").service("lire", "op", v="absente.x").end(),
        process().user("visiter", formulaire="visites").service("lire", "op", v="visite.date").end(),
        process().call("appeler", "nulle_part").service("lire", "op", v="anah.x").end(),
    ):
        assert EARLY not in judge(block).codes
