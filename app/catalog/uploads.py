"""Files people send: judged by their content, images redrawn so that nothing hidden stays in them (LAW-8)."""

import io
import re
import unicodedata
import warnings
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageOps, UnidentifiedImageError

from app.catalog import nir

MAX_BYTES = 5_000_000
"""Largest file, in bytes."""
MAX_PIXELS = 50_000_000
"""Largest image before it is decoded; phones of 2026 make up to 50 megapixels by default."""
MAX_SIDE = 2_560
"""Longest side of a stored photo, in pixels: an A4 page at 220 dots an inch."""
PDF = "application/pdf"
IMAGES = {"image/jpeg": ("JPEG", ".jpg"), "image/png": ("PNG", ".png"), "image/webp": ("WEBP", ".webp")}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]+')


class UploadRefused(ValueError):
    """A file cannot be taken; ``str()`` is the French sentence."""


@dataclass(frozen=True)
class Refused:
    """A file that came with a form and cannot be taken: its sentence waits to be tied to its field."""

    sentence: str


@dataclass(frozen=True)
class Upload:
    """A file ready to be stored: a safe name, the type its content has, and its bytes."""

    name: str
    mime: str
    data: bytes

    @classmethod
    def sample(cls, name: str) -> "Upload":
        """Return a small image, for simulated answers."""
        return cls(name, "image/png", _dot())


@lru_cache(maxsize=1)
def _dot() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()


def accept(filename: str, data: bytes) -> Upload:
    """Return what may be stored of a sent file; a photo is redrawn, upright, without position or other data.

    Raises:
        UploadRefused: too large, empty, or neither PDF, JPEG, PNG nor WebP by its content.
    """
    name = safe_name(filename)
    if len(data) > MAX_BYTES:
        raise UploadRefused(
            f"« {name} » dépasse {MAX_BYTES // 1_000_000} Mo. Réduisez-le ou envoyez-en une partie."
        )
    if not data:
        raise UploadRefused(f"« {name} » est vide. Choisissez un autre fichier.")
    if nir.holds_number(filename):
        raise UploadRefused(nir.SENTENCE)
    mime = sniff(data)
    if mime is None:
        raise UploadRefused(f"« {name} » n'est ni un PDF ni une photo (JPEG, PNG, WebP).")
    if mime == PDF:
        return Upload(_suffixed(name, ".pdf"), PDF, data)
    image_format, suffix = IMAGES[mime]
    return Upload(_suffixed(name, suffix), mime, _redraw(name, data, image_format))


def sniff(data: bytes) -> str | None:
    """Return the type of a content by its first bytes, None for any other than the four that are taken."""
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2_048:]:
        return PDF
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def safe_name(filename: str) -> str:
    """Return a file's own name without folders nor signs that mislead, at most 100 characters."""
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rpartition("/")[2]
    name = _UNSAFE.sub(" ", name).strip().rstrip(" .")
    stem, dot, suffix = name.rpartition(".")
    if dot and len(suffix) <= 5:
        return f"{stem[:90].strip()}.{suffix}" if stem else f"fichier.{suffix}"
    return name[:100] or "fichier"


def _suffixed(name: str, suffix: str) -> str:
    stem, dot, old = name.rpartition(".")
    if dot and old.lower() in {suffix[1:], "jpeg" if suffix == ".jpg" else suffix[1:]}:
        return name
    return f"{stem if dot and len(old) <= 5 else name}{suffix}"


def _redraw(name: str, data: bytes, image_format: str) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _redrawn(data, image_format, name)
    except UploadRefused:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
    ) as fault:
        raise UploadRefused(f"« {name} » est une image illisible. Reprenez la photo.") from fault


def _redrawn(data: bytes, image_format: str, name: str) -> bytes:
    with Image.open(io.BytesIO(data), formats=(image_format,)) as image:
        if image.width * image.height > MAX_PIXELS:
            raise UploadRefused(f"« {name} » a trop de points. Envoyez une photo plus petite.")
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        image.load()
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((MAX_SIDE, MAX_SIDE))
        mode = "RGBA" if image_format != "JPEG" and "A" in upright.getbands() else "RGB"
        bare = Image.new(mode, upright.size)
        bare.paste(upright.convert(mode))
    out = io.BytesIO()
    bare.save(out, image_format, **({"quality": 85} if image_format != "PNG" else {"optimize": True}))
    return out.getvalue()
