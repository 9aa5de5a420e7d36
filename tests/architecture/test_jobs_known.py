"""A worker alone, without the pages, knows every job: one it did not know would wait for ever."""

import re
import subprocess
import sys

from app.config import ROOT

_JOB = re.compile(r"^@job\(", re.MULTILINE)
_ASK = "import sys, app.scheduler; print('\\n'.join(name for name in sys.modules if name.startswith('app.')))"


def test_every_module_that_registers_a_job_is_loaded_by_the_scheduler():
    wanted = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "app").rglob("*.py")
        if _JOB.search(path.read_text(encoding="utf-8"))
    }
    asked = subprocess.run([sys.executable, "-c", _ASK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(wanted) > 10
    assert sorted(wanted - set(asked.stdout.split())) == []
