"""Every name in a diagram or in the settings leads somewhere: forms, lanes, tables, processes, messages."""

from collections.abc import Iterator

from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import Settings
from app.checker import inventory
from app.checker.model import Model
from app.checker.problem import Problem
from app.engine import Described
from app.engine.diagram import PEOPLE, bpmn, ours


def problems(model: Model) -> Iterator[Problem]:
    """Yield the names that lead nowhere; of a file alone, only what it misses by itself."""
    for process, rows in model.described.items():
        path = model.process_files[process]
        for item in rows:
            if item.kind in PEOPLE:
                yield from _form(model, path, item)
                yield from _lane(model.settings if model.whole else None, path, item)
    if model.whole:
        yield from _agendas(model)
        yield from _decisions(model)
        yield from _empty_lanes(model)
        if model.settings is not None:
            yield from _settings(model, model.settings)
        elif SETTINGS_FILE not in model.files and SETTINGS_FILE not in model.broken:
            yield _error(
                SETTINGS_FILE, "", "bad-settings", "Ce fichier manque : il donne les rôles et les réglages."
            )


def _error(path: str, element: str, code: str, message: str) -> Problem:
    return Problem(path, element, "error", code, message)


def _form(model: Model, path: str, item: Described) -> Iterator[Problem]:
    named = (item.form or "").strip()
    if not named:
        yield _error(
            path,
            item.element,
            "unknown-form",
            f"L'étape « {item.name} » ne nomme aucun formulaire. "
            "Écrivez-le dans sa propriété « formulaire ».",
        )
    elif model.whole and named not in inventory.forms(model):
        yield _error(
            path,
            item.element,
            "unknown-form",
            f"L'étape « {item.name} » demande le formulaire « {named} », qui n'existe pas. "
            f"Créez forms/{named}.json, ou corrigez la propriété « formulaire ».",
        )


def _lane(settings: Settings | None, path: str, item: Described) -> Iterator[Problem]:
    if item.lane is None:
        yield _error(
            path,
            item.element,
            "no-lane",
            f"L'étape « {item.name} » n'est dans aucun couloir : personne ne la recevra. "
            "Placez-la dans le couloir de qui doit la faire.",
        )
    elif settings is not None and item.lane not in settings.lanes:
        yield _error(
            path,
            item.element,
            "unknown-lane",
            f"L'étape « {item.name} » est dans le couloir « {item.lane} », absent de territoire.toml. "
            f"Ajoutez-y [couloirs.{item.lane}], ou donnez au couloir un identifiant connu.",
        )


def _agendas(model: Model) -> Iterator[Problem]:
    """Yield appointments that would stand in the calendar of a lane that does not exist."""
    for path, form in model.forms.values():
        lane = form.appointment.lane if form.appointment is not None else None
        if lane is not None and model.settings is not None and lane not in model.settings.lanes:
            yield _error(
                path,
                "agenda.couloir",
                "unknown-lane",
                f"Le rendez-vous de ce formulaire va à l'agenda du couloir « {lane} », absent de "
                f"territoire.toml. Ajoutez-y [couloirs.{lane}], ou corrigez « couloir » dans « agenda ».",
            )


def _empty_lanes(model: Model) -> Iterator[Problem]:
    """Yield lanes that the settings do not know and in which no step of a person already says so."""
    if model.settings is None:
        return
    said = {
        item.lane for rows in model.described.values() for item in rows if item.kind in PEOPLE and item.lane
    }
    for path, root in model.roots.items():
        for lane in bpmn(root, "lane"):
            key = lane.get("id", "")
            if key not in model.settings.lanes and key not in said:
                yield _error(
                    path,
                    key,
                    "unknown-lane",
                    f"Le couloir « {lane.get('name') or key} » ({key}) est absent de territoire.toml. "
                    f"Ajoutez-y [couloirs.{key}], ou donnez au couloir un identifiant connu.",
                )


def _decisions(model: Model) -> Iterator[Problem]:
    names = inventory.decisions(model)
    for path, root in model.roots.items():
        for node in bpmn(root, "businessRuleTask"):
            called = next(ours(node, "calledDecisionId"), None)
            named = (called.text or "").strip() if called is not None else ""
            if named.isidentifier() and named not in names:
                yield _error(
                    path,
                    node.get("id", ""),
                    "unknown-decision",
                    f"La table de décision « {named} » n'existe pas. "
                    "Créez-la dans dmn/, ou corrigez son nom.",
                )


def _settings(model: Model, settings: Settings) -> Iterator[Problem]:
    processes, forms = inventory.processes(model), inventory.forms(model)
    if settings.entry is not None:
        if settings.entry.form not in forms:
            yield _error(
                SETTINGS_FILE,
                "dossier.formulaire",
                "unknown-form",
                f"Un signalement remplit le formulaire « {settings.entry.form} », qui n'existe pas. "
                "Corrigez « formulaire » dans [dossier], ou créez ce formulaire.",
            )
        if settings.entry.process not in processes:
            yield _error(
                SETTINGS_FILE,
                "dossier.processus",
                "unknown-process",
                f"Un signalement démarre le processus « {settings.entry.process} », qui n'existe pas. "
                "Corrigez « processus » dans [dossier], ou dessinez ce processus.",
            )
    for number, entry in enumerate(settings.schedule, start=1):
        if entry.process not in processes:
            yield _error(
                SETTINGS_FILE,
                f"calendrier[{number}].processus",
                "calendar-process",
                f"Le calendrier démarre le processus « {entry.process} », qui n'existe pas. "
                "Corrigez « processus » dans [[calendrier]], ou dessinez ce processus.",
            )
    answered = settings.breaches.process
    if answered is not None and answered not in processes:
        yield _error(
            SETTINGS_FILE,
            "manquements.processus",
            "unknown-process",
            f"Un manquement démarre le processus « {answered} », qui n'existe pas. "
            "Corrigez « processus » dans [manquements], ou dessinez ce processus.",
        )
    yield from _deadline_messages(model, settings)
    yield from _registrations(model, settings)
    yield from _ends_of_rereading(model, settings)


def _deadline_messages(model: Model, settings: Settings) -> Iterator[Problem]:
    messages = inventory.templates(model, "messages")
    for key, name in (
        ("rappel", settings.messages.reminder),
        ("escalade", settings.messages.escalation),
        ("avertissement", settings.messages.warning),
    ):
        if name and name not in messages:
            yield _error(
                SETTINGS_FILE,
                f"messages.{key}",
                "unknown-template",
                f"Le message « {name} » n'existe pas. Créez messages/{name}.txt, ou corrigez « {key} » dans "
                "[messages].",
            )


def _registrations(model: Model, settings: Settings) -> Iterator[Problem]:
    """Yield the messages that do not exist, and a column of types that no form has."""
    words = settings.registrations
    if words is None:
        return
    for key, name in words.messages.items():
        if name not in inventory.templates(model, "messages"):
            yield _error(
                SETTINGS_FILE,
                f"inscriptions.{key}",
                "unknown-template",
                f"Le message « {name} » n'existe pas. Créez messages/{name}.txt, ou corrigez « {key} » dans "
                "[inscriptions].",
            )
    form_id, table, column = words.kinds_from
    _, form = model.forms.get(form_id, ("", None))
    held = form.field(table) if form is not None else None
    if form_id not in inventory.forms(model) or (
        form is not None and (held is None or not any(one.key == column for one in held.columns))
    ):
        yield _error(
            SETTINGS_FILE,
            "inscriptions.types_de",
            "unknown-form",
            f"« {'.'.join(words.kinds_from)} » n'est pas la colonne d'un tableau. Corrigez « types_de » dans "
            "[inscriptions].",
        )


def _ends_of_rereading(model: Model, settings: Settings) -> Iterator[Problem]:
    """Yield rights to read back that would never end, because no diagram holds their step (LAW-1)."""
    if not inventory.diagrams_all_read(model):
        return
    steps = {item.element for rows in model.described.values() for item in rows}
    for role in settings.roles.values():
        if role.reread_until and role.reread_until not in steps:
            yield _error(
                SETTINGS_FILE,
                f"roles.{role.id}.relecture_jusqua",
                "bad-settings",
                f"L'étape « {role.reread_until} » n'existe dans aucun diagramme : la relecture ne finirait "
                "jamais. Corrigez « relecture_jusqua ».",
            )
