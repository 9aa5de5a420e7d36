"""What the doctor asks of a database that answers and is at this version.

Each look yields what it saw; one that the database refuses is told by the doctor and hides no other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, func, select

from app import clock, queues, tenancy
from app.config import Settings
from app.database import db, end_read, transaction
from app.models import Heartbeat, Incident, Job, JournalLine, Message, ProcessInstance, Territory, Timer
from app.services import backup_databases, heartbeats, journal, readiness, releases

SKEW: Final = timedelta(seconds=5)
"""Two clocks further apart than this make leases and deadlines doubtful."""
LATE: Final = timedelta(minutes=10)
MOST: Final = 10_000
NEWEST: Final = 50_000
"""Lines of each journal checked, from the end; a restored database is checked whole."""


@dataclass(frozen=True)
class Seen:
    """One thing looked at; ``optional``: Relais works without it."""

    what: str
    ok: bool
    sentence: str
    optional: bool = False


def server(settings: Settings) -> Iterator[Seen]:
    """How many territories, whether the database can be written, what it says of itself."""
    territories = db.session.scalar(select(func.count(Territory.id))) or 0
    end_read()
    yield Seen("Base de données", ok=True, sentence=f"à jour, {territories} territoire(s).")
    with transaction() as session:  # a write that changes nothing: refused on a full or read-only disk
        session.add(_probe())
        session.flush()
        session.rollback()
    if db.engine.dialect.name == "sqlite":
        yield from _sqlite(Path(settings.database_url.removeprefix("sqlite:///")))
    else:
        yield from _postgresql()


def _probe() -> Heartbeat:
    now = clock.now()
    return Heartbeat(id="doctor", kind="doctor", host="", pid=0, started_at=now, beat_at=now)


def _sqlite(file: Path) -> Iterator[Seen]:
    whole = backup_databases.sound(file)
    yield Seen(
        "Intégrité de la base",
        ok=whole,
        sentence="le fichier est sain."
        if whole
        else "le fichier est abîmé. Arrêtez le serveur, gardez-en une copie, et reprenez la dernière "
        "sauvegarde (« relais restore »).",
    )
    wal = file.with_name(file.name + "-wal")
    size = wal.stat().st_size if wal.exists() else 0
    if size > 500_000_000:
        yield Seen(
            "Journal d'écriture",
            ok=False,
            sentence=f"il fait {size / 1e6:.0f} Mo : un programme garde la base ouverte en lecture. "
            "Arrêtez-le, puis relancez le serveur.",
        )


def _postgresql() -> Iterator[Seen]:
    told = backup_databases.of_server(db.session.connection())
    yield Seen(
        "PostgreSQL",
        ok=told.version >= 130000,
        sentence=f"version {told.version // 10000}."
        + ("" if told.version >= 130000 else " Relais demande la version 13 ou une plus récente."),
    )
    yield Seen(
        "Cloisonnement des territoires",
        ok=not told.sees_everything,
        sentence=f"le rôle « {told.role} » est tenu au territoire servi, comme il se doit."
        if not told.sees_everything
        else f"le rôle « {told.role} » est super-utilisateur ou passe outre la sécurité des lignes : la "
        "base ne garde plus les territoires les uns des autres. Créez un rôle simple et mettez-le dans "
        "DATABASE_URL "
        "(docs/guides/exploiter.md).",
    )
    gap = abs(told.now - (clock.now() - clock.shifted()))
    yield Seen(
        "Horloges",
        ok=gap <= SKEW,
        sentence="celle de la base et celle de cette machine s'accordent."
        if gap <= SKEW
        else f"celle de la base et celle de cette machine diffèrent de {gap.total_seconds():.0f} s. "
        "Réglez-les sur un serveur de temps (timedatectl set-ntp true).",
    )
    end_read()


def sealed(_settings: Settings) -> Iterator[Seen]:
    """Whether the key is right, the journal whole, and the clock did not go back."""
    fits = readiness.key_fits()
    if fits is False:
        yield Seen(
            "Clé des données",
            ok=False,
            sentence="ce n'est pas celle qui a scellé le journal : les réponses secrètes et les fichiers ne "
            "se liront pas. Remettez l'ancienne dans RELAIS_DATA_KEY avant de servir.",
        )
        return
    newest: datetime | None = None
    broken: list[str] = []
    for territory_id, name in [(row.id, row.name) for row in releases.all_territories()]:
        with tenancy.serving(territory_id):
            line = journal.verify(NEWEST)
            last = db.session.scalar(select(JournalLine.at).order_by(JournalLine.number.desc()).limit(1))
        end_read()
        broken += [f"{name} (ligne {line})"] if line is not None else []
        newest = max(filter(None, (newest, last)), default=None)
    yield Seen(
        "Journal",
        ok=not broken,
        sentence="la chaîne de chaque territoire se tient."
        if not broken
        else f"la chaîne est rompue : {', '.join(broken)}. Quelqu'un a écrit dans la base sans passer par "
        "Relais. Gardez cette base, et comparez avec une sauvegarde.",
    )
    if newest is not None and newest > clock.now() + SKEW:
        back = newest - clock.now()
        yield Seen(
            "Horloge de la machine",
            ok=False,
            sentence=f"elle a reculé : la dernière ligne du journal a {back.total_seconds() / 60:.0f} min "
            "d'avance sur elle. Réglez-la (timedatectl) ; les échéances attendront leur heure.",
        )


def work(settings: Settings) -> Iterator[Seen]:
    """Whether what falls due is being done, and what gave up."""
    with tenancy.unscoped("due_work"):
        late = clock.now() - LATE
        waiting = _count(
            select(Timer.id)
            .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
            .where(Timer.status == "waiting", Timer.due_at < late, ProcessInstance.status == "running")
        )
        unrun = _count(select(Job.id).where(Job.status == "waiting", Job.run_at < late))
        dead = sum(_count(select(row.id).where(row.status == "dead")) for row in (Timer, Job, Message))
        incidents = _count(select(Incident.id).where(Incident.status == "open"))
    pulse = heartbeats.pulse()
    end_read()
    start = (
        "« relais worker »" if settings.jobs == "procrastinate" else "« relais serve » ou « relais worker »"
    )
    yield Seen("Moteur des échéances", ok=pulse.beats, sentence=pulse.sentence(start))
    yield Seen(
        "Échéances",
        ok=not waiting,
        sentence=f"{waiting} en attente depuis plus de dix minutes : lancez « relais worker »."
        if waiting
        else "aucune en souffrance.",
    )
    yield Seen(
        "Travaux",
        ok=not unrun,
        sentence=f"{unrun} attendent depuis plus de dix minutes : voyez la page Travaux, et {start}."
        if unrun
        else "aucun en retard.",
    )
    yield Seen(
        "Abandons",
        ok=not dead,
        sentence=f"{dead} échéance(s), travail ou message(s) abandonnés : voyez la page Travaux, où ils se "
        "relancent."
        if dead
        else "aucun.",
    )
    if incidents:
        yield Seen(
            "Incidents", ok=False, optional=True,
            sentence=f"{incidents} ouvert(s) : voyez la page Supervision de chaque territoire.",
        )  # fmt: skip


def carrier(settings: Settings) -> Iterator[Seen]:
    """Procrastinate's tables and workers, when they carry the jobs."""
    if settings.jobs != "procrastinate":
        return
    connection = db.session.connection()
    stands_at = queues.installed(connection)
    alive = queues.live_workers(connection) if stands_at else 0
    end_read()
    if stands_at != queues.newest():
        yield Seen(
            "Procrastinate", ok=False, sentence="ses tables manquent ou datent. Lancez « relais db upgrade »."
        )
        return
    yield Seen(
        "Procrastinate",
        ok=alive > 0,
        sentence=f"{alive} processus au travail."
        if alive
        else "aucun processus au travail. Lancez « relais worker », sur une ou plusieurs machines.",
    )


LOOKS: Final[tuple[Callable[[Settings], Iterator[Seen]], ...]] = (server, sealed, work, carrier)
"""Every look, in the order of the report."""


def _count(query: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.limit(MOST).subquery())) or 0
