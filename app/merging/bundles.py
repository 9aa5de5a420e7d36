"""Two sets of files that began as one, brought together file by file."""

from collections.abc import Callable, Mapping
from typing import Final

from app.catalog.fingerprint import normalise, sorted_json
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.errors import BundleFault
from app.merging import bpmn, dmn, forms, lines, toml
from app.merging.ledger import Ledger
from app.merging.model import OURS, Choice, Merged, Spot, Unmergeable

_FIXED: Final = {"territoire.toml": "les réglages", "indicateurs.toml": "les indicateurs"}
Files = Mapping[str, bytes]
_MERGERS: Final[Mapping[str, Callable[..., bytes]]] = {
    ".bpmn": bpmn.merge,
    ".dmn": dmn.merge,
    ".json": forms.merge,
    ".toml": toml.merge,
}
_KINDS: Final = {
    "bpmn": "le diagramme", "dmn": "la table", "forms": "le formulaire", "messages": "le message",
    "documents": "le document",
}  # fmt: skip


def bundles(
    base: Files, ours: Files, theirs: Files, *, choices: Mapping[str, Choice] | None = None
) -> Merged:
    """Merge three sets of files by normalised name.

    Args:
        base: what both sides began from.
        ours: the files here.
        theirs: the files upstream.
        choices: what was decided of conflicts, by their id; ours is followed for the others.

    Files that one side alone changed keep their bytes.
    """
    ledger = Ledger(choices or {})
    files: dict[str, bytes] = {}
    for name in sorted(base.keys() | ours.keys() | theirs.keys()):
        merged = _file(name, base.get(name), ours.get(name), theirs.get(name), ledger)
        if merged is not None:
            files[name] = merged
    return Merged(files, tuple(ledger.conflicts), tuple(ledger.told))


def called(name: str) -> str:
    """Return what people call a file."""
    if name in _FIXED:
        return _FIXED[name]
    folder, _, last = name.rpartition("/")
    return f"{_KINDS[folder]} « {last.rpartition('.')[0]} »" if folder in _KINDS else f"le fichier « {name} »"


def _file(
    name: str, base: bytes | None, ours: bytes | None, theirs: bytes | None, ledger: Ledger
) -> bytes | None:
    for alike in (
        _identical,
        equal,
    ):  # the same bytes first: what only one side laid out again stays as it is
        if alike(name, ours, theirs) or alike(name, theirs, base):
            _explain(name, base, ours, theirs, ledger)
            return ours
        if alike(name, ours, base):
            _explain(name, base, ours, theirs, ledger)
            return theirs
    if ours is None or theirs is None:
        return _one_gone(name, ours, theirs, ledger)
    try:
        return _merged(name, base, ours, theirs, ledger)
    except Unmergeable:
        return _whole(name, base, ours, theirs, ledger)


def _identical(_name: str, one: bytes | None, other: bytes | None) -> bool:
    return one == other


def equal(name: str, one: bytes | None, other: bytes | None) -> bool:
    """Whether two versions of a file mean the same, layout apart.

    Of the settings, what a fingerprint leaves out counts too: somebody here wrote it.
    """
    if one is None or other is None or one == other:
        return one is other or one == other
    try:
        if name == SETTINGS_FILE:
            return sorted_json(load_toml(one.decode())) == sorted_json(load_toml(other.decode()))
        return normalise(name, one) == normalise(name, other)
    except (BundleFault, UnicodeDecodeError):
        return False


def _merged(name: str, base: bytes | None, ours: bytes, theirs: bytes, ledger: Ledger) -> bytes:
    suffix = name[name.rfind(".") :]
    if suffix in _MERGERS:
        if base is None and suffix in (".bpmn", ".dmn"):
            raise Unmergeable("two files of the same name that nothing links")
        empty = b"{}" if suffix == ".json" else b""
        trial = Ledger(ledger.choices)
        result = _MERGERS[suffix](base if base is not None else empty, ours, theirs, file=name, ledger=trial)
        ledger.take(trial)
        return result
    try:
        texts = [(data or b"").decode("utf-8") for data in (base, ours, theirs)]
    except UnicodeDecodeError as fault:
        raise Unmergeable(name) from fault
    return lines.merge(*texts, file=name, name=called(name), ledger=ledger).encode()


def _explain(name: str, base: bytes | None, ours: bytes | None, theirs: bytes | None, ledger: Ledger) -> None:
    """Say in detail what the one side that changed a file did; the result itself keeps its bytes."""
    if equal(name, ours, base) and equal(name, theirs, base):
        return
    versions = [base, ours, theirs]
    if None in versions:
        said = [None if data is None else "présent" for data in versions]
        ledger.settle(Spot(name, "", "", called(name)), *said)
        return
    trial = Ledger({})
    try:
        _merged(name, base, ours or b"", theirs or b"", trial)
    except Unmergeable:
        side = OURS if equal(name, theirs, base) else "theirs"
        said = ["avant", "après" if side == OURS else "avant", "après" if side != OURS else "avant"]
        ledger.settle(Spot(name, "", "", called(name)), *said)
        return
    ledger.told += trial.told


def _one_gone(name: str, ours: bytes | None, theirs: bytes | None, ledger: Ledger) -> bytes | None:
    told = ["gardé, et modifié" if data is not None else "retiré" for data in (ours, theirs)]
    side = ledger.ask(
        Spot(name, "", "", called(name)), base="", ours=told[0], theirs=told[1],
        said_base="tel qu'avant", said_ours=told[0], said_theirs=told[1],
    )  # fmt: skip
    return ours if side == OURS else theirs


def _whole(name: str, base: bytes | None, ours: bytes, theirs: bytes, ledger: Ledger) -> bytes:
    side = ledger.ask(
        Spot(name, "", "", called(name)), base="", ours="version d'ici", theirs="version d'amont",
        said_base="ajouté des deux côtés" if base is None else "version d'avant",
        said_ours="votre version du fichier", said_theirs="la version du fichier en amont",
    )  # fmt: skip
    return ours if side == OURS else theirs
