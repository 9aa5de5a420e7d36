"""The small marks of BPMN, drawn about the origin: what a task is, what an event waits for."""

from typing import Final

INK: Final = "#16181d"
PAPER: Final = "#ffffff"

_ENVELOPE: Final = "M-8-5.5H8V5.5H-8ZM-8-5.5L0 1L8-5.5"
_ENVELOPE_FILLED: Final = (
    f'<path d="M-8-5.5H8V5.5H-8Z" fill="{INK}"/>'
    f'<path d="M-8-5.5L0 1L8-5.5" stroke="{PAPER}" stroke-width="1.2"/>'
)
_GEAR_TEETH: Final = "".join(
    f'<path d="M-1.5-7.2H1.5V-4.4H-1.5Z" transform="rotate({turn})"/>' for turn in range(0, 360, 45)
)

TASK_ICONS: Final = {
    "userTask": '<circle cx="0" cy="-3.4" r="3.1"/><path d="M-6.5 7C-6.5 1.8-3.6.6 0 .6S6.5 1.8 6.5 7Z"/>',
    "serviceTask": (
        f'<g fill="{INK}" stroke="none">{_GEAR_TEETH}</g><circle r="4.9"/><circle r="2" fill="{PAPER}"/>'
    ),
    "businessRuleTask": (
        f'<path d="M-7.5-6H7.5V6H-7.5Z"/><path d="M-7.5-6H7.5V-2.2H-7.5Z" fill="{INK}"/>'
        '<path d="M-7.5 1.9H7.5M-3-2.2V6"/>'
    ),
    "scriptTask": (
        '<path d="M-2.5-7H7C3.5-3.5 7.5-.5 3.5 7H-6C-2-.5-6-3.5-2.5-7Z"/>'
        '<path d="M-1.8-4H2.6M-2.2-1.2H3M-1.6 1.6H3.4M-3 4.4H2.2"/>'
    ),
    "manualTask": (
        '<path d="M-7 3.5V-1.2L-2.4-6C-1-7-.2-5.6-1-4.6L-2.6-2.6H6C7.4-2.6 7.4-.6 6-.6H7'
        'C8.2-.6 8.2 1.4 7 1.4H6.2C7.2 1.4 7.2 3.4 6 3.4H5C6 3.4 6 5.4 4.6 5.4H-5Z"/>'
    ),
    "receiveTask": f'<path d="{_ENVELOPE}"/>',
    "sendTask": _ENVELOPE_FILLED,
}
"""By BPMN tag, about 16 pixels wide; the plain task has none."""

_LIGHTNING: Final = "M-7 7L-3-6L2.5 1L7-7L3.2 6L-2.5-.5Z"
_BACKWARDS: Final = "M0-6V6L-7.5 0ZM7.5-6V6L0 0Z"
_PENTAGON: Final = "M0-8L7.6-2.5L4.7 6.5H-4.7L-7.6-2.5Z"
_ARROW: Final = "M-7-2.8H1V-6.5L8 0L1 6.5V2.8H-7Z"
_RISE: Final = "M0-8L6 7L0 1.5L-6 7Z"
_TRIANGLE: Final = "M0-7.5L7.5 6H-7.5Z"
_PLUS: Final = "M-2-8H2V-2H8V2H2V8H-2V2H-8V-2H-2Z"
_CROSS: Final = "M-6.5-6.5L6.5 6.5M6.5-6.5L-6.5 6.5"
_CLOCK: Final = (
    f'<circle r="10" fill="{PAPER}"/>'
    + "".join(f'<path d="M0-10V-8" transform="rotate({hour * 30})"/>' for hour in range(12))
    + '<path d="M2-6.5L0 0L5 1.5"/>'
)
_PAGE: Final = '<path d="M-6-8H6V8H-6ZM-3.5-4.8H3.5M-3.5-1.6H3.5M-3.5 1.6H3.5M-3.5 4.8H3.5"/>'


def event_mark(event: str, *, thrown: bool) -> str:
    """Return the mark of an event: an outline when it is waited for, filled when it is thrown."""
    if event == "timer":
        return _CLOCK
    if event == "conditional":
        return _PAGE
    if event == "terminate":
        return f'<circle r="10" fill="{INK}"/>'
    if event == "cancel":
        return f'<path d="{_CROSS}" stroke-width="{4 if thrown else 2.4}"/>'
    if event == "message":
        return _ENVELOPE_FILLED if thrown else f'<path d="{_ENVELOPE}"/>'
    path = {
        "error": _LIGHTNING,
        "escalation": _RISE,
        "signal": _TRIANGLE,
        "compensate": _BACKWARDS,
        "link": _ARROW,
        "multiple": _PENTAGON,
        "parallelMultiple": _PLUS,
    }.get(event)
    return f'<path d="{path}" fill="{INK if thrown else "none"}"/>' if path else ""


def gateway_mark(kind: str, *, crossed: bool) -> str:
    """Return the mark inside a gateway's diamond; an exclusive one bears its cross when it is asked to."""
    if kind == "exclusiveGateway":
        return '<path d="M-7-8L7 8M7-8L-7 8" stroke-width="3.4"/>' if crossed else ""
    if kind == "parallelGateway":
        return '<path d="M0-11V11M-11 0H11" stroke-width="3.4"/>'
    if kind == "inclusiveGateway":
        return '<circle r="11" stroke-width="2.8"/>'
    if kind == "complexGateway":
        return '<path d="M0-11V11M-11 0H11M-7.5-7.5L7.5 7.5M7.5-7.5L-7.5 7.5" stroke-width="2.6"/>'
    if kind == "eventBasedGateway":
        return f'<circle r="13"/><circle r="10.5"/><path d="{_PENTAGON}" transform="scale(.8)"/>'
    return ""


def foot_mark(kind: str) -> str:
    """Return a mark of a task's foot: ``loop``, ``parallel``, ``sequential``, ``folded`` or ``adhoc``."""
    return {
        "parallel": '<path d="M-4-6V6M0-6V6M4-6V6" stroke-width="2.2"/>',
        "sequential": '<path d="M-6-4H6M-6 0H6M-6 4H6" stroke-width="2.2"/>',
        "loop": '<path d="M-3 5.2A6 6 0 1 1 3 5.2M-3 5.2L-6.8 5.6M-3 5.2L-3.4 1.4" stroke-width="1.6"/>',
        "folded": f'<path d="M-7-7H7V7H-7Z" fill="{PAPER}"/><path d="M0-4.5V4.5M-4.5 0H4.5"/>',
        "adhoc": '<path d="M-6 1.5C-4-4-1-2 0 0S4 4 6-1.5" stroke-width="2.2"/>',
    }.get(kind, "")
