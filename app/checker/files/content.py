"""What any file must be before it is read: not empty, not too large, text in UTF-8, of a known kind."""

from typing import Final

from app.catalog.bundle import MAX_BYTES
from app.checker.problem import Problem

DIAGRAM: Final = ".bpmn"
DECISION: Final = ".dmn"
FORM: Final = ".json"
MESSAGE: Final = ".txt"
DOCUMENT: Final = ".html"
SETTINGS: Final = ".toml"
KINDS: Final = (DIAGRAM, DECISION, FORM, MESSAGE, DOCUMENT, SETTINGS)

EXPECTED: Final = (
    "Relais lit des diagrammes (.bpmn), des tables de décision (.dmn), des formulaires (.json), des messages "
    "(.txt), des documents (.html) et territoire.toml"
)
_NOT_TEXT: Final = {DIAGRAM: "not-xml", DECISION: "not-xml", FORM: "not-json", SETTINGS: "not-toml"}
_WANTED: Final = {
    DIAGRAM: "un diagramme BPMN",
    DECISION: "une table de décision DMN",
    FORM: "un formulaire JSON",
    MESSAGE: "un message",
    DOCUMENT: "un modèle de document",
    SETTINGS: "un fichier de réglages",
}
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "une image PNG"),
    (b"\xff\xd8\xff", "une photo JPEG"),
    (b"GIF8", "une image GIF"),
    (b"%PDF-", "un PDF"),
    (b"PK\x03\x04", "une archive ZIP ou un fichier bureautique"),
    (b"PK\x05\x06", "une archive ZIP"),
    (b"\x1f\x8b", "une archive compressée (gzip)"),
    (b"\xd0\xcf\x11\xe0", "un ancien fichier bureautique"),
    (b"SQLite format 3\0", "une base de données"),
    (b"\x7fELF", "un programme"),
)


def kind_of(path: str) -> str:
    """Return the suffix that says what a file is, empty when Relais has no use for it."""
    return next((kind for kind in KINDS if path.endswith(kind)), "")


def climbs(path: str) -> bool:
    """Whether a name leads out of its folder."""
    return path.startswith("/") or "\\" in path or ".." in path.split("/")


def judge_size(path: str, size: int) -> Problem | None:
    """Return what is wrong with a file of ``size`` bytes, None when it may be read."""
    if size == 0:
        return Problem(
            path, "", "error", "empty-file", "Ce fichier est vide. Enregistrez-le de nouveau, ou retirez-le."
        )
    if size > MAX_BYTES:
        return Problem(
            path,
            "",
            "error",
            "too-large",
            f"Ce fichier dépasse {MAX_BYTES // 1_000_000} Mo. Allégez-le ou découpez-le.",
        )
    return None


def judge_text(path: str, data: bytes) -> Problem | None:
    """Return why ``data`` is no text that can be read, None when it is UTF-8."""
    kind = kind_of(path)
    found = next((words for start, words in _SIGNATURES if data.startswith(start)), None)
    if found:
        return Problem(
            path,
            "",
            "error",
            _NOT_TEXT.get(kind, "not-utf8"),
            f"Ce fichier est {found}, pas {_WANTED.get(kind, 'un texte')}. "
            "Choisissez le bon fichier, ou exportez-le de nouveau depuis l'éditeur.",
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        return _not_utf8(path, "Ce fichier est enregistré en UTF-16, ou contient des caractères nuls.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        return _not_utf8(path, f"Ce fichier n'est pas enregistré en UTF-8 (ligne {line}).")
    if not text.strip("\ufeff \t\r\n"):
        return judge_size(path, 0)
    if kind == SETTINGS and text.startswith("\ufeff"):
        what = "Ce fichier commence par une marque d'encodage (BOM), que le TOML n'admet pas."
        return Problem(path, "", "error", "not-toml", f"{what} Enregistrez-le en UTF-8 sans BOM.")
    return None


def _not_utf8(path: str, what: str) -> Problem:
    return Problem(
        path, "", "error", "not-utf8", f"{what} Ouvrez-le dans son éditeur et enregistrez-le en UTF-8."
    )
