"""Acts of territoire.toml: what each names exists, and its first step is one that its roles may answer."""

from collections.abc import Iterator

from app.catalog.acts import Act
from app.catalog.settings import FILE, Settings
from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import CASE, SETTINGS, TERRITORY, catalogue, perhaps
from app.checker.names.occurrences import occurrences
from app.checker.problem import Problem
from app.engine import Described
from app.engine.diagram import PEOPLE
from app.expressions import ExpressionError, check


def problems(model: Model) -> Iterator[Problem]:
    """Yield what the acts of a whole bundle name in vain, or could not do."""
    if not model.whole or model.settings is None:
        return
    yield from _network(model, model.settings)
    for act in model.settings.acts.values():
        yield from _processes(act, model)
        yield from _first_step(act, model, model.settings)
        yield from _condition(act, model)


def _say(act: Act, key: str, code: str, message: str) -> Problem:
    return Problem(FILE, f"gestes.{act.id}.{key}", "error", code, message)


def _processes(act: Act, model: Model) -> Iterator[Problem]:
    known = inventory.processes(model)
    for key, named in (("processus", act.process), ("pendant", act.during)):
        if named is not None and named not in known:
            hint = perhaps(named, sorted(known)) or "Dessinez ce processus, ou corrigez le nom."
            what = "démarre" if key == "processus" else "s'offre pendant"
            yield _say(
                act, key, "unknown-process",
                f"Le geste « {act.label} » {what} le processus « {named} », qui n'existe pas. {hint}",
            )  # fmt: skip


def _network(model: Model, settings: Settings) -> Iterator[Problem]:
    """Yield the events and the leads of [reseau] that are no process."""
    known = inventory.processes(model)
    for key, named in (
        ("evenements", settings.network.events),
        ("pistes", settings.network.leads),
        ("formations", settings.network.trainings),
    ):
        for process in named:
            if process not in known:
                hint = perhaps(process, sorted(known)) or "Dessinez ce processus, ou retirez-le de la liste."
                yield Problem(
                    FILE, f"reseau.{key}", "error", "unknown-process",
                    f"[reseau] nomme le processus « {process} », qui n'existe pas. {hint}",
                )  # fmt: skip


def _first_step(act: Act, model: Model, settings: Settings) -> Iterator[Problem]:
    steps = {step.element: step for step in model.described.get(act.process, ())}
    begins = [step for step in steps.values() if step.kind == "startEvent" and not step.within]
    if not begins:
        return
    first = steps.get(begins[0].next[0]) if len(begins[0].next) == 1 else None
    if begins[0].event is not None or first is None or first.kind not in PEOPLE or first.multiple:
        yield _say(
            act, "processus", "act-first-step",
            f"Le geste « {act.label} » montre d'abord un formulaire : le processus « {act.process} » doit "
            "commencer, sans attendre ni message ni date, par une étape d'une personne. "
            "Placez cette étape juste après le début.",
        )  # fmt: skip
        return
    yield from _lane(act, first, settings)


def _lane(act: Act, first: Described, settings: Settings) -> Iterator[Problem]:
    """Yield the roles that are offered an act whose first step is not theirs to answer."""
    lane = settings.lanes.get(first.lane or "")
    if lane is None:
        return
    idle = [role for role in act.roles if role not in lane.roles]
    if idle:
        told = ", ".join(f"« {role} »" for role in idle)
        yield _say(
            act, "roles", "act-lane",
            f"La première étape du geste « {act.label} » est dans le couloir « {lane.label} », où le rôle "
            f"{told} ne répond pas. Ajoutez ce rôle à [couloirs.{lane.id}], ou retirez-le du geste.",
        )  # fmt: skip


def _condition(act: Act, model: Model) -> Iterator[Problem]:
    """Yield what the condition of an act reads and may not."""
    if not act.open_if:
        return
    try:
        check(act.open_if)
    except ExpressionError as fault:
        yield _say(act, "ouvert_si", "bad-expression", f"« {act.open_if[:60]} » ne se lit pas : {fault}")
        return
    known = catalogue(model)
    roots = {SETTINGS, TERRITORY} | ({CASE} if act.of_case else set())
    for name in dict.fromkeys(item.name for item in occurrences(act.open_if)):
        root = name.partition(".")[0]
        unknown = known.unknown(name) if root in roots else None
        if unknown is not None:
            yield _say(act, "ouvert_si", *unknown)
        elif root not in roots:
            yield _say(
                act, "ouvert_si", "unknown-name",
                f"« {name} » ne se lit pas ici. On y lit {', '.join(sorted(roots))}.",
            )  # fmt: skip
