"""Changes of a diagram said in words (insert a step, name a branch, set a delay), drawing included.

Text in, text out: the BPMN file keeps everything that nobody touched, and the shapes make room. ``outline``
reads a diagram as a list, ``steps`` and ``ways`` change it, ``values`` set what an element says.
"""

from app.drawing.file import DrawingFault
from app.drawing.happenings import Repeat
from app.drawing.outline import Outline, Step, Way, outline
from app.drawing.steps import KINDS, insert, remove
from app.drawing.values import Values, change
from app.drawing.ways import add_way, remove_way

__all__ = [
    "KINDS",
    "DrawingFault",
    "Outline",
    "Repeat",
    "Step",
    "Values",
    "Way",
    "add_way",
    "change",
    "insert",
    "outline",
    "remove",
    "remove_way",
]
