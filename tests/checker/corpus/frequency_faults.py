"""Faults of frequencies and breaches: on the wrong element, unreadable, on answers that may not be read."""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from tests.checker.corpus.build import REVIEW, ROUTE, SETTINGS, Change, Fault, edit, fault

_CALL = '<callActivity id="visiter" name="Visiter le logement" calledElement="visite"/>'
_START = '<startEvent id="trimestre_echu" name="Chaque trimestre">'
_VISITS: Mapping[str, str] = {
    "frequence": "2",
    "frequence_fenetre": "mois",
    "frequence_compte": "visite",
    "frequence_alerte": "jours_apres(fenetre.debut, 19)",
}


def _properties(given: Mapping[str, str]) -> str:
    rows = "".join(
        f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in given.items()
        if value
    )
    return (
        f"<extensionElements><spiffworkflow:properties>{rows}</spiffworkflow:properties></extensionElements>"
    )


def _visits(**changed: str) -> Change:
    """Two visits a month while the dwelling is visited, with other properties; an empty one is left out."""
    inner = _properties({**_VISITS, **changed})
    return edit(ROUTE, _CALL, f"{_CALL.removesuffix('/>')}>{inner}</callActivity>")


def _meetings(**changed: str) -> Change:
    """One meeting a quarter, with other properties."""
    given = {**_VISITS, "frequence": "1", "frequence_fenetre": "trimestre", "frequence_compte": "bilan"}
    return edit(REVIEW, _START, f"{_START}{_properties({**given, **changed})}")


def _rule(name: str, code: str, faulty: Change, mended: Change, *, warns: bool = False) -> Fault:
    return fault(name, code, ROUTE, "visiter", faulty, mended=mended, warns=warns)


RULES: tuple[Fault, ...] = (
    _rule(
        "a frequency of nothing", "bad-frequency", _visits(frequence="0"), _visits(frequence="1"),
    ),
    _rule(
        "a frequency that is no number", "bad-frequency", _visits(frequence='"deux"'),
        _visits(frequence="1 + 1"),
    ),
    _rule(
        "a frequency without how many", "bad-frequency", _visits(frequence=""),
        _visits(frequence="reglages.appels_max"),
    ),
    _rule(
        "a frequency without a window", "bad-frequency", _visits(frequence_fenetre=""),
        _visits(frequence_fenetre="semaine"),
    ),
    _rule(
        "a window that is no period", "bad-frequency", _visits(frequence_fenetre="quinzaine"),
        _visits(frequence_fenetre='"P15D"'),
    ),
    _rule(
        "a window of hours", "bad-frequency", _visits(frequence_fenetre='"PT12H"'),
        _visits(frequence_fenetre='"P1M"'),
    ),
    _rule(
        "a frequency that counts nothing", "bad-frequency", _visits(frequence_compte=""),
        _visits(frequence_prorata="non"),
    ),
    _rule(
        "an inner number without its condition", "bad-frequency", _visits(frequence_dont="1"),
        _visits(frequence_dont="1", frequence_dont_si='issue == "realisee"'),
    ),
    _rule(
        "a pro rata that is neither yes nor no", "bad-frequency", _visits(frequence_prorata="peut-être"),
        _visits(frequence_prorata="oui"),
    ),
    _rule(
        "a warning that is no moment", "bad-frequency",
        _visits(frequence_alerte="jours_entre(fenetre.debut, fenetre.fin)"),
        _visits(frequence_alerte="jours_apres(fenetre.fin, -5)"),
    ),
    _rule(
        "a warning without quotes", "unquoted-duration", _visits(frequence_alerte="P10D"),
        _visits(frequence_alerte='"P10D"'),
    ),
    _rule(
        "a frequency that warns nobody", "frequency-without-warning", _visits(frequence_alerte=""),
        _visits(frequence_alerte='"P1W"'), warns=True,
    ),
    fault(
        "a frequency on a choice", "frequency-nowhere", ROUTE, "appel_abouti",
        edit(
            ROUTE, 'name="Rendez-vous fixé ?" default="appel_abouti_non"/>',
            f'name="Rendez-vous fixé ?" default="appel_abouti_non">{_properties(_VISITS)}</exclusiveGateway>',
        ),
        mended=_visits(frequence_nom="visites"),
    ),
    fault(
        "a frequency on the start of a process that the calendar does not start", "frequency-nowhere", ROUTE,
        "signalement_recu",
        edit(
            ROUTE, '<startEvent id="signalement_recu" name="Signalement reçu"/>',
            f'<startEvent id="signalement_recu" name="Signalement reçu">{_properties(_VISITS)}</startEvent>',
        ),
        mended=_meetings(),
    ),
    fault(
        "a meeting's frequency on a process taken out of the calendar", "frequency-nowhere", REVIEW,
        "trimestre_echu", _meetings(frequence_nom="bilans"),
        edit(SETTINGS, '[[calendrier]]\nprocessus = "bilan"', '[[calendrier]]\nprocessus = "visite"'),
        mended=_meetings(frequence_nom="bilans"),
    ),
)  # fmt: skip

NAMES: tuple[Fault, ...] = (
    _rule(
        "a frequency that counts a form that does not exist", "unknown-form",
        _visits(frequence_compte="visites"), _visits(frequence_compte="equipement"),
    ),
    _rule(
        "a frequency on a setting that does not exist", "unknown-setting",
        _visits(frequence="reglages.visites_mois"), _visits(frequence="reglages.appels_max + 1"),
    ),
    _rule(
        "a frequency of an unknown name", "unknown-name", _visits(frequence="combien"),
        _visits(frequence="3"),
    ),
    _rule(
        "a frequency on a field that the form does not ask", "unknown-field",
        _visits(frequence_si='lieu == "domicile"'), _visits(frequence_si='issue == "realisee"'),
    ),
    _rule(
        "a frequency dated by what is no date", "unknown-field", _visits(frequence_date="issue"),
        _visits(frequence_compte="appel", frequence_date="date"),
    ),
    _rule(
        "a warning on an end that its window does not have", "unknown-field",
        _visits(frequence_alerte="fenetre.milieu"), _visits(frequence_alerte="fenetre.fin"),
    ),
    _rule(
        "a warning that reads an answer", "unknown-name", _visits(frequence_alerte="appel.date"),
        _visits(frequence_alerte='"P2D"'),
    ),
    _rule(
        "a frequency on a social answer", "protected-condition",
        _visits(frequence_si="present(ressenti)"), _visits(frequence_si="present(temperature)"),
    ),
    _rule(
        "an inner condition on a secret answer", "protected-condition",
        _visits(frequence_compte="appel", frequence_dont="1", frequence_dont_si="sante is None"),
        _visits(frequence_compte="appel", frequence_dont="1", frequence_dont_si='issue == "fixe"'),
    ),
    fault(
        "a meeting's frequency on an answer", "unknown-name", REVIEW, "trimestre_echu",
        _meetings(frequence="bilan.suite"), mended=_meetings(frequence="reglages.appels_max"),
    ),
    fault(
        "a late step told to a lane that does not exist", "unknown-lane", ROUTE, "appeler",
        edit(
            ROUTE, '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>',
            '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>'
            '<spiffworkflow:property name="escalade_a" value="pilotages"/>',
        ),
        mended=edit(
            ROUTE, '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>',
            '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>'
            '<spiffworkflow:property name="escalade_a" value="pilotage"/>',
        ),
    ),
    fault(
        "a household invited to answer a step of the team", "invitation-inside", ROUTE, "appeler",
        edit(
            ROUTE, '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>',
            '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>'
            '<spiffworkflow:property name="invitation" value="suite_donnee"/>',
        ),
        mended=edit(
            ROUTE, '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>',
            '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>'
            '<spiffworkflow:property name="bouton" value="Confirmer"/>',
        ),
    ),
    fault(
        "an invitation for somebody no diagram knows", "invitation-audience", ROUTE, "appeler",
        edit(
            ROUTE, '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>',
            '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>'
            '<spiffworkflow:property name="invitation" value="suite_donnee"/>'
            '<spiffworkflow:property name="invitation_a" value="voisin"/>',
        ),
        mended=edit(
            ROUTE, '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>',
            '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>'
            '<spiffworkflow:property name="invitation" value="suite_donnee"/>'
            '<spiffworkflow:property name="invitation_a" value="donneur_alerte"/>',
        ),
    ),
    fault(
        "the deadline of a step that does not exist is held", "unknown-held-step", ROUTE, "appeler",
        edit(
            ROUTE, '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>',
            '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>'
            '<spiffworkflow:property name="arrete_delais" value="apeler"/>',
        ),
        mended=edit(
            ROUTE, '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>',
            '<spiffworkflow:property name="escalade" value="jours_ouvres(2)"/>'
            '<spiffworkflow:property name="arrete_delais" value="appeler"/>',
        ),
    ),
    fault(
        "breaches answered in a process that does not exist", "unknown-process", SETTINGS,
        "manquements.processus",
        edit(SETTINGS, "[[calendrier]]", '[manquements]\nprocessus = "manquement"\n\n[[calendrier]]'),
        mended=edit(SETTINGS, "[[calendrier]]", '[manquements]\nprocessus = "visite"\n\n[[calendrier]]'),
    ),
    fault(
        "a warning by a message that does not exist", "unknown-template", SETTINGS, "messages.avertissement",
        edit(SETTINGS, 'rappel = "rappel_tache"', 'rappel = "rappel_tache"\navertissement = "alerte"'),
        mended=edit(
            SETTINGS, 'rappel = "rappel_tache"', 'rappel = "rappel_tache"\navertissement = "suite_donnee"'
        ),
    ),
    fault(
        "a breach without a due date", "breach-without-due", ROUTE, "debloquer",
        edit(
            ROUTE,
            '<spiffworkflow:property name="formulaire" value="relance"/>\n'
            '          <spiffworkflow:property name="delai" value="jours_ouvres(5)"/>',
            '<spiffworkflow:property name="formulaire" value="relance"/>\n'
            "          <spiffworkflow:property name=\"manquement\" value=\"'P0D'\"/>",
        ),
        mended=edit(
            ROUTE, '<spiffworkflow:property name="delai" value="jours_ouvres(5)"/>',
            '<spiffworkflow:property name="delai" value="jours_ouvres(5)"/>'
            "<spiffworkflow:property name=\"manquement\" value=\"'P0D'\"/>",
        ),
    ),
)  # fmt: skip

FREQUENCIES: tuple[Fault, ...] = RULES + NAMES
