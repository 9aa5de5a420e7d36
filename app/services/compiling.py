"""A bundle made ready to run."""

from app.catalog.bundle import Bundle
from app.decisions import DecisionTable, parse_decisions
from app.engine import Programme, compile_programme, describe, process_ids
from app.errors import BundleFault


def prove(bundle: Bundle) -> None:
    """Compile everything before anything is stored, and see that diagrams name what exists.

    Raises:
        BundleFault, ProgrammeFault, DecisionFault: a file cannot run.
    """
    _, programme = compiled(bundle)
    for process in process_ids(programme):
        for step in describe(programme, process):
            if step.form and step.form not in bundle.forms:
                raise BundleFault(
                    file=f"processus {process}",
                    cause=f"l'étape « {step.name} » demande le formulaire « {step.form} », qui n'existe pas.",
                )
            if step.form and step.lane not in bundle.settings.lanes:
                raise BundleFault(
                    file=f"processus {process}",
                    cause=f"le couloir « {step.lane} » de l'étape « {step.name} » manque à territoire.toml.",
                )
    entry = bundle.settings.entry
    if entry is not None and (entry.form not in bundle.forms or entry.process not in process_ids(programme)):
        raise BundleFault(
            file="territoire.toml",
            cause="« dossier » nomme un formulaire ou un processus qui n'existe pas dans ce dispositif.",
        )
    for scheduled in bundle.settings.schedule:
        if scheduled.process not in process_ids(programme):
            raise BundleFault(
                file="territoire.toml",
                cause=f"le calendrier démarre « {scheduled.process} », qui n'existe pas.",
            )


def compiled(bundle: Bundle) -> tuple[dict[str, DecisionTable], Programme]:
    """Return a bundle's decision tables by id, and its diagrams as one programme.

    Raises:
        ProgrammeFault, DecisionFault: a file cannot run.
    """
    decisions: dict[str, DecisionTable] = {}
    diagrams: dict[str, bytes] = {}
    for name, content in bundle.files.items():
        if name.startswith("dmn/"):
            decisions |= parse_decisions(content)
        elif name.startswith("bpmn/"):
            diagrams[name] = content
    return decisions, compile_programme(diagrams, bundle.fingerprint)
