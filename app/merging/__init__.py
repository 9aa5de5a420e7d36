"""Three versions of a programme brought together: the common one, ours, and the other side's.

Pure: texts in, texts out. Diagrams meet by element and attribute, tables by rule and cell, forms by field,
settings by key, texts by line. What only one side changed is kept; what both changed is asked about.
"""

from app.merging.bundles import bundles
from app.merging.model import OURS, THEIRS, Choice, Conflict, Merged, Spot, Told

__all__ = ["OURS", "THEIRS", "Choice", "Conflict", "Merged", "Spot", "Told", "bundles"]
