"""The figures as a French table."""

from collections.abc import Iterator, Mapping
from typing import Any


def table(figures: Mapping[str, Any]) -> str:
    """Return what ``measure`` found, for people."""
    return "\n".join(_lines(figures))


def _lines(figures: Mapping[str, Any]) -> Iterator[str]:
    steps = figures["etapes"]
    yield f"Banc de mesure de Relais · {figures['base']} · {figures['machine']}"
    yield (
        f"Dossier réel : {figures['territoire']}, {figures['diagrammes']} diagrammes, {figures['elements']} "
        f"éléments ; étapes mesurées : « {' » et « '.join(figures['boucle'])} », en boucle."
    )
    yield (
        f"{figures['mesures']} mesures par colonne, Relais et SpiffWorkflow nu en alternance ; "
        "temps en ms, p50 / p95."
    )
    yield from _SAME
    yield ""
    yield _row("Étapes déjà faites dans le dossier", list(steps))
    yield from (_row(label, [_text(found[key]) for found in steps.values()]) for label, key in _STEPS)
    yield ""
    due, box = figures["echeance"], figures["corbeille"]
    yield _row("Une échéance entière (bail, moteur, validation)", [_text(due["ms"])])
    yield from (
        _row(label, [_text(due[key])])
        for label, key in (
            *_FLOOR,
            ("  instructions SQL", "instructions"),
            ("  validations (commits)", "validations"),
        )
    )
    yield ""
    yield from _clockwork(figures["moteur"], figures["essai"])
    yield ""
    sizes = [key for key in box if key != "rapport"]
    yield _row("Tâches ouvertes", [_spaced(int(size)) for size in sizes])
    yield _row("  et terminées", ["0", _spaced(figures["terminees"])])
    for label, found in (
        ("Corbeille, toutes les listes, par la page (tous les couloirs)", box),
        ("Supervision, ses quatre pages", figures["supervision"]),
    ):
        yield _row(label, [_text(found[size]) for size in sizes])
        yield _row("  rapport des p95 (visé : 2 au plus)", [_text(found["rapport"])])


def _clockwork(works: Mapping[str, Any], trial: Mapping[str, Any]) -> Iterator[str]:
    yield _row("Échéances par seconde, par « relais worker »", ["1 processus", "2 processus"])
    yield _row("  moteur embarqué", [_text(rate) for rate in works["par_seconde"].values()])
    if "procrastinate" in works:
        yield _row("  Procrastinate", [_text(rate) for rate in works["procrastinate"].values()])
    felt, look = works["sauvegarde"], works["regard"]
    yield _row("Répondre à une étape", ["au repos", "arriéré en cours"])
    yield _row("  par la page (visé : p95 sous 100 ms)", [_text(felt["repos"]), _text(felt["arriere"])])
    yield _row("  rapport des p95", [_text(felt["rapport"])])
    yield from _trial(trial)
    cases = [key for key in look if key != "rapport"]
    yield _row("Dossiers ouverts, rien d'échu", [_spaced(int(count)) for count in cases])
    yield _row("  un battement de la pompe", [_text(look[count]) for count in cases])
    yield _row("  rapport des p95", [_text(look["rapport"])])


def _trial(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a simulation asked from the page does to others: their saves, and the ratio."""
    size = f"{found['menages']} ménages × {found['mois']} mois"
    yield _row(f"Pendant une simulation depuis la page, {size}", ["au repos", "simulation"])
    yield _row("  répondre à une étape, par la page", [_text(found["repos"]), _text(found["essai"])])
    yield _row("  rapport des p95", [_text(found["rapport"])])
    yield _row(
        "  premier jour montré, puis arrêt demandé (ms)",
        [_text(found["premier_progres"]), _text(found["arret"])],
    )
    yield _row(
        "  premier jour, rien n'étant prêt (formulaire ouvert avant le démarrage, ms)",
        [_text(found["premier_a_froid"])],
    )


def _spaced(count: int) -> str:
    return f"{count:_}".replace("_", " ")


_SAME = (
    "Le même des deux côtés : les fichiers BPMN (appels, minuteries, messages), les étapes et leur ordre,",
    "les données à chaque arrêt (résultats déclarés, sorties des tables et des verbes) ; le banc le vérifie.",
    "Vidé pour SpiffWorkflow nu : verbes et tables ne font rien, les délais des tâches ne sont pas calculés,",
    "les conditions sont récrites pour Python. Il n'a ni page, ni droits, ni formulaire, ni journal.",
)
"""What both sides share and what the floor was spared: every line of the table is read with it."""

_FLOOR = (
    ("  plancher : SpiffWorkflow nu et une ligne écrite", "plancher_ms"),
    ("  rapport (visé : 2 au plus)", "rapport"),
    ("  SpiffWorkflow nu, rien d'écrit", "moteur_nu_ms"),
    ("  rapport", "rapport_moteur_nu"),
    ("  temps de processeur, nous", "processeur_ms"),
    ("  temps de processeur, plancher", "processeur_plancher_ms"),
    ("  rapport", "rapport_processeur"),
)
_STEPS = (
    ("Répondre à une étape, par la page (connexion, jeton, formulaire)", "ms"),
    *_FLOOR,
    ("Instructions SQL pour lire", "instructions_lecture"),
    ("Instructions SQL pour écrire", "instructions_ecriture"),
    ("Transactions d'écriture", "transactions_ecriture"),
    ("Validations (commits)", "validations"),
    ("Octets de l'état", "etat"),
    ("  du moteur nu", "etat_moteur_nu"),
    ("Octets du dossier, toutes lignes", "dossier"),
)


def _row(label: str, values: list[str]) -> str:
    return f"{label:<66}" + "".join(f"{value:>18}" for value in values)


def _text(value: object) -> str:
    """Return a number with a decimal comma, or both percentiles."""
    if isinstance(value, Mapping):
        return " / ".join(_text(part) for part in value.values())
    if isinstance(value, float):
        return f"{value:.1f}".replace(".", ",") if value >= 10 or value == int(value) else _small(value)
    return f"{value:_}".replace("_", " ")


def _small(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
