"""Arrows and gateways: every arrow leads somewhere, every choice can be made."""

from typing import Any

from SpiffWorkflow.bpmn.parser.util import full_tag

from app.engine.checks.conditions import may_all_fail
from app.engine.checks.sheet import CONDITIONAL, Route, Sheet
from app.engine.diagram import ACTIVITIES, FLOW_NODES, local

_REFUSED_BEFORE = frozenset({"scriptTask", "adHocSubProcess", "transaction"})
_WAITING = frozenset({"intermediateCatchEvent", "receiveTask"})


def check_flows(sheet: Sheet, route: Route) -> None:
    """Judge the arrows of one process or sub-process."""
    _check_start(sheet, route)
    for flow in route.flows:
        _check_ends(sheet, route, flow)
    for element, flows in route.out.items():
        _check_twins(sheet, route.kind(element), flows)
        _check_ways_out(sheet, route, element, flows)
    for event in route.holder.findall(full_tag("boundaryEvent")):
        _check_boundary(sheet, route, event)


def _check_start(sheet: Sheet, route: Route) -> None:
    starts = route.holder.findall(full_tag("startEvent"))
    inner = local(route.holder) == "subProcess"
    words = "Un sous-processus" if inner else "Un processus"
    if len(starts) != 1:
        what = "n'en a aucun" if not starts else f"en a {len(starts)}"
        sheet.say_of(
            route.holder.get("id"),
            "start-count",
            f"{words} a exactement un événement de début, et celui-ci {what}. Gardez-en un seul"
            f"{'' if starts else ' : dessinez-le'}.",
        )
    elif inner and any("EventDefinition" in local(kid) for kid in starts[0]):
        sheet.say(
            starts[0],
            "start-count",
            "Le début d'un sous-processus n'attend pas d'événement. Attendez-le par un événement "
            "intermédiaire, juste après.",
        )
    if inner and starts and route.holder.find(full_tag("endEvent")) is None:
        sheet.say_of(
            route.holder.get("id"),
            "no-end",
            "Ce sous-processus n'a pas d'événement de fin. Dessinez-en un au bout de ses étapes.",
        )


def _check_ends(sheet: Sheet, route: Route, flow: Any) -> None:
    source, target = (route.nodes.get(flow.get(name)) for name in ("sourceRef", "targetRef"))
    if source is None or target is None:
        cause = "Cette flèche ne relie pas deux éléments du même processus. Effacez-la et redessinez-la."
    elif local(source) == "endEvent":
        cause = "Cette flèche sort d'un événement de fin. Effacez-la, ou remplacez la fin par une étape."
    elif local(target) in ("startEvent", "boundaryEvent"):
        cause = (
            "Cette flèche entre dans un événement de début ou de bordure. Faites-la arriver sur une étape ou "
            "une passerelle."
        )
    elif local(source) not in FLOW_NODES and not sheet.said(source.get("id"), "script", "forbidden-element"):
        cause = "Cette flèche part d'un élément qui n'est pas une étape. Effacez-la et redessinez-la."
    elif local(target) not in FLOW_NODES and not sheet.said(target.get("id"), "script", "forbidden-element"):
        cause = "Cette flèche mène à un élément qui n'est pas une étape. Effacez-la et redessinez-la."
    else:
        return
    sheet.say(flow, "broken-flow", cause)


def _check_twins(sheet: Sheet, kind: str, flows: list[Any]) -> None:
    """Two flows between the same elements: after a choice they only confuse, elsewhere a token is lost."""
    seen: set[str] = set()
    for flow in flows:
        if flow.get("targetRef") in seen:
            sheet.say(
                flow,
                "broken-flow",
                "Deux flèches relient les mêmes éléments. Gardez-en une ; si elles ont chacune leur "
                "condition, réunissez-les avec « or ».",
                severity="warning" if kind == "exclusiveGateway" else "error",
            )
        seen.add(flow.get("targetRef"))


def _check_ways_out(sheet: Sheet, route: Route, element: str, flows: list[Any]) -> None:
    node = route.nodes[element]
    kind = local(node)
    conditioned = [flow for flow in flows if flow.find(full_tag("conditionExpression")) is not None]
    if kind in CONDITIONAL:
        _check_choice(sheet, node, flows, conditioned)
    elif "Gateway" not in kind and kind != "startEvent" and len(flows) > 1:
        sheet.say(
            node,
            "several-ways-out",
            "Plusieurs flèches sortent d'ici. Placez une passerelle après cet élément : exclusive pour "
            "choisir, parallèle pour tout faire.",
        )
        return
    else:
        for flow in conditioned:
            sheet.say(
                flow,
                "misplaced-condition",
                "Une condition ne se place qu'après une passerelle exclusive ou inclusive. Retirez-la, ou "
                "placez cette passerelle.",
            )
    if kind == "eventBasedGateway":
        _check_race(sheet, route, node, flows)


def _check_choice(sheet: Sheet, node: Any, flows: list[Any], conditioned: list[Any]) -> None:
    default = node.get("default")
    if default and flows and default not in {flow.get("id") for flow in flows}:
        sheet.say(
            node,
            "gateway-without-default",
            "La sortie par défaut de cette passerelle n'en part pas. Choisissez-en une parmi ses flèches.",
        )
        return
    bare = [flow for flow in flows if flow not in conditioned and flow.get("id") != default]
    if len(flows) > 1 and bare:
        for flow in bare:
            sheet.say(
                flow,
                "gateway-without-default",
                "Cette sortie de la passerelle n'a pas de condition et n'est pas la sortie par défaut. "
                "Écrivez sa condition, ou faites-en la sortie par défaut.",
            )
    elif conditioned and not default and not bare:
        texts = [flow.findtext(full_tag("conditionExpression")) or "" for flow in conditioned]
        if may_all_fail(texts):
            sheet.say(
                node,
                "gateway-without-default",
                "Les conditions de cette passerelle peuvent toutes échouer : le dossier resterait bloqué. "
                "Faites d'une de ses flèches la sortie par défaut.",
            )


def _check_race(sheet: Sheet, route: Route, node: Any, flows: list[Any]) -> None:
    """What comes after an event-based gateway: events that are waited for, one timer at most."""
    timers = 0
    for flow in flows:
        target = flow.get("targetRef")
        if route.kind(target) not in _WAITING or route.attached[target] or _repeated(route.nodes[target]):
            sheet.say(
                flow,
                "event-gateway-target",
                "Après cette passerelle ne viennent que des événements attendus (message, signal, minuteur), "
                "sans répétition ni événement de bordure. Placez-en un au bout de cette flèche.",
            )
        timers += route.nodes[target].find(full_tag("timerEventDefinition")) is not None
    if timers > 1:
        sheet.say(
            node,
            "two-timers",
            "Deux minuteurs attendent après cette passerelle : seul le plus court peut compter. Gardez "
            "celui-là ; l'autre délai se dessine plus loin sur la route.",
        )


def _repeated(node: Any) -> bool:
    return any(local(kid).endswith("LoopCharacteristics") for kid in node)


def _check_boundary(sheet: Sheet, route: Route, event: Any) -> None:
    activity = route.nodes.get(event.get("attachedToRef"))
    if activity is None or local(activity) not in (*ACTIVITIES, *_REFUSED_BEFORE):
        sheet.say(
            event,
            "loose-boundary",
            "Cet événement de bordure n'est attaché à aucune étape. Posez-le sur le bord de l'étape qu'il "
            "surveille.",
        )
