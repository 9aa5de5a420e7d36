"""A territory in which two structures work: the same programme, roles limited to one's structure, two cases.

CARENE's files with one role more, ``referent``: it answers every lane of ours, holds every right but that of
the territory's administration, reads every class, and sees only what is entrusted to its structure. Whoever
alerts entrusts the case to their structure; the analysis chooses the operator, to whom the case is entrusted
once visited, and then taken back from whoever asked.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from app import clock
from app.access import PERMISSIONS
from app.database import db, transaction
from app.models import Entrustment, Membership, Partner, User
from app.services import actors
from app.services.actors import Actor
from app.services.cases import OpenedAlert
from tests import build

CODE = "partagee"
LANES = ("donneur_alerte", "ecorenove", "technicien", "coordonnateur", "pole")


def files(folder: Path) -> Path:
    """Write the programme under ``folder``; return the root to load it from."""
    root = build.a_variant(
        folder,
        CODE,
        {
            "produire_compte_rendu": (
                "confier_dossier",
                {
                    "relation": "'operateur'",
                    "partenaire": "analyse.structure",
                    "genre": "'amelioration_habitat'",
                },
            ),
            "produire_guide": ("retirer_dossier", {"relation": "'demandeur'"}),
        },
    )
    form = root / "forms" / "base" / "analyse.json"
    asked = json.loads(form.read_text())
    asked["champs"].append(
        {
            "cle": "structure",
            "type": "partenaire",
            "genre": "amelioration_habitat",
            "libelle": "Opérateur",
            "obligatoire": False,
        }
    )
    form.write_text(json.dumps(asked))
    file = root / "bpmn" / "territories" / CODE / "territoire.toml"
    text = file.read_text()
    for lane in LANES:
        head = f"[couloirs.{lane}]"
        before, _, after = text.partition(head)
        roles, _, rest = after.partition("]")
        text = f'{before}{head}{roles}, "referent"]{rest}'
    held = {right for right in PERMISSIONS if f'"{right}"' in text}  # none that nobody else holds
    rights = ", ".join(f'"{right}"' for right in sorted(held - {"territoire.administrer"}))
    text = text.replace("[dossier]\n", '[dossier]\nconfie_a_qui_signale = "demandeur"\n')
    text += '\n[relations]\noperateur = "Opérateur"\ndemandeur = "Structure demandeuse"\nslisl = "SLISL"\n'
    text = text.replace(
        "[roles.administration]",
        '[roles.referent]\nlibelle = "Référent d\'une structure"\nperimetre = "structure"\n'
        f"droits = [{rights}]\n"
        'collecte = ["technique", "social", "secret"]\nlecture = ["technique", "social", "secret"]\n\n'
        "[roles.administration]",
    )
    file.write_text(text)
    return root


def entrust(case_id: UUID, partner_id: UUID, relation: str = "operateur") -> None:
    """Entrust a case by its row."""
    with transaction() as session:
        session.add(
            Entrustment(
                case_id=case_id, partner_id=partner_id, relation=relation, since=clock.now(), by="essai"
            )
        )  # fmt: skip


def a_referent(
    partner: Partner | None, name: str, *roles: str, email: str | None = None, password: str | None = None
) -> User:
    """Return an account that works for a structure."""
    user = build.a_user(*(roles or ("referent",)), name=name, email=email, password=password)
    with transaction() as session:
        held = session.get_one(Membership, user.memberships[0].id)
        held.partner_id = partner.id if partner is not None else None
    return user


@dataclass
class Side:
    """A structure, somebody who works for it, a case entrusted to it."""

    partner: UUID
    user: UUID
    case: OpenedAlert

    @property
    def actor(self) -> Actor:
        """Who that person is now."""
        return actors.actor_for(db.session.get_one(User, self.user))


def a_side(name: str, running: str = "prendre_rendez_vous", *, password: str | None = None) -> Side:
    """Return a structure with its person and its case."""
    partner = build.a_partner(
        "amelioration_habitat", name=f"Opérateur {name}", email=f"{name.lower()}@ope.invalid"
    )
    user = a_referent(partner, f"Référente {name}", password=password)
    case = build.a_case(running)
    entrust(case.case_id, partner.id)
    return Side(partner.id, user.id, case)
