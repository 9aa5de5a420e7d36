"""Names read before anything can have written them, on the ways through the diagrams."""

from collections.abc import Callable, Iterator, Sequence

from app.catalog.kinds.tables import ITEM
from app.checker import inventory
from app.checker.diagrams.as_run import Node, Place, Scope
from app.checker.flow.secrecy import exposed
from app.checker.flow.ways import Ways
from app.checker.flow.written import ANYTHING, NOTHING, Written
from app.checker.model import Model
from app.checker.names.catalogue import (
    AGREEMENTS,
    BREACHES,
    CASE,
    FINDING,
    GIVEN,
    SETTINGS,
    TERRITORY,
    Catalogue,
    catalogue,
)
from app.checker.names.in_forms import FormRead, form_reads
from app.checker.names.in_tables import needed, texts
from app.checker.names.occurrences import occurrences
from app.checker.problem import Problem
from app.checker.references.verbs import calls
from app.decisions.cells import INPUT


def problems(model: Model) -> Iterator[Problem]:
    """Yield what is read too early: in diagrams, then in the tables they call and the forms they show.

    Nothing is said while a diagram cannot be read or its flows are broken: what seems to be missing may
    be what they would bring.
    """
    if not model.whole or model.settings is None:
        return
    known = catalogue(model)
    if known.complete and all(scope.sound for scope in known.scopes):
        ways = Ways(
            known.scopes, roots(model), forms=inventory.forms(model), tables=inventory.decisions(model)
        )
        yield from early_reads(known, ways)


def roots(model: Model) -> dict[str, Written]:
    """Return what each process that something starts begins with.

    An alert's answers, a calendar's turn, what another process gives (and any answer of the case it is for),
    an act, which may come after any answer of its case.
    """
    if model.settings is None:
        return {}
    turn = frozenset({"ancre", "rang"})
    found = {item.process: Written(data=turn, sure=turn) for item in model.settings.schedule}
    entry = model.settings.entry
    if entry is not None:
        alert = Written(answers=frozenset({entry.form if entry.form in inventory.forms(model) else ANYTHING}))
        found[entry.process] = found[entry.process].or_else(alert) if entry.process in found else alert
    answering = model.settings.breaches.process
    if answering is not None:
        finding = frozenset({FINDING})
        found[answering] = Written(data=finding, answers=frozenset({ANYTHING}), sure=finding)
    given = Written(data=frozenset({GIVEN}), answers=frozenset({ANYTHING}), sure=frozenset({GIVEN}))
    for process in {str(item.value) for call in calls(model) for item in call.naming("processes")}:
        found[process] = found[process].or_else(given) if process in found else given
    for act in model.settings.acts.values():
        by_hand = Written(answers=frozenset({ANYTHING})) if act.of_case else NOTHING
        found[act.process] = found[act.process].or_else(by_hand) if act.process in found else by_hand
    return found


def early_reads(known: Catalogue, ways: Ways) -> Iterator[Problem]:
    """Yield what is read too early on these ways."""
    for scope in known.scopes:
        for place in scope.places():
            yield from _of_place(scope, place, known, ways)
        yield from _perhaps_missing(scope, known, ways)
    yield from _of_tables(known, ways)
    yield from _of_forms(known, ways)


def _readable(name: str, known: Catalogue, *, passing: bool) -> bool:
    """Whether a name is process data or an answer, of which nothing worse is said elsewhere."""
    root = name.partition(".")[0]
    if root in known.opaque or (
        root in {SETTINGS, CASE, BREACHES, TERRITORY, AGREEMENTS} and root not in known.variables
    ):
        return False
    return known.unknown(name) is None and (passing or exposed(name, known) is None)


def _written(name: str, state: Written, known: Catalogue, *, passing: bool) -> bool:
    root = name.partition(".")[0]
    return state.holds(name) or (passing and known.is_answer(root) and state.answered(root))


def _of_place(scope: Scope, place: Place, known: Catalogue, ways: Ways) -> Iterator[Problem]:
    state = ways.at(scope, place.node, place.state)
    if state is None:
        return
    names = dict.fromkeys(item.name for item in occurrences(place.text) if item.root not in place.extra)
    for name in names:
        passing = place.passing
        if _readable(name, known, passing=passing) and not _written(name, state, known, passing=passing):
            yield Problem(scope.path, place.element, "error", "read-before-written", _early(name, known))


def _early(name: str, known: Catalogue) -> str:
    steps = _writers(name, known)
    if steps:
        return (
            f"« {name} » est lu ici, mais rien ne peut l'avoir écrit avant : {_told(steps)} ne vient jamais "
            "avant cette lecture. Déplacez l'une ou l'autre, ou lisez un autre nom."
        )
    return (
        f"« {name} » est lu ici, mais rien ne peut l'avoir écrit avant. "
        "Placez avant cette lecture l'étape qui le donne, ou lisez un autre nom."
    )


def _writers(name: str, known: Catalogue) -> list[Node]:
    """Return the steps that write a name, to be named in a sentence."""
    root = name.partition(".")[0]
    found = list(known.variables.get(root, ()))
    if known.is_answer(root):
        found = [node for scope in known.scopes for node in scope.nodes.values() if node.form == root]
    return found


def _told(steps: Sequence[Node]) -> str:
    names = _named(steps)
    return f"l'étape {names[0]}" if len(names) == 1 else f"aucune des étapes {', '.join(names)}"


def _one_of(steps: Sequence[Node]) -> str:
    names = _named(steps)
    return f"l'étape {names[0]}" if len(names) == 1 else f"l'une des étapes {', '.join(names)}"


def _named(steps: Sequence[Node]) -> list[str]:
    return list(dict.fromkeys(f"« {' '.join(step.name.split())} »" for step in steps))[:4]


def _perhaps_missing(scope: Scope, known: Catalogue, ways: Ways) -> Iterator[Problem]:
    """Warn of what some way leaves unwritten, when reading it is certain and would stop the step.

    The conditions of one gateway are read one after the other: a name counts when each of them reads it.
    """
    groups: dict[str, list[Place]] = {}
    for place in scope.places():
        flow = place.element != place.node
        groups.setdefault(f"{place.node}>" if flow else f"{place.node}:{place.text}", []).append(place)
    for places in groups.values():
        first = places[0]
        state = ways.at(scope, first.node, first.state)
        if state is None or ANYTHING in state.data:
            continue
        for name in sorted(set.intersection(*(_stopping(place, known) for place in places))):
            readable = _readable(name, known, passing=first.passing)
            if readable and state.holds(name) and name.partition(".")[0] not in state.sure:
                yield Problem(scope.path, first.element, "warning", "may-be-unwritten", _doubt(name, known))


def _stopping(place: Place, known: Catalogue) -> set[str]:
    """Return the names without which the step would fail: an answer not given yet is only empty."""
    return {
        item.name
        for item in occurrences(place.text)
        if item.certain
        and not item.guarded
        and item.root not in place.extra
        and not (place.passing and known.is_answer(item.root))
    }


def _doubt(name: str, known: Catalogue) -> str:
    steps = _writers(name, known)
    way = f"par {_one_of(steps)}" if steps else "par l'étape qui l'écrit"
    return (
        f"« {name} » peut manquer ici : un chemin au moins y mène sans l'avoir écrit, et l'étape "
        f"s'arrêterait. Faites passer chaque chemin {way}, ou testez d'abord « present({name}) »."
    )


def _of_tables(known: Catalogue, ways: Ways) -> Iterator[Problem]:
    """A table reads what any of the steps that call it may have before it.

    One of them that comes too early is told by its own id, when the table has no rule for what is missing.
    """
    for key, (path, table) in known.model.tables.items():
        states = _states(known, ways, _calls(key))
        never: set[str] = set()
        said: set[tuple[str, str]] = set()
        for element, text in texts(table):
            for name in dict.fromkeys(item.name for item in occurrences(text) if item.root != INPUT):
                if (element, name) in said or not _readable(name, known, passing=True):
                    continue
                said.add((element, name))
                if states and not any(_written(name, state, known, passing=True) for _, _, state in states):
                    never.add(name)
                    yield Problem(path, element, "error", "read-before-written", _early(name, known))
        wanted = [name for name in dict.fromkeys(needed(table)) if name not in never]
        for name in (name for name in wanted if _readable(name, known, passing=True)):
            for scope, node, state in states:
                if not _written(name, state, known, passing=True):
                    sentence = _helpless(table.name, name, known)
                    yield Problem(scope.path, node.id, "error", "read-before-written", sentence)


def _helpless(table: str, name: str, known: Catalogue) -> str:
    steps = _writers(name, known)
    place = f"cette décision après {_one_of(steps)}" if steps else "avant elle l'étape qui le donne"
    return (
        f"La table « {table} » ne peut rien décider ici : elle a besoin de « {name} », que rien n'a pu "
        f"donner avant. Placez {place}, ou ajoutez à la table une règle pour une valeur vide."
    )


def _calls(decision: str) -> Callable[[Node], bool]:
    return lambda node: node.decision == decision


def _shows(form: str) -> Callable[[Node], bool]:
    return lambda node: node.form == form


def _states(
    known: Catalogue, ways: Ways, wanted: Callable[[Node], bool]
) -> list[tuple[Scope, Node, Written]]:
    """Return each element wanted to which some way leads, with what is written inside it."""
    found = [
        (scope, node, ways.at(scope, node.id, "inside"))
        for scope in known.scopes
        for node in scope.nodes.values()
        if wanted(node)
    ]
    return [(scope, node, state) for scope, node, state in found if state is not None]


def _of_forms(known: Catalogue, ways: Ways) -> Iterator[Problem]:
    """A form reads what any of the steps that show it may have before it, and its own earlier answers."""
    entry = known.model.settings.entry if known.model.settings else None
    shown: dict[str, list[Written]] = {}
    for read in form_reads(known.model):
        if read.form not in shown:
            states = [state for _, _, state in _states(known, ways, _shows(read.form))]
            shown[read.form] = [*states, *([NOTHING] if entry and entry.form == read.form else [])]
        if shown[read.form] and _too_early(read, shown[read.form], known):
            yield Problem(read.path, read.element, "error", "read-before-written", _early(read.name, known))


def _too_early(read: FormRead, states: Sequence[Written], known: Catalogue) -> bool:
    if read.root in {read.form, ITEM} or read.guarded or not _readable(read.name, known, passing=True):
        return False
    return not any(_written(read.name, state, known, passing=True) for state in states)
