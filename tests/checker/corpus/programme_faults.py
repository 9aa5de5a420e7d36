"""Faults of what a whole programme adds: acts started by hand, money, indicators."""

from tests.checker.corpus.build import ROUTE, SETTINGS, Change, Fault, between, edit, fault, put, verb

_ANCHOR = "[[calendrier]]"
_INDICATORS = "indicateurs.toml"
_MONEY = '[quotas]\nplaces = "Places"\n\n[enveloppes]\nfonds = "Fonds"\n\n[depenses.aide]\nlibelle = "Aide"\n'
_ONE = """[dimensions.urgence]
libelle = "Urgence"
valeur = "{value}"

[[indicateurs]]
id = "alertes"
libelle = "Signalements"
definition = "Les signalements reçus."
mesure = "compte"
par = ["urgence"]
"""


_PAID = """[financeur]
titre = "Bilan"

[[financeur.colonnes]]
libelle = "Santé"
valeur = "{value}"
"""
_PLANNED = '[capacite]\netape = "{step}"\ncouloir = "terrain"\nduree_heures = 3\nheures_semaine = 14\n'


def _settings(text: str) -> Change:
    return edit(SETTINGS, _ANCHOR, f"{text}\n{_ANCHOR}")


def _act(process: str, role: str) -> Change:
    said = f'libelle = "Essayer"\nprocessus = "{process}"\nroles = ["{role}"]\npour = "dossier"\n'
    return _settings(f"[gestes.essai]\n{said}")


def _quota(word: str) -> Change:
    return between("vers_clore", verb("ici", "controler_quota", result="place", quota=f"'{word}'"))


def _spend(envelope: str, nature: str) -> Change:
    asked = {"enveloppe": f"'{envelope}'", "nature": f"'{nature}'", "montant": "100"}
    return between("vers_clore", verb("ici", "engager_depense", result="engagement", **asked))


PROGRAMME: tuple[Fault, ...] = (
    fault(
        "an act that waits for a date", "act-first-step", SETTINGS, "gestes.essai.processus",
        _act("bilan", "conseil"), mended=_act("visite", "technique"),
    ),
    fault(
        "an act offered to who does not answer its first step", "act-lane", SETTINGS, "gestes.essai.roles",
        _act("visite", "conseil"), mended=_act("visite", "technique"),
    ),
    fault(
        "a quota that the settings do not hold", "unknown-quota", ROUTE, "ici",
        _settings(_MONEY), _quota("place"), mended=(_settings(_MONEY), _quota("places")),
    ),
    fault(
        "an envelope that the settings do not hold", "unknown-envelope", ROUTE, "ici",
        _settings(_MONEY), _spend("fond", "aide"), mended=(_settings(_MONEY), _spend("fonds", "aide")),
    ),
    fault(
        "a nature of spending that the settings do not hold", "unknown-nature", ROUTE, "ici",
        _settings(_MONEY), _spend("fonds", "aides"), mended=(_settings(_MONEY), _spend("fonds", "aide")),
    ),
    fault(
        "indicators with a key that means nothing", "bad-indicators", _INDICATORS, "inconnu",
        put(_INDICATORS, "inconnu = 1\n" + _ONE.format(value="signalement.urgence")),
        mended=put(_INDICATORS, _ONE.format(value="signalement.urgence")),
    ),
    fault(
        "an indicator broken down by what people write", "breakdown-of-words", _INDICATORS,
        "dimensions.urgence.valeur",
        put(_INDICATORS, _ONE.format(value="signalement.sante")),
        mended=put(_INDICATORS, _ONE.format(value="signalement.urgence")), warns=True,
    ),
    fault(
        "an account to those who pay with a column that people write", "column-of-words", _INDICATORS,
        "financeur.colonnes.1",
        put(_INDICATORS, _PAID.format(value="signalement.sante")),
        mended=put(_INDICATORS, _PAID.format(value="signalement.urgence")),
    ),
    fault(
        "a step planned that no diagram draws", "unknown-step", SETTINGS, "capacite.etape",
        _settings(_PLANNED.format(step="visite/ailleurs")),
        mended=_settings(_PLANNED.format(step="visite/realiser_visite")),
    ),
)  # fmt: skip
