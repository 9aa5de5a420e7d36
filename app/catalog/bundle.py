"""A release's files: resolved from base and overlay, checked, and named by a fingerprint of their content."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from app.catalog.compiler import compile_form
from app.catalog.fingerprint import fingerprint
from app.catalog.forms import Form
from app.catalog.indicator_reading import parse_indicators
from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.indicators import NONE as NO_INDICATORS
from app.catalog.indicators import Indicators
from app.catalog.reuse import read_base, takes, worded
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import Settings, load_toml, parse_settings
from app.catalog.source import SettingsFault
from app.catalog.templates import check_template
from app.errors import BundleFault

MAX_BYTES = 2_000_000
"""Largest file of a bundle, in bytes."""
MAX_FILES = 500

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
KINDS: Mapping[str, str] = {
    "bpmn": ".bpmn",
    "dmn": ".dmn",
    "forms": ".json",
    "messages": ".txt",
    "documents": ".html",
}
"""The folders of a bundle, each with the suffix of its files."""
_FOLDERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "": (("bpmn", ".bpmn"), ("dmn", ".dmn")),
    "messages": (("messages", ".txt"),),
    "documents": (("documents", ".html"),),
}
_CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True)
class Bundle:
    """The files of one release, by normalised name, with what they say.

    ``files`` holds ``bpmn/<n>.bpmn``, ``dmn/<n>.dmn``, ``forms/<n>.json``, ``messages/<n>.txt``,
    ``documents/<n>.html``, ``territoire.toml`` and, when there are any, ``indicateurs.toml``. ``fingerprint``
    is the SHA-256 of the normalised content.
    """

    files: Mapping[str, bytes]
    settings: Settings
    forms: Mapping[str, Form]
    fingerprint: str
    indicators: Indicators = NO_INDICATORS

    def as_text(self) -> dict[str, str]:
        """Return the files as text, for storage; ``bundle_from_text`` gives the same bundle back."""
        return {path: data.decode("utf-8") for path, data in self.files.items()}

    def folder(self, kind: str) -> dict[str, bytes]:
        """Return the files of one kind (``bpmn``, ``dmn``, ``messages``…) by bare name, without suffix."""
        return {Path(path).stem: data for path, data in self.files.items() if path.startswith(f"{kind}/")}


def resolve(root: Path, code: str) -> Bundle:
    """Read base and overlay of territory ``code`` below ``root``; a file of the same name replaces the base.

    Raises:
        BundleFault: an unknown territory, or a file that cannot be used.
    """
    if not _CODE.fullmatch(code):
        raise BundleFault(file=code[:40], cause="ce code de territoire ne convient pas.")
    own = root / "bpmn" / "territories" / code
    if not (own / SETTINGS_FILE).is_file():
        raise BundleFault(
            file=f"bpmn/territories/{code}/{SETTINGS_FILE}",
            cause="ce fichier manque. Vérifiez le code du territoire.",
        )
    files = _from_base(root, own)
    for folder, kinds in _FOLDERS.items():
        _gather(files, root, own / folder if folder else own, kinds)
    _gather(files, root, root / "forms" / "territories" / code, (("forms", ".json"),))
    files[SETTINGS_FILE] = _read(root, own / SETTINGS_FILE)
    if (own / INDICATORS_FILE).is_file():
        files[INDICATORS_FILE] = _read(root, own / INDICATORS_FILE)
    bundle = bundle_from_files(files)
    if bundle.settings.code != code:
        raise BundleFault(
            file=SETTINGS_FILE, cause=f"« code » vaut « {bundle.settings.code} » dans le dossier « {code} »."
        )
    return bundle


def _from_base(root: Path, own: Path) -> dict[str, bytes]:
    """Return what the territory takes from the base: everything, or what its ``base`` names.

    The lanes of a shared diagram bear the names that the territory gives them.
    """
    files: dict[str, bytes] = {}
    for folder, kinds in _FOLDERS.items():
        _gather(files, root, root / "bpmn" / "base" / folder, kinds)
    _gather(files, root, root / "forms" / "base", (("forms", ".json"),))
    try:
        text = _read(root, own / SETTINGS_FILE).decode("utf-8")
        parsed = load_toml(text)
        wanted = read_base(parsed)
    except SettingsFault as fault:
        raise BundleFault(file=SETTINGS_FILE, cause=str(fault)) from fault
    except UnicodeDecodeError as fault:
        raise BundleFault(file=SETTINGS_FILE, cause="ce fichier n'est pas enregistré en UTF-8.") from fault
    absent = (wanted or frozenset()) - {str(Path(path).with_suffix("")) for path in files}
    if absent:
        raise BundleFault(
            file=SETTINGS_FILE,
            cause=f"« base » nomme « {min(absent)} », que la base n'a pas. Vérifiez le nom.",
        )
    return {path: worded(parsed, path, data) for path, data in files.items() if takes(wanted, path)}


def bundle_from_text(files: Mapping[str, str]) -> Bundle:
    """Return the bundle whose files were stored as text.

    Raises:
        BundleFault: a file cannot be used.
    """
    return bundle_from_files({path: text.encode("utf-8") for path, text in files.items()})


def bundle_from_files(files: Mapping[str, bytes]) -> Bundle:
    """Check every file and return the bundle.

    Raises:
        BundleFault: an unknown path, a file too large, bad XML, JSON or TOML, a form that does not compile.
    """
    if len(files) > MAX_FILES:
        raise BundleFault(file="paquet", cause=f"plus de {MAX_FILES} fichiers.")
    for path, data in files.items():
        _check(path, data)
    if SETTINGS_FILE not in files:
        raise BundleFault(file=SETTINGS_FILE, cause="ce fichier manque : il donne les rôles et les réglages.")
    frozen = MappingProxyType({path: files[path] for path in sorted(files)})
    settings = parse_settings(frozen[SETTINGS_FILE].decode("utf-8"))
    digest = fingerprint(frozen)
    for path, data in frozen.items():
        if path.startswith(("messages/", "documents/")):
            check_template(data.decode("utf-8"), file=path)
    counted = frozen.get(INDICATORS_FILE)
    return Bundle(
        files=frozen,
        settings=settings,
        forms=_forms(frozen, settings),
        fingerprint=digest,
        indicators=parse_indicators(counted.decode("utf-8")) if counted is not None else NO_INDICATORS,
    )


def belongs(path: str) -> bool:
    """Whether a normalised name has its place in a bundle (``bpmn/visite.bpmn``, ``indicateurs.toml``…)."""
    folder, _, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    return path in (SETTINGS_FILE, INDICATORS_FILE) or (
        KINDS.get(folder) == f"{dot}{suffix}" and _NAME.fullmatch(stem) is not None
    )


def _forms(files: Mapping[str, bytes], settings: Settings) -> Mapping[str, Form]:
    forms = {}
    for path, data in files.items():
        if path.startswith("forms/"):
            form = compile_form(data, settings=settings, file=path)
            if form.id != Path(path).stem:
                raise BundleFault(
                    file=path, cause=f"« id » vaut « {form.id} » : il doit être le nom du fichier."
                )
            forms[form.id] = form
    return MappingProxyType(forms)


def _check(path: str, data: bytes) -> None:
    if not belongs(path):
        raise BundleFault(
            file=path[:100],
            cause="ce chemin n'a pas sa place dans un dispositif. Attendus : bpmn/*.bpmn, dmn/*.dmn, "
            "forms/*.json, messages/*.txt, documents/*.html, territoire.toml et indicateurs.toml, en "
            "minuscules sans accent.",
        )
    _check_size(path, len(data))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise BundleFault(file=path, cause="ce fichier n'est pas enregistré en UTF-8.") from fault


def _check_size(path: str, size: int) -> None:
    if size > MAX_BYTES:
        raise BundleFault(
            file=path, cause=f"ce fichier dépasse {MAX_BYTES // 1_000_000} Mo. Allégez-le ou découpez-le."
        )


def _gather(files: dict[str, bytes], root: Path, folder: Path, kinds: tuple[tuple[str, str], ...]) -> None:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in (SETTINGS_FILE, INDICATORS_FILE):
            continue
        if path.is_dir():
            if path.name in _FOLDERS and folder.parts[-2:] != ("forms", "base"):
                continue
            raise _unknown(root, path)
        kind = next((kind for kind, suffix in kinds if path.suffix == suffix), None)
        if kind is None:
            raise _unknown(root, path)
        files[f"{kind}/{path.name}"] = _read(root, path)


def _unknown(root: Path, path: Path) -> BundleFault:
    return BundleFault(
        file=path.relative_to(root).as_posix(),
        cause="ce fichier n'est pas à sa place : retirez-le ou renommez-le.",
    )


def _read(root: Path, path: Path) -> bytes:
    name = path.relative_to(root).as_posix()
    if not path.resolve().is_relative_to(root.resolve()):
        raise BundleFault(file=name, cause="ce fichier mène hors du dossier du dispositif.")
    _check_size(name, path.stat().st_size)
    return path.read_bytes()
