"""Builders: a territory on its shipped files, the people in it, cases carried by the real use cases.

Everything works in the application context and the territory being served; nothing is faked. Answers
come from the forms' own generator with a fixed seed, and take the straight way unless told otherwise.
"""

import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from flask import Flask, current_app
from lxml import etree
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import clock, jobs, scheduler, tenancy
from app.catalog.fields import Field, of_classes
from app.catalog.forms import Form
from app.catalog.kinds.tables import sample_fields
from app.config import ROOT, Settings
from app.database import Base, db, end_read, transaction
from app.errors import RelaisError
from app.models import (
    AnahCeiling,
    Case,
    Document,
    JournalLine,
    Membership,
    Message,
    Orientation,
    Partner,
    ProcessInstance,
    Release,
    Task,
    Territory,
    Timer,
    User,
)
from app.services import (
    accounts,
    actors,
    cases,
    ceilings,
    releases,
    reviews,
    starting,
    task_view,
    tasks,
)
from app.services.actors import Actor
from app.services.cases import OpenedAlert
from app.services.tasks import Completed

SEED: Final = 2026
SAINT_NAZAIRE: Final = "44184"
BESNE: Final = "44013"
_SPIFF: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"

STRAIGHT: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "analyse": {"priorite": "P2", "doublon": False, "dans_champ": True, "prestation": "visite"},
        "rendez_vous": {"issue": "fixe"},
        "visite": {"issue": "realisee"},
        "validation": {"complet": True},
        "orientations": {"lignes": [{"genre": "adil"}]},
        "reponse_partenaire": {"acceptee": True},
        "resultat_partenaire": {"statut": "realisee"},
        "relance": {"suite": "attendre"},
        "cloture": {"motif": "reglee", "satisfaction": "satisfait"},
    }
)
"""What each form answers when nothing else is asked: the way that leads to a settled situation."""

ALERT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "origine": "ccas", "donneur_nom": "Jeanne Le Goff", "donneur_structure": "CCAS de Saint-Nazaire",
        "donneur_courriel": "jeanne.legoff@exemple.invalid", "civilite": "mme", "nom": "Moreau",
        "prenom": "Lucie", "annee_naissance": 1968, "telephone": "02 61 91 00 12",
        "courriel": "lucie.moreau@exemple.invalid", "interprete": False,
        "adresse": {"voie": "12 rue du Croisic", "cp": "44600", "insee": SAINT_NAZAIRE},
        "accord": "obtenu", "accord_mode": "oral", "statut": "locataire_prive", "personnes": 2,
        "tranche_revenus": "MO", "avis_imposition": [], "handicap": False, "sante_fragile": False,
        "indices": ["froid", "facture_elevee"],
    }
)  # fmt: skip


# The server and the territory


def a_server(app: Flask, folder: Path, **given: Any) -> Settings:
    """Give a bare application the settings that services read; ``given`` replaces some of them."""
    settings = Settings(
        database_url=app.config["SQLALCHEMY_DATABASE_URI"],
        secret_key="clé-des-sessions-des-tests-assez-longue",
        data_key=app.config["RELAIS_DATA_KEY"],
        base_url="http://127.0.0.1:8000",
        files_folder=folder / "files",
        programmes_root=ROOT,
        demo=True,
    )
    settings = replace(settings, **given)
    app.config["RELAIS_SETTINGS"] = settings
    return settings


_loaded: dict[tuple[Path, str, str], list[tuple[type[Base], dict[str, Any]]]] = {}
"""What loading a territory wrote, to be written again in the next test's database, same ids."""


def a_territory(code: str = "carene", *, root: Path = ROOT) -> Territory:
    """Return the territory of these files, with its first release and the Anah ceilings.

    It is loaded for good once a process; later databases are given the same rows.
    """
    known = releases.territory_by_code(code)
    if known is not None:
        return known
    key = (root, code, str(current_app.config["RELAIS_DATA_KEY"]))
    ceilings_known = db.session.scalar(select(AnahCeiling).limit(1)) is not None
    if key not in _loaded:
        ceilings.load_shipped()
        releases.load_territory(root, code)
        _loaded[key] = _rows_of(code)
    else:
        rows = [row for row in _loaded[key] if not (row[0] is AnahCeiling and ceilings_known)]
        territory_id = next(facts["id"] for entity, facts in rows if entity is Territory)
        with tenancy.serving(territory_id), transaction() as session:
            for entity, facts in rows:
                session.add(entity(**facts))
                if entity is Territory:
                    session.flush()
    found = releases.territory_by_code(code)
    assert found is not None
    return found


def _rows_of(code: str) -> list[tuple[type[Base], dict[str, Any]]]:
    territory = releases.territory_by_code(code)
    assert territory is not None
    found: list[tuple[type[Base], dict[str, Any]]] = []
    with tenancy.serving(territory.id):
        wrote: list[type[Base]] = [Territory, Release, JournalLine, AnahCeiling]
        for entity in wrote:
            query = select(entity).where(Territory.code == code) if entity is Territory else select(entity)
            for row in db.session.scalars(query):
                names = [column.key for column in entity.__mapper__.column_attrs]
                found.append((entity, {name: getattr(row, name) for name in names}))
    end_read()
    return found


@contextmanager
def serving(code: str = "carene", *, root: Path = ROOT) -> Iterator[Territory]:
    """Serve a territory for the time of the block; create it when it is not there."""
    territory = a_territory(code, root=root)
    with tenancy.serving(territory.id):
        yield territory


# People


def a_user(
    *roles: str, name: str | None = None, email: str | None = None, password: str | None = None
) -> User:
    """Return an account that holds ``roles`` in the territory being served.

    The same roles and name give the same account. ``password`` makes one that can log in (slower).
    """
    shown = name or " et ".join(roles)
    territory = db.session.get_one(Territory, tenancy.current_id())
    mail = email or f"{re.sub(r'[^a-z]+', '.', shown.lower())}@{territory.code}.invalid"
    known = db.session.scalar(select(User).where(User.email == mail))
    if known is not None:
        return known
    if password is not None:
        return accounts.create_user(
            mail, name=shown, password=password, territory_id=territory.id, roles=list(roles)
        )
    with transaction() as session:
        user = User(email=mail, name=shown, password_hash="!", created_at=clock.now())
        user.memberships.append(Membership(territory_id=tenancy.current_id(), roles=list(roles)))
        session.add(user)
    return user


def an_actor(*roles: str, name: str | None = None) -> Actor:
    """Return somebody with an account who holds ``roles`` in the territory being served."""
    return actors.actor_for(a_user(*roles, name=name))


def the_hand(task: Task) -> Actor:
    """Return somebody who may answer this task."""
    return an_actor(releases.of(task.process.release_id).settings.lanes[task.lane].roles[0])


def a_partner(
    kind: str = "adil",
    insee: str | Sequence[str] | None = None,
    *,
    name: str | None = None,
    email: str | None = None,
) -> Partner:
    """Return a new line of the directory, for one commune, several, or everywhere (None)."""
    communes = [insee] if isinstance(insee, str) else list(insee or ())
    label = releases.current().settings.partner_kinds[kind].label
    shown = name or (f"{label} de {communes[0]}" if communes else label)
    address = email or f"{'.'.join([kind, *communes])}@partenaires.invalid"
    with transaction() as session:
        row = Partner(kind=kind, name=shown, communes=communes, email=address)
        session.add(row)
    return row


def a_directory() -> None:
    """Fill the directory: a CCAS, a CMS and a CLIC for each commune, the other kinds for everywhere."""
    settings = releases.current().settings
    for kind in settings.partner_kinds:
        if kind in {"ccas", "cms", "clic"}:
            for commune in settings.communes:
                a_partner(kind, commune.insee, name=f"{kind.upper()} de {commune.name}")
        else:
            a_partner(kind)


# Answers


def sample(
    form: Form,
    context: Mapping[str, Any],
    *,
    classes: frozenset[str] | None = None,
    seed: int = SEED,
    **wanted: Any,
) -> dict[str, Any]:
    """Return plausible answers that the form accepts, with those ``wanted`` (raw or typed) in them."""
    rng = random.Random(f"{seed}/{form.id}")  # noqa: S311  # plausible answers, no secret
    scope = form.scope(context)
    fields = tuple(_leaning(field, wanted) for field in of_classes(form.fields, classes))
    drawn = sample_fields(fields, rng, scope)
    for field in fields:
        if field.key in wanted and field.key in drawn:
            drawn[field.key] = _merged(drawn[field.key], wanted[field.key])
    return dict(form.schema(classes=classes, scope=scope).load(drawn))


def _leaning(field: Field, wanted: Mapping[str, Any]) -> Field:
    """Return the field drawn so that the conditions of the others see what is wanted."""
    if field.key not in wanted:
        return field
    value = wanted[field.key]
    if isinstance(value, bool):
        return replace(field, simulation={"poids": {"oui" if value else "non": 1}, "part": 1})
    if field.type == "choix":
        return replace(field, simulation={"poids": {value: 1}, "part": 1})
    if field.type == "cases" and value:
        kept = tuple(option for option in field.options if option.value in value)
        return replace(field, options=kept or field.options, minimum=len(value), simulation={"part": 1})
    return replace(field, required=True)


def _merged(drawn: Any, wanted: Any) -> Any:
    """Complete wanted rows with what was drawn for the first one, so that a test says only what matters."""
    if not (
        isinstance(wanted, list) and isinstance(drawn, list) and any(isinstance(w, dict) for w in wanted)
    ):
        return wanted
    return [
        {**(drawn[min(number, len(drawn) - 1)] if drawn else {}), **row} for number, row in enumerate(wanted)
    ]


def answers_for(
    task_id: UUID, actor: Actor | None = None, *, seed: int = SEED, **wanted: Any
) -> dict[str, Any]:
    """Return plausible answers to an open task: those ``wanted``, else the straight way, else drawn."""
    end_read()
    task = db.session.scalars(select(Task).where(Task.id == task_id)).one()
    view = task_view.open_task(task_id, actor or the_hand(task))
    straight = dict(STRAIGHT.get(view.form.id, {}))
    if view.form.id == "revue":
        straight["situations"] = [{"decision": "poursuivre"}] * len(view.context.get("situations", []))
    if view.form.id == "orientations" and "lignes" not in wanted:
        straight["lignes"] = [an_orientation("adil")]
    if view.form.id == "orientations" and "lignes" in wanted:
        wanted["lignes"] = [an_orientation(row.pop("genre"), **row) for row in map(dict, wanted["lignes"])]
    return sample(
        view.form,
        view.context,
        classes=view.classes,
        seed=seed,
        **straight | wanted,
    )


def an_orientation(kind: str, **facts: Any) -> dict[str, Any]:
    """Return a row of the form of orientations: the partner found by kind, one technical answer shared."""
    return {
        "genre": kind, "partenaire": None, "domaine": "social", "motif": "Le séjour reste froid.",
        "champs_partages": ["signalement.statut"], "accord": True, "echeance": None,
    } | facts  # fmt: skip


# Cases


def an_alert(*, by: Actor | None = None, **wanted: Any) -> OpenedAlert:
    """Open a case from an alert: Madame Lucie Moreau, Saint-Nazaire, unless told otherwise."""
    release = releases.current()
    sender = by or actors.public(release.settings)
    answers = sample(release.forms["signalement"], {}, classes=sender.rights.collect, **{**ALERT, **wanted})
    return cases.open_alert(answers, by=sender)


def a_case(
    running: str = "analyser_signalement",
    *,
    alert: Mapping[str, Any] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> OpenedAlert:
    """Carry a new case with the real use cases until it stands at ``running``.

    Args:
        running: an element that waits (a task, a message), or a called process with an open task.
        alert: answers of the alert.
        answers: ``{element: answers}`` wanted on the way.
    """
    if db.session.scalar(select(Partner).limit(1)) is None:
        a_directory()
    opened = an_alert(**(alert or {}))
    return drive(opened, running, answers=answers)


def drive(
    opened: OpenedAlert, running: str, *, answers: Mapping[str, Mapping[str, Any]] | None = None
) -> OpenedAlert:
    """Carry a case on until it stands at ``running``; everything open before it is answered."""
    for _ in range(40):
        waiting = open_tasks(opened.case_id)
        if _stands_at(opened, running, waiting):
            return opened
        assert waiting, f"{opened.reference} never reaches {running}: nothing is open any more"
        task = waiting[0]
        wanted = dict((answers or {}).get(task.element, {}))
        by = the_hand(task)
        tasks.complete(task.id, answers_for(task.id, by, **wanted), by=by)
    raise AssertionError(f"{opened.reference} never reaches {running}: {[t.element for t in waiting]}")


def _stands_at(opened: OpenedAlert, running: str, waiting: Sequence[Task]) -> bool:
    if any(running in {task.element, task.called_process} for task in waiting):
        return True
    process = the_process(opened)
    if running == "fin":
        return process.status == "finished"
    return (
        any(wait["element"] == running and wait["kind"] == "message" for wait in process.waits)
        and not waiting
    )


def complete(
    element: str,
    *,
    case: OpenedAlert | None = None,
    scope: str | None = None,
    by: Actor | None = None,
    **wanted: Any,
) -> Completed:
    """Answer the open step of that element (and case, and branch) with plausible answers."""
    task = the_task(element, case=case, scope=scope)
    hand = by or the_hand(task)
    return tasks.complete(task.id, answers_for(task.id, hand, **wanted), by=hand)


# What stands in the database


def open_tasks(case_id: UUID | None = None) -> list[Task]:
    """Return the open steps (of one case), the oldest first."""
    end_read()
    query = select(Task).where(Task.status == "open").order_by(Task.entered_at, Task.id)
    return list(db.session.scalars(query if case_id is None else query.where(Task.case_id == case_id)))


def the_task(element: str, *, case: OpenedAlert | None = None, scope: str | None = None) -> Task:
    """Return the only open step of that element (and case, and branch)."""
    waiting = open_tasks(case.case_id if case else None)
    found = [task for task in waiting if task.element == element and scope in {None, task.scope}]
    assert len(found) == 1, (element, scope, [(task.element, task.scope) for task in waiting])
    return found[0]


def the_process(case: OpenedAlert | None = None, *, process: str | None = None) -> ProcessInstance:
    """Return the only process of that case, or of that name."""
    end_read()
    query = select(ProcessInstance)
    query = query.where(ProcessInstance.id == case.process_id) if case else query
    return db.session.scalars(query.where(ProcessInstance.process == process) if process else query).one()


def the_case(case: OpenedAlert) -> Case:
    """Return the case as it stands now."""
    end_read()
    return db.session.scalars(select(Case).where(Case.id == case.case_id)).one()


def the_timer(element: str) -> Timer:
    """Return the only waiting timer of that element."""
    end_read()
    return db.session.scalars(select(Timer).where(Timer.element == element)).one()


def the_messages(kind: str | None = None) -> list[Message]:
    """Return the messages written so far (of one kind), the oldest first."""
    end_read()
    query = select(Message).order_by(Message.queued_at, Message.id)
    return list(db.session.scalars(query.where(Message.kind == kind) if kind else query))


def the_message(kind: str | None = None, *, to: str | None = None) -> Message:
    """Return the only message of that kind (and recipient)."""
    found = [message for message in the_messages(kind) if to in {None, message.recipient}]
    assert len(found) == 1, [(message.kind, message.recipient) for message in found]
    return found[0]


def the_orientations(case: OpenedAlert) -> dict[str, Orientation]:
    """Return the orientations of a case by kind of partner (the newest of each kind)."""
    end_read()
    query = select(Orientation).where(Orientation.case_id == case.case_id).order_by(Orientation.created_at)
    return {row.partner.kind: row for row in db.session.scalars(query)}


def the_link(partner_email: str) -> str:
    """Return the token of the newest personal link written to that partner."""
    found = [message for message in the_messages("demande_partenaire") if message.recipient == partner_email]
    token = re.search(r"/o/([\w-]+)", str(found[-1].body))
    assert token is not None
    return token[1]


def the_journal(action: str | None = None) -> list[JournalLine]:
    """Return the lines of the journal (of one action), in order."""
    end_read()
    query = select(JournalLine).order_by(JournalLine.number)
    return list(db.session.scalars(query.where(JournalLine.action == action) if action else query))


# What runs by itself


def pump(*, documents: bool = False) -> int:
    """Do everything that is due now; return how many things were done.

    Args:
        documents: lay out the PDFs too (a second each); else they stay to be made.
    """
    named = jobs.registered() if documents else jobs.registered() - scheduler.PRESS
    done = 0
    while turn := scheduler.pump(jobs_named=named):
        done += turn
    return done


@dataclass(frozen=True)
class People:
    """The hands of CARENE's route."""

    ecorenove: Actor
    technicien: Actor
    coordonnateur: Actor
    pole: Actor
    administration: Actor


def people() -> People:
    """Return one person of each role of CARENE."""
    return People(
        ecorenove=an_actor("ecorenove"),
        technicien=an_actor("technicien"),
        coordonnateur=an_actor("travailleur_social"),
        pole=an_actor("coordinatrice_pole"),
        administration=an_actor("administration"),
    )


# Other programmes, other hands


def a_variant(
    folder: Path, code: str, verbs: Mapping[str, tuple[str, Mapping[str, str]]] | None = None
) -> Path:
    """Copy CARENE's files under another code; return the root to load it from.

    Args:
        folder: an empty folder.
        verbs: ``{service task: (verb, {parameter: expression})}``, in place of what the diagram says.
    """
    for part in ("bpmn", "forms"):
        shutil.copytree(ROOT / part / "base", folder / part / "base")
        source = ROOT / part / "territories" / "carene"
        if source.exists():
            shutil.copytree(source, folder / part / "territories" / code)
    settings = folder / "bpmn" / "territories" / code / "territoire.toml"
    settings.write_text(settings.read_text().replace('code = "carene"', f'code = "{code}"'))
    for file in folder.rglob("*.bpmn"):
        tree = etree.parse(file)
        for element, (verb, parameters) in (verbs or {}).items():
            for operator in tree.iterfind(f".//*[@id='{element}']//{{{_SPIFF}}}serviceTaskOperator"):
                operator.set("id", verb)
                (given,) = operator
                given[:] = [
                    etree.Element(f"{{{_SPIFF}}}parameter", id=name, type="any", value=value)
                    for name, value in parameters.items()
                ]
        tree.write(file, xml_declaration=True, encoding="UTF-8")
    return folder


def together(app: Flask, count: int, act: Callable[[int], Any]) -> list[Any]:
    """Run ``act(number)`` in threads that start at once, each in its own context, same territory and hour.

    Returns what each gave, or the error it raised, in the order of the numbers.
    """
    territory_id, start = tenancy.current_id(), Barrier(count)
    end_read()

    def run(number: int) -> Any:
        with app.app_context(), tenancy.serving(territory_id):
            try:
                start.wait(30)
                return act(number)
            except (RelaisError, SQLAlchemyError) as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(count) as hands:
        return list(hands.map(run, range(count)))


@contextmanager
def later(instant: datetime | None = None, **delay: float) -> Iterator[datetime]:
    """Let the clock of every thread run from ``instant`` (now) plus ``delay`` (``days=…``) for the block."""
    before = clock._offset[0]
    clock.shift(before + ((instant or clock.now()) + timedelta(**delay) - clock.now()))
    try:
        yield clock.now()
    finally:
        clock.shift(before)


def hold_review(decision: str = "poursuivre", **decisions: str) -> None:
    """Hold the next review now: ``decision`` for every situation, or ``decisions`` by reference."""
    starting.arm_all()
    end_read()
    waiting = select(ProcessInstance.id).where(ProcessInstance.case_id.is_(None))
    process_id = db.session.scalars(waiting.order_by(ProcessInstance.rank.desc())).first()
    assert process_id is not None
    reviews.start_now(process_id, by=an_actor("administration"))
    task = the_task("tenir_revue")
    by = the_hand(task)
    rows = task_view.open_task(task.id, by).context["situations"]
    decided = [{"decision": decisions.get(row["reference"], decision)} for row in rows]
    tasks.complete(task.id, answers_for(task.id, by, situations=decided), by=by)


def the_process_row(case: OpenedAlert) -> ProcessInstance:
    """Return the row of a case's process inside the transaction under way."""
    return db.session.scalars(select(ProcessInstance).where(ProcessInstance.id == case.process_id)).one()


def the_documents(template: str | None = None) -> list[Document]:
    """Return the documents ordered so far (of one template), the oldest first."""
    end_read()
    query = select(Document).order_by(Document.at, Document.id)
    return list(db.session.scalars(query.where(Document.template == template) if template else query))
