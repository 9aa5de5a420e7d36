"""The network of Angers on its shipped files: its co-leads, its directory, a workshop."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, end_read
from app.models import Gathering, Task
from app.services import acts, task_view, tasks
from app.services.actors import Actor
from tests import build

CODE: Final = "angers"
DAY: Final = date(2026, 11, 17)
WORKSHOP: Final[Mapping[str, Any]] = {
    "titre": "Atelier de la solidarité", "date_evenement": DAY, "heure": "9 h", "commune": "49007",
    "lieu": "Salons Curnonsky", "programme": "Plénière, puis deux groupes en parallèle.",
    "groupes": [{"groupe": "Repérer", "places": 2}, {"groupe": "Payer ses factures", "places": None}],
    "places": 3, "cloture_inscriptions": date(2026, 11, 10),
}  # fmt: skip
STRUCTURES: Final = (
    ("institution", "CAF de Maine-et-Loire"), ("association_sociale", "CLCV d'Angers"),
    ("bailleur_social", "Podeliha"), ("fournisseur_energie", "EDF Solidarités"),
)  # fmt: skip


def ccas() -> Actor:
    """The co-lead of the CCAS."""
    return build.an_actor("copilote_ccas", name="Claire Ménard")


def alisee() -> Actor:
    """The co-lead of Alisée."""
    return build.an_actor("copilote_alisee", name="Yves Rabin")


def directory() -> None:
    """Four structures of four kinds."""
    for kind, name in STRUCTURES:
        build.a_partner(kind, name=name, email=f"{kind}@structures.invalid")


def a_workshop(**over: Any) -> UUID:
    """Begin a workshop by its act; its registrations are open."""
    return acts.start("atelier", None, {**WORKSHOP, **over}, by=ccas())


def on(day: date, hour: int = 12) -> Any:
    """Travel to a day."""
    return clock.at(datetime(day.year, day.month, day.day, hour, tzinfo=clock.PARIS))


def later(days: int) -> date:
    """A day to come, from the real one: pages are asked for today."""
    return clock.today() + timedelta(days=days)


def before(days: int) -> Any:
    """Travel to so many days before the workshop."""
    return on(DAY - timedelta(days=days))


def gathering(process_id: UUID) -> Gathering:
    """What people register for in a process."""
    end_read()
    return db.session.scalars(select(Gathering).where(Gathering.process_id == process_id)).one()


def open_steps(process_id: UUID) -> list[Task]:
    """The steps that wait in a process, in the order they came."""
    end_read()
    query = select(Task).where(Task.process_id == process_id, Task.status == "open")
    return list(db.session.scalars(query.order_by(Task.entered_at, Task.id)))


def answer(process_id: UUID, element: str, by: Actor, /, *, scope: str | None = None, **answers: Any) -> None:
    """Answer the open step of that element."""
    found = [
        task for task in open_steps(process_id) if task.element == element and scope in (None, task.scope)
    ]
    assert found, (element, [task.element for task in open_steps(process_id)])
    tasks.complete(found[0].id, answers, by=by)


def proposed(process_id: UUID, by: Actor) -> Mapping[str, Any]:
    """What the first open step of a process proposes before anybody types."""
    return task_view.open_task(open_steps(process_id)[0].id, by).initial


def publish(process_id: UUID, *, refused: bool = False) -> None:
    """Read over, agree (once refused by Alisée if asked), publish."""
    parts = [{"partie": "Plénière", "texte": "Le réseau présente son année."}]
    paper = {"titre": "Synthèses 2026", "genre": "Synthèses", "a_propos": None, "parties": parts}
    if refused:
        answer(process_id, "relire_publication", ccas(), **paper)
        answer(process_id, "accorder_ccas", ccas(), accord="oui")
        answer(process_id, "accorder_alisee", alisee(), accord="non", corrections="Dire les suites.")
        assert proposed(process_id, ccas())["refus_alisee"] == "Dire les suites."
        paper["parties"] = [*parts, {"partie": "Suites", "texte": "Un groupe reprend les propositions."}]
    with clock.at(clock.now() + timedelta(hours=1)):
        answer(process_id, "relire_publication", ccas(), **paper)
        answer(process_id, "accorder_alisee", alisee(), accord="oui")
        answer(process_id, "accorder_ccas", ccas(), accord="oui")
