"""A diagram as a picture of its own: BPMN in, one accessible SVG out, with marks of what happens where.

Drawn from the positions in the file, by our own code, without a script: it stands in a page, prints, and
can be read where no editor runs. Words on it come from designers and are escaped.
"""

from app.documents.bpmn_picture.marks import ElementMark, FlowMark
from app.documents.bpmn_picture.picture import picture

__all__ = ["ElementMark", "FlowMark", "picture"]
