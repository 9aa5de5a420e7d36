"""Faults of moments and expressions: durations, dates, conditions, parameters that cannot be read."""

from tests.checker.corpus.build import REVIEW, ROUTE, VISIT, Fault, between, edit, event, fault, timer

LATE = '<timeDuration>"P60D"</timeDuration>'

TIMERS: tuple[Fault, ...] = (
    fault(
        "a timer that repeats",
        "time-cycle",
        ROUTE,
        "visite_en_retard",
        edit(ROUTE, LATE, "<timeCycle>R/P1M</timeCycle>"),
    ),
    fault(
        "a cycle on an intermediate event",
        "time-cycle",
        ROUTE,
        "ici",
        between("vers_clore", timer("ici", "R3/P7D", "timeCycle")),
        mended=between("vers_clore", timer("ici", '"P21D"')),
    ),
    fault("a timer without a moment", "missing-time", ROUTE, "visite_en_retard", edit(ROUTE, LATE, "")),
    fault(
        "an empty duration",
        "missing-time",
        ROUTE,
        "visite_en_retard",
        edit(ROUTE, LATE, "<timeDuration/>"),
    ),
    fault(
        "a duration without quotes in a drawn timer",
        "unquoted-duration",
        ROUTE,
        "visite_en_retard",
        edit(ROUTE, LATE, "<timeDuration>P60D</timeDuration>"),
        mended=edit(ROUTE, LATE, "<timeDuration>'P60D'</timeDuration>"),
    ),
    fault(
        "a duration without quotes behind an event gateway",
        "unquoted-duration",
        ROUTE,
        "bilan_tardif",
        edit(ROUTE, '"P90D"', "P3M"),
        mended=edit(ROUTE, '"P90D"', '"P3M"'),
    ),
    fault(
        "a deadline without quotes",
        "unquoted-duration",
        REVIEW,
        "tenir_bilan",
        edit(REVIEW, "'P15D'", "P15D"),
    ),
    fault(
        "a reminder without quotes",
        "unquoted-duration",
        ROUTE,
        "appeler",
        edit(ROUTE, "'P1D'", "PT36H"),
        mended=edit(ROUTE, "'P1D'", "'PT36H'"),
    ),
    fault(
        "an escalation without quotes",
        "unquoted-duration",
        ROUTE,
        "appeler",
        edit(ROUTE, "jours_ouvres(2)", "P2D"),
        mended=edit(ROUTE, "jours_ouvres(2)", "'P2D'"),
    ),
    fault(
        "a month and a half",
        "bad-duration",
        ROUTE,
        "bilan_tardif",
        edit(ROUTE, '"P90D"', '"P1.5M"'),
        mended=edit(ROUTE, '"P90D"', '"P1M15D"'),
    ),
    fault(
        "a duration in words",
        "bad-duration",
        REVIEW,
        "tenir_bilan",
        edit(REVIEW, "'P15D'", "'15 jours'"),
    ),
    fault(
        "a duration of nothing",
        "bad-duration",
        ROUTE,
        "visite_en_retard",
        edit(ROUTE, LATE, '<timeDuration>""</timeDuration>'),
    ),
    fault(
        "a date where a duration stands",
        "bad-duration",
        ROUTE,
        "appeler",
        edit(ROUTE, "'P1D'", "'2026-13-45'"),
    ),
)
EXPRESSIONS: tuple[Fault, ...] = (
    fault(
        "a condition with one equal sign",
        "bad-expression",
        ROUTE,
        "appel_abouti_oui",
        edit(ROUTE, "appel.issue == 'fixe'", "appel.issue = 'fixe'"),
    ),
    fault(
        "a condition that calls a method",
        "bad-expression",
        VISIT,
        "visite_faite_oui",
        edit(VISIT, "visite.issue == 'realisee'", "visite.issue.startswith('real')"),
    ),
    fault(
        "a condition left empty",
        "bad-expression",
        REVIEW,
        "des_situations_oui",
        edit(REVIEW, "len(situations) &gt; 0", ""),
    ),
    fault(
        "an unknown function in a start timer",
        "bad-expression",
        REVIEW,
        "trimestre_echu",
        edit(REVIEW, "mois_apres(ancre, 3 * rang)", "trimestre_apres(ancre, rang)"),
    ),
    fault(
        "a parameter outside the language",
        "bad-expression",
        ROUTE,
        "clore_sans_suite",
        edit(ROUTE, "'sans_suite'", "__import__('os').getcwd()"),
    ),
    fault(
        "a deadline outside the language",
        "bad-expression",
        ROUTE,
        "debloquer",
        edit(ROUTE, "jours_ouvres(5)", "lambda: 5"),
    ),
    fault(
        "a payload outside the language",
        "bad-expression",
        REVIEW,
        "annoncer_suite",
        edit(REVIEW, ">bilan.suite<", ">{'suite': bilan.suite}<"),
    ),
    fault(
        "a collection outside the language",
        "bad-expression",
        VISIT,
        "poser_materiel",
        edit(VISIT, ">visite.pieces<", ">[p for p in visite.pieces]<"),
    ),
    fault(
        "a conditional event without its condition",
        "bad-expression",
        ROUTE,
        "ici",
        between("vers_clore", event("ici", "<conditionalEventDefinition/>", "intermediateCatchEvent")),
        mended=between(
            "vers_clore",
            event(
                "ici",
                "<conditionalEventDefinition><condition>appel.issue == "
                "'fixe'</condition></conditionalEventDefinition>",
                "intermediateCatchEvent",
            ),
        ),
    ),
)
