"""A small sound bundle kept as files, and faulty ones made from it, one fault each.

A ``Fault`` says what is changed, what the checker must say of it, and how a designer mends it. Changes are
made on the text of the files before they are drawn, so that a fault in the process is no fault in its
drawing; a ``drawn`` change is made on the drawing itself.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from tests.checker.corpus.drawing import draw

HERE = Path(__file__).parent / "bundle"
ROUTE, VISIT, REVIEW = "bpmn/parcours.bpmn", "bpmn/visite.bpmn", "bpmn/bilan.bpmn"
SETTINGS = "territoire.toml"

Files = dict[str, bytes]


@dataclass(frozen=True)
class Change:
    """One change of a bundle's files; ``drawn`` when it is made after the drawing."""

    act: Callable[[Files], None]
    drawn: bool = False


@dataclass(frozen=True)
class Fault:
    """A bundle with one thing wrong, what must be said of it, and its mended twin.

    ``mended`` are the changes that make the twin from the sound bundle; none: the twin is the sound bundle.
    """

    name: str
    code: str
    path: str
    element: str
    changes: tuple[Change, ...]
    mended: tuple[Change, ...] = ()
    severity: Literal["error", "warning"] = "error"

    def faulty(self) -> Files:
        """The files of the faulty bundle."""
        return bundle(*self.changes)

    def twin(self) -> Files:
        """The files of its mended twin."""
        return bundle(*self.mended)


def fault(
    name: str,
    code: str,
    path: str,
    element: str,
    *changes: Change,
    mended: Change | Sequence[Change] = (),
    warns: bool = False,
) -> Fault:
    """A fault in few words."""
    twin = (mended,) if isinstance(mended, Change) else tuple(mended)
    return Fault(name, code, path, element, changes, twin, "warning" if warns else "error")


def bundle(*changes: Change) -> Files:
    """The sound bundle with ``changes`` made to it."""
    files = {path.relative_to(HERE).as_posix(): path.read_bytes() for path in HERE.rglob("*.*")}
    for change in changes:
        if not change.drawn:
            change.act(files)
    for path in [name for name in files if name.endswith(".bpmn")]:
        try:
            files[path] = draw(files[path].decode()).encode()
        except UnicodeDecodeError:
            continue
    for change in changes:
        if change.drawn:
            change.act(files)
    return files


def _replaced(files: Files, path: str, old: str, new: str) -> None:
    text = files[path].decode()
    assert text.count(old) == 1, f"{path}: « {old} » stands {text.count(old)} times"
    files[path] = text.replace(old, new).encode()


def edit(path: str, old: str, new: str) -> Change:
    """Replace a text that stands once in a file."""
    return Change(lambda files: _replaced(files, path, old, new))


def put(path: str, content: str | bytes) -> Change:
    """Write a file, new or in place of another, exactly as given."""
    data = content.encode() if isinstance(content, str) else content
    return Change(lambda files: files.__setitem__(path, data), drawn=True)


def written(path: str, content: str) -> Change:
    """Write a diagram, which is then drawn."""
    return Change(lambda files: files.__setitem__(path, content.encode()))


def drop(path: str) -> Change:
    """Remove a file."""
    return Change(lambda files: files.__delitem__(path))


def raw(path: str, act: Callable[[bytes], bytes]) -> Change:
    """Change the bytes of a file."""
    return Change(lambda files: files.__setitem__(path, act(files[path])), drawn=True)


def inside(path: str, text: str) -> Change:
    """Add text at the end of a diagram's process."""
    return edit(path, "\n  </process>", f"{text}\n  </process>")


def _between(files: Files, path: str, flow: str, xml: str) -> None:
    text = files[path].decode()
    found = re.search(rf'<sequenceFlow id="{flow}"[^>]* sourceRef="(\w+)" targetRef="(\w+)"', text)
    assert found, flow
    source, target = found[1], found[2]
    (key,) = re.findall(r'^\s*<\w+ id="(\w+)"', xml)[:1]
    text = text.replace(found[0], found[0].replace(f'targetRef="{target}"', f'targetRef="{key}"'))
    lane = f"<flowNodeRef>{source}</flowNodeRef>"
    text = text.replace(lane, f"{lane}<flowNodeRef>{key}</flowNodeRef>")
    leaving = f'<sequenceFlow id="apres_{key}" sourceRef="{key}" targetRef="{target}"/>'
    text = text.replace("\n  </process>", f"\n    {xml}\n    {leaving}\n  </process>")
    files[path] = text.encode()


def between(flow: str, xml: str, path: str = ROUTE) -> Change:
    """Place one more element on a flow of the process, in the lane of the step before it."""
    return Change(lambda files: _between(files, path, flow, xml))


def beside(path: str, lane_of: str, xml: str) -> Change:
    """Add elements and flows to the process; the elements that have none join the lane of ``lane_of``."""
    keys = re.findall(r'<(?:\w+(?:Task|Event|Gateway)|task|callActivity|subProcess) id="(\w+)"', xml)

    def act(files: Files) -> None:
        here = f"<flowNodeRef>{lane_of}</flowNodeRef>"
        more = "".join(f"<flowNodeRef>{key}</flowNodeRef>" for key in keys)
        _replaced(files, path, here, here + more)
        _replaced(files, path, "\n  </process>", f"\n    {xml}\n  </process>")

    return Change(act)


def timer(key: str, text: str, kind: str = "timeDuration") -> str:
    """An event that waits for a moment."""
    inner = f"<{kind}>{text}</{kind}>" if kind else ""
    return (
        f'<intermediateCatchEvent id="{key}" name="Attendre"><timerEventDefinition>{inner}'
        "</timerEventDefinition></intermediateCatchEvent>"
    )


def event(key: str, definition: str, kind: str = "intermediateThrowEvent") -> str:
    """An event of any kind."""
    return f'<{kind} id="{key}" name="Ici">{definition}</{kind}>'


def verb(key: str, operation: str, result: str = "", **parameters: str) -> str:
    """An automatic step."""
    rows = "".join(
        f'<spiffworkflow:parameter id="{name}" type="any" value="{value}"/>'
        for name, value in parameters.items()
    )
    kept = f' resultVariable="{result}"' if result else ""
    return (
        f'<serviceTask id="{key}" name="Étape automatique"><extensionElements>'
        f'<spiffworkflow:serviceTaskOperator id="{operation}"{kept}><spiffworkflow:parameters>{rows}'
        "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator></extensionElements></serviceTask>"
    )


def human(key: str, form: str = "relance", inner: str = "", **properties: str) -> str:
    """A step of a person."""
    rows = "".join(
        f'<spiffworkflow:property name="{name}" value="{value}"/>'
        for name, value in {"formulaire": form, **properties}.items()
        if value
    )
    return (
        f'<userTask id="{key}" name="Faire quelque chose"><extensionElements><spiffworkflow:properties>{rows}'
        f"</spiffworkflow:properties></extensionElements>{inner}</userTask>"
    )


def chain(steps: int) -> str:
    """A diagram of that many steps one after the other, between a start and an end."""
    keys = ["chaine_debut", *(f"etape_{n}" for n in range(steps)), "chaine_fin"]
    tasks = "".join(f'<task id="{key}" name="Étape"/>' for key in keys[1:-1])
    flows = "".join(
        f'<sequenceFlow id="vers_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(keys)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'id="definitions_chaine"><process id="chaine" name="Chaîne" isExecutable="true">'
        f'<startEvent id="chaine_debut" name="Début"/>{tasks}<endEvent id="chaine_fin" name="Fin"/>{flows}'
        "\n  </process></definitions>"
    )
