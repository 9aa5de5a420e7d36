"""Columns of our own: aware instants, values encrypted at rest, digests of secret codes."""

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on every database (SQLite keeps no zone)."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive instants; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive instants are refused: use app.clock.now()")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[Any]):
    """JSON encrypted at rest (AES-GCM, LAW-4): for answers of the class ``secret``."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Encrypt; None stays None."""
        if value is None:
            return None
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(_data_key()).encrypt(nonce, json.dumps(value).encode(), b"relais")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> object:  # noqa: ARG002
        """Decrypt."""
        if value is None:
            return None
        raw = bytes(value)
        return json.loads(AESGCM(_data_key()).decrypt(raw[:12], raw[12:], b"relais"))


def _data_key() -> bytes:
    return sha256(str(current_app.config["RELAIS_DATA_KEY"]).encode()).digest()


def seal_text(value: str) -> str:
    """Return a short keyed digest for looking up a secret code without storing it."""
    return urlsafe_b64encode(hmac.digest(_data_key(), value.encode(), "sha256")).decode().rstrip("=")
