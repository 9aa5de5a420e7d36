"""The data on their way: what is read before it is written, what a condition may not see."""

from app.checker.flow.early_reads import problems as early_read_problems
from app.checker.flow.secrecy import problems as secrecy_problems

__all__ = ["early_read_problems", "secrecy_problems"]
