"""What is wrong with the draft as it stands, unsaved text laid over it; the same question is asked once."""

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Final, Generic, TypeVar

from sqlalchemy import select

from app import checker
from app.catalog.bundle import MAX_BYTES, Bundle, belongs, bundle_from_text
from app.catalog.settings import FILE as SETTINGS_FILE
from app.checker import Problem
from app.database import db
from app.errors import BundleFault
from app.models import ProgrammeDraft
from app.services import releases

_KEPT: Final = 64
T = TypeVar("T")


class Remembered(Generic[T]):
    """The last answers, by the content that they judge: the same content always has the same answer."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most, self._known, self._lock = most, OrderedDict[str, T](), Lock()

    def get(self, key: str) -> T | None:
        """Return the answer known for this content."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def keep(self, key: str, answer: T) -> T:
        """Remember an answer, and forget the one that was not asked for the longest."""
        with self._lock:
            self._known[key] = answer
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return answer


_verdicts: Remembered[tuple[Problem, ...]] = Remembered()


def problems(overlay: Mapping[str, str] | None = None) -> list[Problem]:
    """Return everything wrong in the draft, judged whole in a bounded process.

    Args:
        overlay: unsaved texts by name, in place of the draft's.

    Raises:
        BundleFault: a text laid over has no place in a draft, or is too large.
    """
    files = standing_files(overlay)
    key = content_key(files)
    known = _verdicts.get(key)
    if known is None:
        found = checker.judge(files, whole=True)
        # What belongs to no file of the draft is said of the one that every draft has.
        known = tuple(
            problem if problem.path in files else Problem(
                SETTINGS_FILE, problem.element, problem.severity, problem.code, problem.message
            )
            for problem in found
        )  # fmt: skip
        _verdicts.keep(key, known)
    return list(known)


def bundle() -> Bundle:
    """Return the draft as a bundle.

    Raises:
        BundleFault: a file of it cannot be used.
    """
    return bundle_from_text(texts())


def texts() -> dict[str, str]:
    """Return the text of each file of the draft; those of the current release before it is begun."""
    files: dict[str, str] | None = db.session.scalar(select(ProgrammeDraft.files))
    if files is not None:
        return files
    return releases.current().bundle.as_text() if releases.newest() is not None else {}


def standing_files(overlay: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Return the files of the draft as bytes, unsaved texts laid over."""
    found = {name: text.encode() for name, text in texts().items()}
    for name, text in (overlay or {}).items():
        if not belongs(name):
            raise BundleFault(file=name[:100], cause="ce nom n'a pas sa place dans un dispositif.")
        data = text.encode("utf-8", "replace")
        if len(data) > MAX_BYTES:
            raise BundleFault(file=name, cause=f"ce fichier dépasse {MAX_BYTES // 1_000_000} Mo.")
        found[name] = data
    return {name: found[name] for name in sorted(found)}


def content_key(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of files, name by name."""
    digest = sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()
