"""Where files are kept: photos people attach, documents made for them. A folder, one part a territory.

What is kept is encrypted with the data key and bound to its key (AES-GCM): a byte changed, or two
files exchanged, is noticed when the file is read (LAW-4).
"""

import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from app import tenancy
from app.config import Settings
from app.errors import NotFound, RelaisError

_KEY: Final = re.compile(r"[0-9a-f]{40}")
_NONCE: Final = 12


class FileLost(NotFound):
    """The store no longer holds the file, or another territory does."""

    sentence_template = "Ce fichier n'est plus dans le stockage. Demandez qu'il soit joint à nouveau."


class FileDamaged(RelaisError):
    """The bytes kept are not those that were given."""

    sentence_template = (
        "Ce fichier est abîmé et ne peut pas être ouvert. Demandez qu'il soit joint à nouveau."
    )


@dataclass(frozen=True)
class FolderStore:
    """Files under ``root``, each under a key that nobody can guess."""

    root: Path
    secret: bytes

    def put(self, data: bytes) -> str:
        """Keep ``data``; return its key. The file is there whole or not at all."""
        key = secrets.token_hex(20)
        nonce = secrets.token_bytes(_NONCE)
        place = self._place(key)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(nonce + AESGCM(self.secret).encrypt(nonce, data, self._bound(key)))
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(place)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return key

    def get(self, key: str, *, digest: str | None = None) -> bytes:
        """Return what was kept under ``key``.

        Args:
            key: what ``put`` returned.
            digest: the ``digest_of`` noted when it was kept, compared when given.

        Raises:
            FileLost: nothing under this key in the territory being served.
            FileDamaged: the bytes have changed since.
        """
        try:
            kept = self._place(key).read_bytes()
        except FileNotFoundError:
            raise FileLost from None
        try:
            data = AESGCM(self.secret).decrypt(kept[:_NONCE], kept[_NONCE:], self._bound(key))
        except (InvalidTag, ValueError):
            raise FileDamaged from None
        if digest is not None and digest != digest_of(data):
            raise FileDamaged
        return data

    def delete(self, key: str) -> None:
        """Forget ``key``; forgetting twice is no error."""
        self._place(key).unlink(missing_ok=True)

    def _place(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileLost
        return self.root / str(tenancy.current_id()) / key[:2] / key

    def _bound(self, key: str) -> bytes:
        return f"{tenancy.current_id()}/{key}".encode()


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return sha256(data).hexdigest()


def store() -> FolderStore:
    """Return the store that this server's settings name."""
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    secret = sha256(b"relais files\0" + settings.data_key.encode()).digest()
    return FolderStore(settings.files_folder, secret)
