"""HTML to PDF, in a process of its own that has little time, little memory and no way out."""

import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.documents.errors import DocumentFault
from app.documents.exits import NO_MEMORY, NO_PANGO, REACHES_OUT

_ROOT: Final = Path(__file__).resolve().parents[2]
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
"""What the process inherits: the way to the libraries and to the font cache, no secret of the server."""

INSTALL: Final = (
    "Les documents PDF ne peuvent pas être produits : la bibliothèque Pango manque. Installez-la "
    "(Debian, Ubuntu : « sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 » ; "
    "Fedora : « sudo dnf install pango » ; macOS : « brew install pango »), puis relancez Relais."
)
_TOO_LONG: Final = (
    "la mise en page demande trop de temps. Réduisez le nombre de lignes ou d'images du modèle."
)
_TOO_BIG: Final = (
    "la mise en page demande trop de mémoire. Réduisez le nombre de lignes ou d'images du modèle."
)
_TOO_MUCH_TEXT: Final = "le texte dépasse {megabytes} Mo. Réduisez le nombre de lignes ou d'images."
_REACHES_OUT: Final = (
    "le modèle fait appel à un fichier ou à une adresse extérieure. Retirez cet appel : "
    "tout doit être dans le modèle."
)
_BROKEN: Final = "le modèle ne peut pas être mis en page. Simplifiez-le, ou revenez à sa version précédente."

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What one layout may take: seconds of processor and of wall clock, bytes of memory, input and output."""

    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    memory: int = 1_500_000_000
    source: int = 8_000_000
    output: int = 40_000_000


DEFAULT: Final = Limits()


def pdf(html: str, *, limits: Limits = DEFAULT) -> bytes:
    """Return the PDF of ``html``: tagged (PDF/UA-1), with its title and language.

    Raises:
        DocumentFault: Pango is missing, or the layout fails or exceeds ``limits``; ``cause`` says which.
    """
    source = html.encode()
    if len(source) > limits.source:
        raise DocumentFault(cause=_TOO_MUCH_TEXT.format(megabytes=limits.source // 1_000_000))
    arguments = [str(limits.cpu_seconds), str(limits.memory), str(limits.output)]
    status, out, err = _run(arguments, source, limits.wall_seconds)
    if _died(status):
        # A process may also be killed from outside, or fall over once: the second time it is the page.
        _log.warning("a layout process ended with status %s: once more", status)
        status, out, err = _run(arguments, source, limits.wall_seconds)
    if len(out) > limits.output:
        raise DocumentFault(cause=_TOO_BIG)
    if status == 0 and out.startswith(b"%PDF-"):
        return out
    raise DocumentFault(cause=_cause(status, err))


def available() -> str | None:
    """Return None when PDF can be produced, else the French sentence that says what to install."""
    return _missing(tuple(sorted(_environment("").items())))


@cache
def _missing(_environment_seen: tuple[tuple[str, str], ...]) -> str | None:
    # The answer costs a second to find and holds as long as the libraries' place does not change.
    status, _, _ = _run(["--check"], b"", 60.0)
    return None if status == 0 else INSTALL


def _run(arguments: list[str], source: bytes, wall_seconds: float) -> tuple[int, bytes, bytes]:
    with tempfile.TemporaryDirectory(prefix="relais-pdf-") as folder:
        process = subprocess.Popen(  # noqa: S603  # our own module, arguments made of figures
            [sys.executable, "-m", "app.documents.render", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )
        try:
            out, err = process.communicate(source, timeout=wall_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return -signal.SIGXCPU, b"", b""
        return process.returncode, out, err


def _environment(folder: str) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": str(_ROOT), "TMPDIR": folder}


def _died(status: int) -> bool:
    # Pango and GLib do not return from a refused allocation: they abort, trap or fault.
    signals = {-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGSEGV, -signal.SIGKILL}
    return status == NO_MEMORY or status in signals


def _cause(status: int, err: bytes) -> str:
    if status == NO_PANGO:
        return INSTALL
    if status == REACHES_OUT:
        return _REACHES_OUT
    if status == -signal.SIGXCPU:
        return _TOO_LONG
    if _died(status):
        return _TOO_BIG
    last = err.decode(errors="replace").strip().rpartition("\n")[2]
    _log.warning("a document could not be laid out: status %s, %s", status, last.partition(":")[0])
    return _BROKEN
