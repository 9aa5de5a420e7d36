"""What a step costs, measured on real pages, real rows and the bare engine beside them (``relais bench``)."""

from app.bench.run import SMALL, Scale, measure
from app.bench.table import table

__all__ = ["SMALL", "Scale", "measure", "table"]
