"""What a designer expects when two sides worked on one programme (ADR 0029)."""

from app.checker import check_files
from app.merging import Choice, Merged, bundles
from tests.merging_programme import (
    APPOINTMENT,
    DELAYS,
    SETTINGS,
    VISIT,
    Files,
    carene,
    changed,
    element,
    form,
    has,
    tree,
    with_form,
    with_step,
    without_step,
)  # fmt: skip

APPOINTMENT_STEP = 'name="Prendre rendez-vous"'


def merged(ours: Files, theirs: Files, **choices: Choice) -> Merged:
    return bundles(carene(), ours, theirs, choices=choices)


def settled(ours: Files, theirs: Files, *, side: str, value: str = "") -> Files:
    """Merge with every conflict decided the same way."""
    first = merged(ours, theirs)
    return dict(merged(ours, theirs, **{one.id: Choice(side, value) for one in first.conflicts}).files)


def only_conflict(result: Merged):
    assert len(result.conflicts) == 1, [one.where for one in result.conflicts]
    return result.conflicts[0]


def well_drawn(files: Files, name: str = VISIT) -> None:
    """The merged file has no problem of its own: links, lanes, drawing. Judged alone, it lacks its forms."""
    found = check_files({name: files[name]})
    known = {problem.code for problem in check_files({name: carene()[name]})}
    assert [problem for problem in found if problem.code not in known] == []


def test_a_step_renamed_upstream_and_a_delay_changed_here_both_hold():
    ours = changed(carene(), VISIT, ('"P21D"</bpmn:timeDuration>', '"P14D"</bpmn:timeDuration>'))
    theirs = changed(carene(), VISIT, (APPOINTMENT_STEP, 'name="Convenir du rendez-vous"'))
    result = merged(ours, theirs)
    assert result.conflicts == ()
    text = result.files[VISIT].decode()
    assert '"P14D"</bpmn:timeDuration>' in text and 'name="Convenir du rendez-vous"' in text
    assert [told.sentence for told in result.coming()] == [
        (
            "l'étape « Prendre rendez-vous » : le nom passe de « Prendre rendez-vous » "
            "à « Convenir du rendez-vous »."
        )
    ]
    well_drawn(result.files)


def test_the_rest_of_the_diagram_keeps_its_bytes():
    ours = changed(carene(), VISIT, ('"P21D"</bpmn:timeDuration>', '"P14D"</bpmn:timeDuration>'))
    theirs = changed(carene(), VISIT, (APPOINTMENT_STEP, 'name="Convenir du rendez-vous"'))
    wanted = changed(ours, VISIT, (APPOINTMENT_STEP, 'name="Convenir du rendez-vous"'))[VISIT]
    result = merged(ours, theirs).files[VISIT]
    lines = [
        pair for pair in zip(result.splitlines(), wanted.splitlines(), strict=True) if pair[0] != pair[1]
    ]
    assert all(b"&#34;" in right or b"&#39;" in right for _, right in lines), lines


def test_a_step_moved_on_the_drawing_by_both_stays_where_ours_stands_and_nobody_is_asked():
    bounds = 'bpmnElement="realiser_visite">\n        <dc:Bounds x="'
    start = carene()[VISIT].decode().split(bounds)[1].split('"')[0]
    ours = changed(carene(), VISIT, (f"{bounds}{start}", f"{bounds}{int(start) + 10}"))
    theirs = changed(carene(), VISIT, (f"{bounds}{start}", f"{bounds}{int(start) - 10}"))
    result = merged(ours, theirs)
    assert result.conflicts == ()
    assert f"{bounds}{int(start) + 10}" in result.files[VISIT].decode()


def test_a_step_moved_upstream_moves_here_with_its_lines():
    bounds = 'bpmnElement="realiser_visite">\n        <dc:Bounds x="'
    start = carene()[VISIT].decode().split(bounds)[1].split('"')[0]
    ours = changed(carene(), VISIT, (APPOINTMENT_STEP, 'name="Convenir du rendez-vous"'))
    theirs = changed(carene(), VISIT, (f"{bounds}{start}", f"{bounds}{int(start) + 40}"))
    result = merged(ours, theirs)
    assert f"{bounds}{int(start) + 40}" in result.files[VISIT].decode()
    assert list(result.coming()) == []  # a drawing is not news
    well_drawn(result.files)


def test_one_delay_changed_differently_is_asked_with_both_values_in_words():
    ours = changed(carene(), VISIT, ('"P21D"</bpmn:timeDuration>', '"P14D"</bpmn:timeDuration>'))
    theirs = changed(carene(), VISIT, ('"P21D"</bpmn:timeDuration>', '"P28D"</bpmn:timeDuration>'))
    conflict = only_conflict(merged(ours, theirs))
    assert (conflict.said_base, conflict.said_ours, conflict.said_theirs) == (
        "21 jours",
        "14 jours",
        "28 jours",
    )
    assert conflict.where == "l'échéance « 21 jours sans rendez-vous » · la durée"
    assert '"P14D"</bpmn:timeDuration>' in merged(ours, theirs).files[VISIT].decode()
    assert '"P28D"</bpmn:timeDuration>' in settled(ours, theirs, side="theirs")[VISIT].decode()
    assert '"P20D"</bpmn:timeDuration>' in settled(ours, theirs, side="edit", value='"P20D"')[VISIT].decode()


def test_the_same_change_on_both_sides_is_no_conflict():
    both = changed(carene(), VISIT, ('"P21D"</bpmn:timeDuration>', '"P14D"</bpmn:timeDuration>'))
    ours = changed(both, VISIT, (APPOINTMENT_STEP, 'name="Rendez-vous"'))
    theirs = changed(both, VISIT, ('name="Réaliser la visite"', 'name="Faire la visite"'))
    result = merged(ours, theirs)
    assert result.conflicts == ()
    assert 'name="Rendez-vous"' in result.files[VISIT].decode()
    assert [told.side for told in result.told if told.spot.attribute_name == "la durée"] == ["both"]


def test_a_step_removed_upstream_and_renamed_here_is_asked_and_stays_whole_until_then():
    ours = changed(carene(), VISIT, ('name="Produire le guide"', 'name="Imprimer le guide"'))
    theirs = without_step(carene(), "produire_guide")
    result = merged(ours, theirs)
    conflict = only_conflict(result)
    assert (conflict.said_ours, conflict.said_theirs) == ("gardé, et modifié", "retiré")
    kept = element(result.files[VISIT], "produire_compte_rendu_vers_produire_guide")
    assert kept.get("targetRef") == "produire_guide"
    assert has(result.files[VISIT], "produire_guide_vers_prevenir_donneur_visite")
    well_drawn(result.files)
    gone = settled(ours, theirs, side="theirs")
    assert not has(gone[VISIT], "produire_guide")
    assert element(gone[VISIT], "produire_compte_rendu_vers_produire_guide").get("targetRef") == (
        "prevenir_donneur_visite"
    )
    well_drawn(gone)


def test_a_step_changed_upstream_and_removed_here_can_be_brought_back_with_its_way():
    ours = without_step(carene(), "produire_guide")
    theirs = changed(carene(), VISIT, ('name="Produire le guide"', 'name="Imprimer le guide"'))
    result = merged(ours, theirs)
    assert only_conflict(result).said_ours == "retiré"
    assert not has(result.files[VISIT], "produire_guide")
    well_drawn(result.files)
    back = settled(ours, theirs, side="theirs")
    assert element(back[VISIT], "produire_guide").get("name") == "Imprimer le guide"
    assert (
        element(back[VISIT], "produire_compte_rendu_vers_produire_guide").get("targetRef") == "produire_guide"
    )
    well_drawn(back)


def test_a_step_removed_upstream_and_untouched_here_goes():
    ours = changed(carene(), VISIT, (APPOINTMENT_STEP, 'name="Rendez-vous"'))
    result = merged(ours, without_step(carene(), "produire_guide"))
    assert result.conflicts == ()
    assert not has(result.files[VISIT], "produire_guide")
    assert "l'action automatique « Produire le guide » est retiré." in [t.sentence for t in result.coming()]
    well_drawn(result.files)


def test_a_step_added_upstream_comes_with_its_way_and_its_drawing():
    ours = changed(carene(), VISIT, (APPOINTMENT_STEP, 'name="Rendez-vous"'))
    theirs = with_step(carene(), "realiser_visite_vers_visite_faite", "relire", "Relire le compte rendu")
    result = merged(ours, theirs)
    assert result.conflicts == ()
    assert element(result.files[VISIT], "relire").get("name") == "Relire le compte rendu"
    assert element(result.files[VISIT], "realiser_visite_vers_visite_faite").get("targetRef") == "relire"
    assert has(result.files[VISIT], "relire_di")
    technician = element(result.files[VISIT], "technicien")
    assert "relire" in [reference.text for reference in technician]
    well_drawn(result.files)


def test_steps_added_by_both_between_the_same_two_follow_each_other_in_the_order_chosen():
    flow = "realiser_visite_vers_visite_faite"
    ours = with_step(carene(), flow, "photos", "Classer les photos")
    theirs = with_step(carene(), flow, "relire", "Relire le compte rendu")
    result = merged(ours, theirs)
    conflict = only_conflict(result)
    assert conflict.said_ours == "l'étape « Classer les photos », puis l'étape « Relire le compte rendu »"
    ways = {
        one.get("id"): one.get("targetRef")
        for one in tree(result.files[VISIT]).iter()
        if one.get("targetRef")
    }
    assert (ways[flow], ways["photos_suite"], ways["relire_suite"]) == ("photos", "relire", "visite_faite")
    well_drawn(result.files)
    other = settled(ours, theirs, side="theirs")[VISIT]
    ways = {one.get("id"): one.get("targetRef") for one in tree(other).iter() if one.get("targetRef")}
    assert (ways[flow], ways["relire_suite"], ways["photos_suite"]) == ("relire", "photos", "visite_faite")
    well_drawn({VISIT: other})


def test_a_step_added_upstream_before_one_removed_here_stays_on_the_way():
    ours = without_step(carene(), "produire_guide")
    theirs = with_step(carene(), "produire_compte_rendu_vers_produire_guide", "signer", "Signer")
    for one, other in ((ours, theirs), (theirs, ours)):
        result = merged(one, other)
        assert result.conflicts == ()
        found = result.files[VISIT]
        assert element(found, "produire_compte_rendu_vers_produire_guide").get("targetRef") == "signer"
        assert element(found, "signer_suite").get("targetRef") == "prevenir_donneur_visite"
        assert not has(found, "produire_guide")
        well_drawn(result.files)


def moved_to(files: Files, step: str, lane: str) -> Files:
    text = files[VISIT].decode()
    text = text.replace(f"        <bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>\n", "", 1)
    head = next(line for line in text.splitlines() if f'<bpmn:lane id="{lane}"' in line)
    line = f"{head}\n        <bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>"
    return {**files, VISIT: text.replace(head, line, 1).encode()}


def test_a_step_given_to_another_lane_upstream_changes_hands_here():
    ours = changed(carene(), VISIT, ('name="Réaliser la visite"', 'name="Faire la visite"'))
    result = merged(ours, moved_to(carene(), "realiser_visite", "ecorenove"))
    assert result.conflicts == ()
    lanes = {
        lane: [one.text for one in element(result.files[VISIT], lane)] for lane in ("ecorenove", "technicien")
    }
    assert "realiser_visite" in lanes["ecorenove"] and "realiser_visite" not in lanes["technicien"]


def test_a_step_given_to_two_lanes_is_asked_with_their_names():
    result = merged(
        moved_to(carene(), "realiser_visite", "coordonnateur"),
        moved_to(carene(), "realiser_visite", "ecorenove"),
    )
    conflict = only_conflict(result)
    assert (conflict.said_ours, conflict.said_theirs) == (
        "« Travailleur social coordonnateur »", "« ÉCORÉNOVE »",
    )  # fmt: skip


def test_fields_of_one_form_changed_on_both_sides_meet():
    here, there = form(carene()), form(carene())
    here["champs"][3]["aide"] = "L'heure d'arrivée."
    there["champs"].insert(3, {"cle": "acces", "type": "texte", "libelle": "Comment entrer"})
    result = merged(with_form(carene(), here), with_form(carene(), there))
    assert result.conflicts == ()
    found = {one["cle"]: one for one in form(dict(result.files))["champs"]}
    assert found["heure"]["aide"] == "L'heure d'arrivée." and list(found)[3] == "acces"


def test_a_question_worded_twice_is_asked_with_both_wordings():
    here, there = form(carene()), form(carene())
    here["champs"][3]["libelle"], there["champs"][3]["libelle"] = "À quelle heure", "Heure d'arrivée"
    conflict = only_conflict(merged(with_form(carene(), here), with_form(carene(), there)))
    assert conflict.where == "le champ « À quelle heure » · la question"
    assert (conflict.said_ours, conflict.said_theirs) == ("« À quelle heure »", "« Heure d'arrivée »")


def test_one_field_added_twice_is_asked_where_it_differs_only():
    here, there = form(carene()), form(carene())
    here["champs"].append({"cle": "acces", "type": "texte", "libelle": "Code d'entrée"})
    there["champs"].append({"cle": "acces", "type": "texte", "libelle": "Comment entrer"})
    result = merged(with_form(carene(), here), with_form(carene(), there))
    assert only_conflict(result).spot.attribute_name == "la question"
    assert [one["cle"] for one in form(dict(result.files))["champs"]].count("acces") == 1


def test_a_field_removed_here_and_changed_upstream_is_asked():
    here, there = form(carene()), form(carene())
    gone = here["champs"].pop(4)
    there["champs"][4]["libelle"] = "Comment le ménage est prévenu"
    result = merged(with_form(carene(), here), with_form(carene(), there))
    assert only_conflict(result).said_ours == "retiré"
    assert gone["cle"] not in [one["cle"] for one in form(dict(result.files))["champs"]]


def test_a_field_that_nobody_touched_keeps_its_layout():
    there = carene()[APPOINTMENT].decode().replace('"libelle": "Heure"', '"libelle": "Heure d\'arrivée"')
    ours = changed(carene(), APPOINTMENT, ('"libelle": "Date de la visite"', '"libelle": "Le jour"'))
    result = merged(ours, {**carene(), APPOINTMENT: there.encode()})
    wanted = there.replace('"libelle": "Date de la visite"', '"libelle": "Le jour"')
    assert result.files[APPOINTMENT].decode() == wanted


def with_rule(files: Files, key: str, after: str, value: str) -> Files:
    text = files[DELAYS].decode()
    rule = (
        f'      <rule id="{key}">\n        <inputEntry id="{key}_e"><text>"{key}"</text></inputEntry>\n'
        f'        <outputEntry id="{key}_s"><text>"{value}"</text></outputEntry>\n      </rule>\n'
    )
    start = text.index(f'<rule id="{after}"')
    end = text.index("</rule>\n", start) + len("</rule>\n")
    return {**files, DELAYS: (text[:end] + rule + text[end:]).encode()}


def test_a_rule_added_upstream_and_another_changed_here_both_hold():
    ours = changed(carene(), DELAYS, ('"P15D"', '"P10D"'))
    result = merged(ours, with_rule(carene(), "p9", "delai_p1", "P2D"))
    assert result.conflicts == ()
    rules = [one.get("id") for one in tree(result.files[DELAYS]).iter("{*}rule")]
    assert rules[:4] == ["delai_p0", "delai_p1", "p9", "delai_p2"]
    assert '"P10D"' in result.files[DELAYS].decode()
    well_drawn(result.files, DELAYS)


def test_one_cell_changed_twice_is_asked_by_rule_and_column():
    ours, theirs = (changed(carene(), DELAYS, ('"P15D"', value)) for value in ('"P10D"', '"P12D"'))
    conflict = only_conflict(merged(ours, theirs))
    assert conflict.where == "la règle n° 3 « Sous 15 jours » · la colonne « Délai »"
    assert (conflict.said_ours, conflict.said_theirs) == ("10 jours", "12 jours")


def test_a_column_added_upstream_gives_rules_added_here_a_cell_that_accepts_anything():
    text = carene()[DELAYS].decode()
    text = text.replace(
        '<output id="delai_contact_delai"',
        '<input id="saison" label="Saison"><inputExpression id="saison_e" typeRef="string"><text>'
        'analyse.priorite</text></inputExpression></input>\n      <output id="delai_contact_delai"',
    )
    for rule in ("p0", "p1", "p2", "p3", "p4"):
        entry = f'<outputEntry id="delai_{rule}_delai">'
        text = text.replace(entry, f'<inputEntry id="s_{rule}"><text>-</text></inputEntry>\n        {entry}')
    result = merged(with_rule(carene(), "p9", "delai_p1", "P2D"), {**carene(), DELAYS: text.encode()})
    assert result.conflicts == ()
    rule = element(result.files[DELAYS], "p9")
    assert [one.text for one in rule.iter("{*}text")] == ['"p9"', "-", '"P2D"']
    well_drawn(result.files, DELAYS)


def test_settings_meet_by_key_and_keep_our_comments():
    ours = changed(carene(), SETTINGS, ("rendez_vous_max = 3 ", "rendez_vous_max = 4 "))
    theirs = changed(carene(), SETTINGS, ("doublon_jours = 90 ", "doublon_jours = 60 "))
    result = merged(ours, theirs)
    assert result.conflicts == ()
    wanted = changed(ours, SETTINGS, ("doublon_jours = 90 ", "doublon_jours = 60 "))
    assert result.files[SETTINGS].decode() == wanted[SETTINGS].decode()


def test_one_setting_changed_twice_is_asked():
    ours = changed(carene(), SETTINGS, ("rendez_vous_max = 3 ", "rendez_vous_max = 4 "))
    theirs = changed(carene(), SETTINGS, ("rendez_vous_max = 3 ", "rendez_vous_max = 5 "))
    conflict = only_conflict(merged(ours, theirs))
    assert conflict.where == "le réglage « rendez_vous_max » · la valeur"
    assert (conflict.ours, conflict.theirs) == ("4", "5")
    six = settled(ours, theirs, side="edit", value="6")[SETTINGS].decode()
    assert "rendez_vous_max = 6 " in six


def test_rights_added_on_both_sides_add_up():
    line = 'droits = ["dossiers.voir", "taches.traiter"]'
    ours = changed(carene(), SETTINGS, (line, 'droits = ["dossiers.voir", "taches.traiter", "reseau.voir"]'))
    theirs = changed(
        carene(), SETTINGS, (line, 'droits = ["dossiers.voir", "taches.traiter", "budget.voir"]')
    )
    result = merged(ours, theirs)
    assert result.conflicts == ()
    assert 'droits = ["dossiers.voir", "taches.traiter", "reseau.voir", "budget.voir"]' in (
        result.files[SETTINGS].decode()
    )


def test_lines_of_a_letter_meet_and_a_line_changed_twice_is_asked():
    name = next(name for name in carene() if name.startswith("messages/") and carene()[name].count(b"\n") > 5)
    lines = carene()[name].decode().splitlines(keepends=True)
    first, last = ["Premier.\n", *lines[1:]], [*lines[:-1], "Dernier.\n"]
    result = merged({**carene(), name: "".join(first).encode()}, {**carene(), name: "".join(last).encode()})
    assert result.conflicts == ()
    assert result.files[name].decode() == "".join(["Premier.\n", *lines[1:-1], "Dernier.\n"])
    other = ["Autre premier.\n", *lines[1:]]
    conflict = only_conflict(
        merged({**carene(), name: "".join(first).encode()}, {**carene(), name: "".join(other).encode()})
    )
    assert (conflict.said_ours, conflict.said_theirs) == ("« Premier. »", "« Autre premier. »")


def test_files_added_on_both_sides_stay_and_the_same_name_is_asked():
    note, other = "messages/note.txt", "messages/autre.txt"
    result = merged({**carene(), note: b"Objet : ici\n"}, {**carene(), other: "Objet : là\n".encode()})
    assert result.conflicts == () and {note, other} <= set(result.files)
    twice = merged({**carene(), note: b"Objet : ici\n"}, {**carene(), note: b"Objet : ailleurs\n"})
    assert only_conflict(twice).spot.file == note
    diagram = {**carene(), "bpmn/neuf.bpmn": carene()[VISIT]}
    theirs = {**carene(), "bpmn/neuf.bpmn": changed(carene(), VISIT, (APPOINTMENT_STEP, 'name="X"'))[VISIT]}
    assert only_conflict(merged(diagram, theirs)).said_theirs == "la version du fichier en amont"


def test_a_file_removed_upstream_goes_unless_it_was_changed_here():
    theirs = {name: data for name, data in carene().items() if name != APPOINTMENT}
    ours = changed(carene(), VISIT, (APPOINTMENT_STEP, 'name="Rendez-vous"'))
    result = merged(ours, theirs)
    assert result.conflicts == () and APPOINTMENT not in result.files
    ours = changed(carene(), APPOINTMENT, ('"libelle": "Heure"', '"libelle": "Quand"'))
    assert only_conflict(merged(ours, theirs)).said_theirs == "retiré"
    assert APPOINTMENT in merged(ours, theirs).files
    assert APPOINTMENT not in settled(ours, theirs, side="theirs")


def test_a_file_that_cannot_be_read_is_merged_as_one_block():
    ours = {**carene(), VISIT: b"<bpmn"}
    theirs = changed(carene(), VISIT, (APPOINTMENT_STEP, 'name="Rendez-vous"'))
    result = merged(ours, theirs)
    assert only_conflict(result).said_ours == "votre version du fichier"
    assert result.files[VISIT] == b"<bpmn"
