"""What a bundle holds and nothing uses: warnings, because it does no harm but misleads."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from app.checker import inventory
from app.checker.model import Model
from app.checker.problem import Problem
from app.checker.references import invitations, missing, verbs
from app.checker.references.meetings import reports
from app.checker.references.verbs import calls
from app.engine.diagram import bpmn, ours


def problems(model: Model) -> Iterator[Problem]:
    """Yield forms, templates, tables and processes that nothing names."""
    if not model.whole or model.settings is None or not inventory.diagrams_all_read(model):
        return
    # A name that leads nowhere, of the same kind, is the fault to mend: it may well mean what seems unused.
    wrong = {problem.code for rule in (missing.problems, verbs.problems) for problem in rule(model)}
    if "unknown-form" not in wrong:
        yield from _forms(model)
    if not wrong & {"unknown-template", "unknown-operation", "missing-parameter", "unknown-parameter"}:
        yield from _templates(model)
    if "unknown-decision" not in wrong:
        yield from _decisions(model)
    if not wrong & {"unknown-process", "calendar-process"} and not _calls_nowhere(model):
        yield from _processes(model)


def _warning(path: str, element: str, code: str, message: str) -> Problem:
    return Problem(path, element, "warning", code, message)


def _forms(model: Model) -> Iterator[Problem]:
    asked = {item.form for rows in model.described.values() for item in rows if item.form}
    if model.settings is not None and model.settings.entry is not None:
        asked.add(model.settings.entry.form)
    if model.settings is not None and model.settings.campaigns is not None:
        asked.add(model.settings.campaigns.form)
    for key, (path, _) in model.forms.items():
        if key not in asked and not _read_somewhere(model, key, path):
            yield _warning(
                path,
                "",
                "unused-form",
                f"Aucune étape ne demande le formulaire « {key} ». Nommez-le dans une étape, ou retirez-le.",
            )


def _read_somewhere(model: Model, form: str, own: str) -> bool:
    """Whether an expression of a diagram, a table or another form reads an answer of ``form``."""
    word = re.compile(rf"\b{re.escape(form)}\.".encode())
    return any(
        word.search(data)
        for path, data in model.files.items()
        if path != own and path.startswith(("bpmn/", "dmn/", "forms/"))
    )


def _templates(model: Model) -> Iterator[Problem]:
    for folder, what, use in (("documents", "document", "ne produit"), ("messages", "message", "n'envoie")):
        given = [item.value for call in calls(model) for item in call.naming(folder)]
        if not all(isinstance(value, str) for value in given):
            continue  # a name that only a running case tells may be any of them
        named = {str(value) for value in given}
        if folder == "messages" and model.settings is not None:
            deadlines = model.settings.messages
            sent = (deadlines.reminder, deadlines.escalation, deadlines.warning)
            named |= {name for name in sent if name} | reports(model) | invitations.named(model)
            words = model.settings.registrations
            named |= set(words.messages.values()) if words is not None else set()
        for path in model.files:
            stem = PurePosixPath(path).stem
            if path.startswith(f"{folder}/") and stem not in named and path not in model.broken:
                yield _warning(
                    path,
                    "",
                    "unused-template",
                    f"Rien {use} le {what} « {stem} ». Nommez-le dans une étape automatique, ou retirez-le.",
                )


def _decisions(model: Model) -> Iterator[Problem]:
    named = {
        (called.text or "").strip()
        for root in model.roots.values()
        for node in bpmn(root, "businessRuleTask")
        for called in ours(node, "calledDecisionId")
    }
    for key, (path, table) in model.tables.items():
        if key not in named:
            yield _warning(
                path,
                key,
                "unused-decision",
                f"Aucun diagramme ne consulte la table « {table.name} ». "
                "Appelez-la dans une règle de décision, ou retirez-la.",
            )


def _processes(model: Model) -> Iterator[Problem]:
    settings = model.settings
    if settings is None:
        return
    started = {item.called for rows in model.described.values() for item in rows if item.called}
    started |= {entry.process for entry in settings.schedule}
    if settings.entry is not None:
        started.add(settings.entry.process)
    if settings.breaches.process is not None:
        started.add(settings.breaches.process)
    started |= {act.process for act in settings.acts.values()}
    started |= {str(item.value) for call in calls(model) for item in call.naming("processes")}
    for key, path in model.process_files.items():
        if key not in started:
            yield _warning(
                path,
                key,
                "unused-process",
                f"Rien ne démarre le processus « {key} » : ni un appel, ni [dossier], ni [[calendrier]], ni "
                "[manquements], ni [gestes]. "
                "Appelez-le, ou retirez-le.",
            )


def _calls_nowhere(model: Model) -> bool:
    called = {
        item.called for rows in model.described.values() for item in rows if item.kind == "callActivity"
    }
    return not called <= inventory.processes(model)
