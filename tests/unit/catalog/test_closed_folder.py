"""A territory's folder that may not be opened, or changes while it is read: a sentence, no wait."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.catalog import folder
from app.catalog.bundle import resolve
from app.config import ROOT
from app.errors import BundleFault

# Read by a process that is not the machine's administrator: nothing is closed to that one.
READER = (
    "import os, sys\n"
    "from pathlib import Path\n"
    "from app.catalog.folder import read_folder\n"
    "from app.errors import BundleFault\n"
    "os.geteuid() or (os.setgroups([]), os.setgid(65534), os.setuid(65534))\n"
    "try:\n"
    "    read_folder(Path(sys.argv[1]))\n"
    "except BundleFault as fault:\n"
    "    print(fault.sentence)\n"
)


@pytest.mark.parametrize("closed", ["bpmn", "messages", "forms/visite.json"])
def test_a_closed_folder_or_file_is_told_with_its_name(closed):
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        here.chmod(0o755)
        folder.write_folder(here / "x", resolve(ROOT, "carene").files, code="carene", ancestors=[])
        (here / "x" / closed).chmod(0)
        ran = subprocess.run(
            [sys.executable, "-c", READER, str(here / "x")],
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        (here / "x" / closed).chmod(0o700)
    assert ran.stderr == ""
    assert closed in ran.stdout
    assert "Vérifiez les droits d'accès" in ran.stdout


def test_a_pipe_that_took_the_place_of_a_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "visite.bpmn")
    with pytest.raises(BundleFault, match="ne peut pas être lu"):
        folder._bytes_of("bpmn/visite.bpmn", tmp_path / "visite.bpmn")
