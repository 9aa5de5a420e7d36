"""Faults of decision tables: a cell that cannot be read, what no rule takes, what two rules take."""

from tests.checker.corpus.build import Fault, edit, fault

PRIORITY, COMFORT = "dmn/priorite.dmn", "dmn/confort.dmn"

CELLS: tuple[Fault, ...] = (
    fault(
        "a hit policy that is not supported",
        "bad-decision",
        PRIORITY,
        "priorite",
        edit(PRIORITY, 'hitPolicy="UNIQUE"', 'hitPolicy="RULE ORDER"'),
        mended=edit(PRIORITY, 'hitPolicy="UNIQUE"', 'hitPolicy="FIRST"'),
    ),
    fault(
        "a cell outside the language",
        "bad-decision",
        COMFORT,
        "frais",
        edit(COMFORT, "[16..19[", "between(16, 19)"),
    ),
    fault(
        "a cell with an open bracket",
        "bad-decision",
        COMFORT,
        "frais",
        edit(COMFORT, "[16..19[", "[16..19"),
    ),
    fault(
        "a result without quotes around its words",
        "bad-decision",
        PRIORITY,
        "forte",
        edit(
            PRIORITY, '<outputEntry id="forte_delai"><text>"P2D"', '<outputEntry id="forte_delai"><text>P2D'
        ),
    ),
    fault(
        "a rule with a cell missing",
        "bad-decision",
        PRIORITY,
        "forte",
        edit(PRIORITY, '<inputEntry id="forte_enfant"><text>-</text></inputEntry>', ""),
    ),
    fault(
        "two results of one name",
        "bad-decision",
        PRIORITY,
        "priorite",
        edit(PRIORITY, 'name="delai"', 'name="niveau"'),
    ),
    fault(
        "an input that calls a method",
        "bad-decision",
        COMFORT,
        "confort",
        edit(COMFORT, "<text>visite.temperature</text>", "<text>visite.temperature.real()</text>"),
    ),
)
COVER: tuple[Fault, ...] = (
    fault("numbers that no rule takes", "dmn-gap", COMFORT, "confort", edit(COMFORT, "[16..19[", "[16..18[")),
    fault("a limit that no rule takes", "dmn-gap", COMFORT, "confort", edit(COMFORT, "[16..19[", "]16..19[")),
    fault(
        "an answer that no rule takes",
        "dmn-gap",
        PRIORITY,
        "priorite",
        edit(
            PRIORITY,
            '<inputEntry id="normale_enfant"><text>false',
            '<inputEntry id="normale_enfant"><text>true',
        ),
        edit(
            PRIORITY,
            '<inputEntry id="enfant_urgence"><text>"normale"',
            '<inputEntry id="enfant_urgence"><text>"forte"',
        ),
        edit(PRIORITY, '<inputEntry id="forte_enfant"><text>-', '<inputEntry id="forte_enfant"><text>false'),
    ),
    fault(
        "a new answer of a form that no rule takes",
        "dmn-gap",
        PRIORITY,
        "priorite",
        edit(
            "forms/signalement.json",
            '{"valeur": "normale", ',
            '{"valeur": "faible", "libelle": "Faible"}, {"valeur": "normale", ',
        ),
        mended=(
            edit(
                "forms/signalement.json",
                '{"valeur": "normale", ',
                '{"valeur": "faible", "libelle": "Faible"}, {"valeur": "normale", ',
            ),
            edit(
                PRIORITY,
                '<inputEntry id="normale_urgence"><text>"normale"',
                '<inputEntry id="normale_urgence"><text>"normale","faible"',
            ),
            edit(
                PRIORITY,
                '<inputEntry id="enfant_urgence"><text>"normale"',
                '<inputEntry id="enfant_urgence"><text>"normale","faible"',
            ),
        ),
    ),
    fault(
        "numbers that two rules take", "dmn-overlap", COMFORT, "frais", edit(COMFORT, "[16..19[", "[15..19[")
    ),
    fault(
        "a limit that two rules take", "dmn-overlap", COMFORT, "bon", edit(COMFORT, "[16..19[", "[16..19]")
    ),
    fault(
        "an answer that two rules take",
        "dmn-overlap",
        PRIORITY,
        "normale",
        edit(
            PRIORITY, '<inputEntry id="normale_enfant"><text>false', '<inputEntry id="normale_enfant"><text>-'
        ),
    ),
    fault(
        "a rule that an earlier one hides",
        "dmn-dead-rule",
        PRIORITY,
        "enfant",
        edit(PRIORITY, 'hitPolicy="UNIQUE"', 'hitPolicy="FIRST"'),
        edit(
            PRIORITY, '<inputEntry id="forte_urgence"><text>"forte"', '<inputEntry id="forte_urgence"><text>-'
        ),
        edit(
            PRIORITY,
            '<inputEntry id="normale_enfant"><text>false',
            '<inputEntry id="normale_enfant"><text>false',
        ),
        warns=True,
    ),
)
TABLES = (*CELLS, *COVER)
