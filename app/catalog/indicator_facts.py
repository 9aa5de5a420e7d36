"""What an indicator may count, and the names its expressions read of each (``indicateurs.toml``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

CASE: Final = "dossier"
CASE_PARTS: Final = (
    "priorite", "ouvert_le", "clos_le", "motif_cloture", "commune", "statut", "dpe", "origine", "structure",
    "confie",
)  # fmt: skip
"""Facts of the case, none of which says who lives there; ``confie.<relation>`` is a partner's id."""
SETTINGS: Final = "reglages"
ROW: Final = "ligne"


@dataclass(frozen=True)
class FactKind:
    """One kind of fact: the group under which its own parts are read, and what the file must name.

    ``lasts``: it has a beginning and an end, so that « pendant » and « fin » mean something.
    ``outlives``: its rows stay when the case is erased, without it. ``needs`` and ``may`` are keys of the
    indicator's table.
    """

    id: str
    label: str
    group: str | None = None
    parts: tuple[str, ...] = ()
    lasts: bool = False
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    outlives: bool = False


_KINDS: Final = (
    FactKind("dossiers", "dossiers", lasts=True),
    FactKind(
        "processus", "parcours", "processus", ("debut", "fin", "etat", "issue"), lasts=True,
        needs=("processus",),
    ),
    FactKind(
        "etapes", "étapes faites", "etape",
        ("id", "processus", "couloir", "entree_le", "faite_le", "echeance", "a_temps"),
        may=("processus", "etapes"),
    ),
    FactKind(
        "reponses", "formulaires remplis", "reponse", ("le", "etape"), needs=("formulaire",),
        may=("tableau", "retenir"),
    ),
    FactKind(
        "orientations", "orientations", "orientation",
        ("etat", "genre", "domaine", "partenaire", "transmise_le", "close_le", "echeance"), lasts=True,
    ),
    FactKind(
        "confies", "dossiers confiés", "confie", ("relation", "partenaire", "genre", "debut", "fin"),
        lasts=True,
    ),
    FactKind("messages", "messages partis", "message", ("modele", "etat", "canal")),
    FactKind(
        "manquements", "manquements", "manquement", ("genre", "etape", "etat", "attendu", "trouve"),
        lasts=True,
    ),
    FactKind("documents", "documents produits", "document", ("modele", "etat")),
    FactKind("reunions", "réunions", "reunion", ("processus", "presents")),
    FactKind(
        "engagements", "dépenses engagées", "engagement",
        ("nature", "montant", "quantite", "heures", "partenaire", "rendu", "debut", "fin"), outlives=True,
    ),
    FactKind("remises", "articles remis", "remise", ("article", "nombre", "cout", "economie")),
    FactKind(
        "portes", "portes d'une campagne", "porte", ("issue", "motif", "eligible", "commune", "campagne"),
        outlives=True,
    ),
)  # fmt: skip

FACTS: Final[Mapping[str, FactKind]] = MappingProxyType({kind.id: kind for kind in _KINDS})
"""Every kind of fact by the word of the file."""
COSTS: Final = "couts"
COST_PARTS: Final = ("materiel", "engagements")
"""What a household cost, as the account to the funder reads it: articles handed over, money engaged."""
GROUPS: Final = frozenset(kind.group for kind in _KINDS if kind.group)
