"""What a step costs, measured on real pages, real rows and the bare engine beside them (``relais bench``)."""

from app.bench.run import LARGE, SMALL, Scale, measure
from app.bench.table import table

__all__ = ["LARGE", "SMALL", "Scale", "measure", "table"]
