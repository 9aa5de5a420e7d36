"""Decision tables (DMN) over the safe language, and the Anah category. Pure: no rows, no clock."""

from app.decisions.anah import Ceiling, category, read_ceilings
from app.decisions.errors import DecisionFault
from app.decisions.reading import parse_decisions
from app.decisions.table import DecisionTable, Evaluation

__all__ = [
    "Ceiling",
    "DecisionFault",
    "DecisionTable",
    "Evaluation",
    "category",
    "parse_decisions",
    "read_ceilings",
]
