"""CARENE's programme with the appointment renamed and each diagnosis looked at twice, and lots of cases."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.bundle import bundle_from_files
from app.database import db, transaction
from app.ids import new_id
from app.models import MigratedProcess, Migration
from app.services import migrating, releases
from app.services.actors import Actor
from app.services.releases import LoadedRelease
from tests.build import an_actor

OLD, NEW = "prendre_rendez_vous", "fixer_rendez_vous"
VISIT: Final = "visite"
RENAMED: Final = {(VISIT, OLD): ((VISIT, NEW),)}

Edit = Callable[[dict[str, bytes]], None]


def rename_the_appointment(files: dict[str, bytes]) -> None:
    """Give the step « Prendre rendez-vous » another id: what is open there must be told where it goes on."""
    files["bpmn/visite.bpmn"] = files["bpmn/visite.bpmn"].replace(OLD.encode(), NEW.encode())


def ask_for_a_second_look(files: dict[str, bytes]) -> None:
    """Add a step after the validation of each diagnosis, done by the same lane with the same form."""
    text = files["bpmn/validation.bpmn"].decode()
    start = text.index('<bpmn:userTask id="valider_diagnostic"')
    step = text[start : text.index("</bpmn:userTask>", start) + len("</bpmn:userTask>")]
    flow = step[step.index("<bpmn:outgoing>") + 15 : step.index("</bpmn:outgoing>")]
    second = step.replace("valider_diagnostic", "relire_diagnostic").replace(
        'name="Valider le diagnostic"', 'name="Relire le diagnostic"'
    )
    second = second[: second.index("<bpmn:incoming>")] + (
        f"<bpmn:incoming>vers_relire</bpmn:incoming><bpmn:outgoing>{flow}</bpmn:outgoing></bpmn:userTask>"
    )
    text = text.replace(step, step.replace(flow, "vers_relire") + second)
    text = text.replace(
        f'<bpmn:sequenceFlow id="{flow}" sourceRef="valider_diagnostic"',
        '<bpmn:sequenceFlow id="vers_relire" sourceRef="valider_diagnostic" targetRef="relire_diagnostic" />'
        f'<bpmn:sequenceFlow id="{flow}" sourceRef="relire_diagnostic"',
    )
    reference = "<bpmn:flowNodeRef>valider_diagnostic</bpmn:flowNodeRef>"
    text = text.replace(reference, reference + reference.replace("valider", "relire"))
    files["bpmn/validation.bpmn"] = _drawn(text).encode()


def _drawn(text: str) -> str:
    """Draw the added step under the one that it follows, and the way there."""
    shape = (
        '<bpmndi:BPMNShape id="relire_diagnostic_di" bpmnElement="relire_diagnostic">'
        '<dc:Bounds x="555" y="405" width="100" height="60" /></bpmndi:BPMNShape>'
        '<bpmndi:BPMNEdge id="vers_relire_di" bpmnElement="vers_relire">'
        '<di:waypoint x="605" y="365" /><di:waypoint x="605" y="405" /></bpmndi:BPMNEdge>'
    )
    return text.replace("</bpmndi:BPMNPlane>", shape + "</bpmndi:BPMNPlane>")


def give_the_analysis_more_time(files: dict[str, bytes]) -> None:
    """Let the analysis of an alert take forty days."""
    text = files["bpmn/tri.bpmn"].decode()
    start = text.index('id="analyser_signalement"')
    before, after = text[:start], text[start:]
    at = after.index('name="delai" value="') + len('name="delai" value="')
    end = after.index('"', at)
    files["bpmn/tri.bpmn"] = (before + after[:at] + "&#34;P40D&#34;" + after[end:]).encode()


def a_new_release(*edits: Edit, note: str = "Une version de plus.") -> LoadedRelease:
    """Publish the current programme with some edits."""
    files = dict(releases.current().bundle.files)
    for edit in edits:
        edit(files)
    return releases.publish(bundle_from_files(files), note=note)


def the_migrator() -> Actor:
    """Somebody of the administration, who may carry cases over."""
    return an_actor("administration")


def a_lot(target: LoadedRelease, by: Actor, picked: Sequence[UUID] | None = None, **choice: object) -> UUID:
    """Begin a lot of what runs elsewhere."""
    recompute = bool(choice.pop("recompute", False))
    wanted = migrating.Choice(target=target.id, **choice)  # type: ignore[arg-type]
    return migrating.begin(wanted, by=by, picked=picked, recompute=recompute)


def the_lot(migration_id: UUID) -> Migration:
    """Return the row of a lot, read afresh."""
    return db.session.get_one(Migration, migration_id, populate_existing=True)


def the_rows(migration_id: UUID) -> list[MigratedProcess]:
    """Return the cases of a lot, in order, read afresh."""
    query = select(MigratedProcess).where(MigratedProcess.migration_id == migration_id)
    found = db.session.scalars(query.order_by(MigratedProcess.rank).execution_options(populate_existing=True))
    return list(found)


def a_kept_lot(process_id: UUID) -> tuple[UUID, UUID]:
    """Keep a lot of one process, judged; return its id and that of its row."""
    release = releases.current()
    with transaction() as session:
        lot = Migration(id=new_id(), target_id=release.id, status="judged", author="Essai", at=clock.now())
        session.add(lot)
        session.flush()
        row = MigratedProcess(
            id=new_id(), migration_id=lot.id, process_id=process_id, from_id=release.id, rank=0,
            state="judged", verdict="refused", told={"obstacles": [["gone", VISIT, OLD, "Prendre", ""]]},
        )  # fmt: skip
        session.add(row)
        return lot.id, row.id
