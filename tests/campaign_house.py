"""A campaign in a few calls: prepared, with its targets, in the field, walked; by the real use cases."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select

from app import clock
from app.database import db, end_read
from app.models import Campaign, Round, Target
from app.services import act_view, acts, campaign_imports, campaigns, doors, releases, tasks
from app.services.actors import Actor
from tests import build

COORDINATOR: Final = "ecorenove"
HOME: Final = {"present": "oui", "accepte_echange": True}
ABSENT: Final = {"present": "absent"}
EMPTY: Final = {"present": "inhabite"}
NO: Final = {**HOME, "accepte_visite": False, "motif_refus": "pas_besoin"}
YES: Final = {
    **HOME, "statut": "locataire_prive", "construction": "avant_1975", "froid": True, "factures": True,
    "personnes": 3, "revenus_plafond": "oui", "accepte_visite": True, "nom": "Le Bihan", "prenom": "Rose",
    "telephone": "02 40 00 12 34", "creneaux": ["matin"], "accord": ["oui"],
}  # fmt: skip

SHEET: Final = (
    "Adresse;Complément;Code postal;Commune;Tournée\n"
    "2 rue des Lilas;;44600;Saint-Nazaire;Tournée 1\n"
    "4 rue des Lilas;;44600;Saint-Nazaire;Tournée 1\n"
    "6 rue des Lilas;Bât. B;44600;Saint-Nazaire;Tournée 1\n"
    "1 place du Marché;;44480;Donges;Tournée 2\n"
)


def a_campaign(*, field: bool = False, sheet: str | None = SHEET, **wanted: Any) -> UUID:
    """Return a campaign whose targets are imported; ``field``: its rounds may be handed out."""
    today = clock.today()
    by = build.an_actor(COORDINATOR)
    _, view = act_view.opened("campagne", None, by)
    answers = build.sample(
        view.form, view.context, classes=by.rights.collect,
        **{"nom": "Hiver 2026", "criteres": "Logements d'avant 1975", "perimetre": None, "debut": today,
           "fin": today.replace(year=today.year + 1)} | wanted,
    )  # fmt: skip
    process_id = acts.start("campagne", None, answers, by=by)
    end_read()
    campaign_id = db.session.scalars(select(Campaign.id).where(Campaign.process_id == process_id)).one()
    if sheet is not None:
        load(campaign_id, sheet.encode())
    if field:
        to_the_field()
    return campaign_id


def load(campaign_id: UUID, content: bytes, name: str = "cibles.csv") -> int:
    """Import a sheet: sent, looked at, confirmed."""
    by = build.an_actor(COORDINATOR)
    preview_id = campaign_imports.send(campaign_id, content, name, by=by)
    seen = campaign_imports.show(campaign_id, preview_id).seen
    return campaign_imports.load(campaign_id, preview_id, seen, by=by)


def to_the_field() -> None:
    """Sign the convention and say that the targets are ready."""
    build.complete("verifier_convention", signee=True, date=clock.today(), reference="LP-2026")
    build.complete("importer_cibles", pret=["oui"])
    end_read()


def close(campaign_id: UUID) -> None:
    """End the field and close the campaign."""
    del campaign_id
    build.complete("suivre_terrain", suite="terminer")
    build.complete("rediger_bilan")
    end_read()


def the_round(campaign_id: UUID, name: str = "Tournée 1") -> Round:
    """Return a round by its name."""
    end_read()
    return db.session.scalars(select(Round).where(Round.campaign_id == campaign_id, Round.name == name)).one()


def opened(campaign_id: UUID, name: str = "Tournée 1") -> tuple[UUID, str]:
    """Open a round; return it and its code."""
    row = the_round(campaign_id, name).id
    return row, campaigns.open_round(campaign_id, row, by=build.an_actor(COORDINATOR))


def a_postman() -> Actor:
    """Return a postman with an account."""
    return build.an_actor("facteur")


def knock(
    round_id: UUID,
    target_id: UUID,
    said: Mapping[str, Any],
    *,
    by: Actor | None = None,
    device: UUID | None = None,
) -> doors.Taken:
    """Answer at a door as the page does: validated against the questions first."""
    release = releases.current()
    who = by or a_postman()
    answers = doors.form_of(release).parse(
        dict(said), classes=who.rights.collect, context=doors.context_of(release.settings)
    )
    end_read()
    return doors.record(round_id, target_id, device or uuid4(), answers, said_at=None, by=who)


def targets(campaign_id: UUID) -> Sequence[Target]:
    """Return the targets of a campaign, in the order of their rounds."""
    end_read()
    query = select(Target).outerjoin(Round, Round.id == Target.round_id)
    query = query.where(Target.campaign_id == campaign_id)
    return db.session.scalars(query.order_by(Round.name, Target.place)).all()


def walked(round_id: UUID, rng: random.Random) -> Iterator[str]:
    """Walk a whole round with answers drawn from the questions; yield what came of each door."""
    release = releases.current()
    form, who = doors.form_of(release), a_postman()
    for door in doors.walk(round_id).doors:
        said = form.sample(rng, doors.context_of(release.settings), classes=who.rights.collect)
        end_read()
        doors.record(round_id, door.id, uuid4(), said, said_at=None, by=who)
        end_read()
        yield db.session.scalars(select(Target.status).where(Target.id == door.id)).one()


def task_done(element: str, **wanted: Any) -> None:
    """Answer an open step of a campaign."""
    task = build.the_task(element)
    by = build.the_hand(task)
    tasks.complete(task.id, build.answers_for(task.id, by, **wanted), by=by)
