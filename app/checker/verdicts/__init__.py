"""What is answered to a person: a verdict for every file, in time, in words."""

from app.checker.verdicts.paths import NothingToCheck, Verdict, as_json, check_paths
from app.checker.verdicts.sentences import report
from app.checker.verdicts.time_limit import bounded, judge

__all__ = ["NothingToCheck", "Verdict", "as_json", "bounded", "check_paths", "judge", "report"]
