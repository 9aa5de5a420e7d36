"""What the environment says: read once, frozen, refused at start with a sentence."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import MissingSetting

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """How this server runs.

    ``demo`` shows the sample accounts and the visible mailbox; ``clock_shift`` moves the server's
    clock for browser tests, and is refused unless ``demo``.
    """

    database_url: str
    secret_key: str
    data_key: str
    base_url: str
    files_folder: Path
    programmes_root: Path
    demo: bool = False
    smtp_url: str | None = None
    mail_from: str = "Relais <relais@localhost>"
    clock_shift: timedelta = timedelta()
    secure_cookies: bool = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings.

        Raises:
            MissingSetting: a value is missing or contradicts another; the sentence says which.
        """
        env = os.environ if environ is None else environ
        instance = Path(env.get("RELAIS_INSTANCE", str(Path.cwd() / "instance")))
        demo = env.get("RELAIS_DEMO") == "1"
        shift = timedelta(seconds=float(env.get("RELAIS_CLOCK_SHIFT", "0")))
        if shift and not demo:
            raise MissingSetting(cause="RELAIS_CLOCK_SHIFT ne vaut qu'en démonstration (RELAIS_DEMO=1).")
        base_url = env.get("RELAIS_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
        secret = env.get("RELAIS_SECRET_KEY") or _kept_secret(instance / "secret_key", base_url)
        return cls(
            database_url=_driver(env.get("DATABASE_URL") or f"sqlite:///{instance / 'relais.sqlite3'}"),
            secret_key=secret,
            data_key=env.get("RELAIS_DATA_KEY") or _kept_secret(instance / "data_key", base_url),
            base_url=base_url,
            files_folder=Path(env.get("RELAIS_FILES", str(instance / "files"))),
            programmes_root=Path(env.get("RELAIS_PROGRAMMES", str(ROOT))),
            demo=demo,
            smtp_url=env.get("RELAIS_SMTP_URL"),
            mail_from=env.get("RELAIS_MAIL_FROM", "Relais <relais@localhost>"),
            clock_shift=shift,
            secure_cookies=urlsplit(base_url).scheme == "https",
        )


def _driver(url: str) -> str:
    """Name the driver we ship: ``postgres://`` and ``postgresql://`` mean psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _kept_secret(path: Path, base_url: str) -> str:
    """Make a secret at the first start and keep it; a public address wants it set by hand."""
    if urlsplit(base_url).hostname not in {"127.0.0.1", "localhost"}:
        raise MissingSetting(
            cause="définissez RELAIS_SECRET_KEY et RELAIS_DATA_KEY (deux textes secrets d'au moins "
            "32 caractères) avant de servir une adresse publique."
        )
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()
