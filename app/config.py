"""What the environment says: read once, frozen, refused at start with a sentence."""

import os
import secrets
import tempfile
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

    ``sms_fields`` are the names under which the SMS provider wants the number, the text and the sender;
    ``bounce_token`` is the secret of whoever hands in mail that came back.

    ``proxies`` is how many trusted reverse proxies stand before the server: only their word is taken for a
    visitor's address. ``demo`` shows the sample accounts and the visible mailbox; ``clock_shift`` moves the
    server's clock for browser tests, and is refused unless ``demo``. ``jobs`` names the runner: the embedded
    one (``apscheduler``) or the workers of ``procrastinate``, on PostgreSQL alone. ``database_role`` is the
    plain PostgreSQL role that ``relais db upgrade`` gives its rights to. ``backups`` is where backups are
    written, ``postgres_tools`` where pg_dump and pg_restore are when the path does not lead to them.
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
    proxies: int = 0
    sms_url: str | None = None
    sms_token: str | None = None
    sms_sender: str = "Relais"
    sms_fields: tuple[str, str, str] = ("to", "text", "from")
    bounce_token: str | None = None
    jobs: str = "apscheduler"
    database_role: str | None = None
    metrics_token: str | None = None
    logs: str = "texte"
    backups: Path = Path("instance/sauvegardes")
    postgres_tools: Path | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings.

        Raises:
            MissingSetting: a value is missing or contradicts another; the sentence says which.
        """
        env = os.environ if environ is None else environ
        instance = Path(env.get("RELAIS_INSTANCE") or "instance").absolute()
        demo = env.get("RELAIS_DEMO") == "1"
        shift = _seconds(env.get("RELAIS_CLOCK_SHIFT") or "0")
        if shift and not demo:
            raise MissingSetting(cause="RELAIS_CLOCK_SHIFT ne vaut qu'en démonstration (RELAIS_DEMO=1).")
        base_url = (env.get("RELAIS_BASE_URL") or "http://127.0.0.1:8000").rstrip("/")
        database_url = database_address(env.get("DATABASE_URL") or f"sqlite:///{instance / 'relais.sqlite3'}")
        return cls(
            database_url=database_url,
            secret_key=_secret("RELAIS_SECRET_KEY", env, instance / "secret_key", base_url),
            data_key=_secret("RELAIS_DATA_KEY", env, instance / "data_key", base_url),
            base_url=base_url,
            files_folder=Path(env.get("RELAIS_FILES") or instance / "files").absolute(),
            programmes_root=Path(env.get("RELAIS_PROGRAMMES") or ROOT).absolute(),
            demo=demo,
            smtp_url=env.get("RELAIS_SMTP_URL") or None,
            mail_from=env.get("RELAIS_MAIL_FROM") or "Relais <relais@localhost>",
            clock_shift=shift,
            secure_cookies=urlsplit(base_url).scheme == "https",
            proxies=_count("RELAIS_PROXIES", env),
            sms_url=env.get("RELAIS_SMS_URL") or None,
            sms_token=env.get("RELAIS_SMS_TOKEN") or None,
            sms_sender=env.get("RELAIS_SMS_SENDER") or "Relais",
            sms_fields=_three_names("RELAIS_SMS_FIELDS", env.get("RELAIS_SMS_FIELDS") or "to,text,from"),
            bounce_token=_long_enough("RELAIS_BOUNCE_TOKEN", env.get("RELAIS_BOUNCE_TOKEN") or None),
            jobs=_runner(env.get("RELAIS_JOBS") or "apscheduler", database_url),
            database_role=env.get("RELAIS_DB_ROLE") or None,
            metrics_token=env.get("RELAIS_METRICS_TOKEN") or None,
            logs=_one_of("RELAIS_LOGS", env.get("RELAIS_LOGS") or "texte", ("texte", "json")),
            backups=Path(env.get("RELAIS_BACKUPS") or instance / "sauvegardes").absolute(),
            postgres_tools=Path(env["RELAIS_PG_BIN"]).absolute() if env.get("RELAIS_PG_BIN") else None,
        )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        said = " ou ".join(f"« {word} »" for word in known)
        raise MissingSetting(cause=f"{name} vaut {said}, pas « {value} ».")
    return value


def _runner(value: str, database_url: str) -> str:
    runner = _one_of("RELAIS_JOBS", value, ("apscheduler", "procrastinate"))
    if runner == "procrastinate" and not database_url.startswith("postgresql"):
        raise MissingSetting(
            cause="RELAIS_JOBS=procrastinate demande PostgreSQL. Donnez l'adresse d'une base PostgreSQL dans "
            "DATABASE_URL, ou retirez RELAIS_JOBS : sur SQLite, le serveur fait lui-même ce qui échoit."
        )
    return runner


def _three_names(name: str, text: str) -> tuple[str, str, str]:
    names = [part.strip() for part in text.split(",")]
    if len(names) != 3 or not all(names):
        raise MissingSetting(
            cause=f"{name} donne les trois noms que le fournisseur attend, dans l'ordre numéro, texte, "
            "expéditeur : « to,text,from »."
        )
    return names[0], names[1], names[2]


def _long_enough(name: str, secret: str | None) -> str | None:
    if secret is not None and len(secret) < 32:
        raise MissingSetting(cause=f"{name} est un texte secret d'au moins 32 caractères.")
    return secret


def _count(name: str, env: Mapping[str, str]) -> int:
    text = env.get(name) or "0"
    if not (text.isascii() and text.isdigit()):
        raise MissingSetting(cause=f"{name} est un nombre entier, pas « {text} ».")
    return int(text)


def _seconds(text: str) -> timedelta:
    try:
        return timedelta(seconds=float(text))
    except ValueError as error:
        raise MissingSetting(
            cause=f"RELAIS_CLOCK_SHIFT est un nombre de secondes, pas « {text} »."
        ) from error


def database_address(url: str) -> str:
    """Name the driver we ship, and say where a SQLite file stands whoever opens it.

    ``postgres://`` and ``postgresql://`` mean psycopg 3. Flask and Alembic read a relative SQLite
    path from different folders: it is made absolute here.
    """
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///")).absolute()
        file.parent.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{file}"
    if url.startswith("postgresql+psycopg://"):
        return url
    raise MissingSetting(
        cause="DATABASE_URL commence par « sqlite:/// » (un fichier) ou « postgresql:// » (un serveur)."
    )


def _secret(name: str, env: Mapping[str, str], kept: Path, base_url: str) -> str:
    """Read a secret; on this machine alone, make one at the first start and keep it."""
    given = env.get(name)
    local = urlsplit(base_url).hostname in {"127.0.0.1", "localhost", "::1"}
    if given and (local or len(given) >= 32):
        return given
    if not local:
        raise MissingSetting(
            cause="définissez RELAIS_SECRET_KEY et RELAIS_DATA_KEY (deux textes secrets d'au moins "
            "32 caractères) avant de servir une adresse publique."
        )
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        _write_once(kept, secrets.token_urlsafe(48))
    return kept.read_text(encoding="utf-8").strip()


def _write_once(path: Path, text: str) -> None:
    """Write a whole private file or leave the one that another process wrote first."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
