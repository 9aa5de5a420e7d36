"""The environment is read once and refused with a sentence that says what to do."""

import dataclasses
import stat

import pytest

from app.config import ROOT, Settings
from app.errors import MissingSetting

LONG = "x" * 32


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_set_is_a_server_for_this_machine_alone(here):
    settings = Settings.from_env({})
    assert settings.database_url == f"sqlite:///{here / 'instance' / 'relais.sqlite3'}"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.programmes_root == ROOT
    assert settings.smtp_url is None
    assert not settings.demo
    assert not settings.secure_cookies
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.demo = True


def test_its_secrets_are_made_once_kept_and_private(here):
    first, second = Settings.from_env({}), Settings.from_env({})
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert first.data_key != first.secret_key
    assert stat.S_IMODE((here / "instance" / "data_key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"RELAIS_SECRET_KEY": LONG},
        {"RELAIS_SECRET_KEY": LONG, "RELAIS_DATA_KEY": "court"},
        {"RELAIS_SECRET_KEY": "", "RELAIS_DATA_KEY": LONG},
    ],
)
def test_a_public_address_wants_two_long_secrets(here, given):
    with pytest.raises(MissingSetting, match="32 caractères"):
        Settings.from_env({"RELAIS_BASE_URL": "https://relais.exemple.fr", **given})


def test_a_public_address_over_https_has_secure_cookies(here):
    settings = Settings.from_env(
        {"RELAIS_BASE_URL": "https://relais.exemple.fr/", "RELAIS_SECRET_KEY": LONG, "RELAIS_DATA_KEY": LONG}
    )
    assert settings.base_url == "https://relais.exemple.fr"
    assert settings.secure_cookies


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("sqlite:////var/lib/relais.sqlite3", "sqlite:////var/lib/relais.sqlite3"),
    ],
)
def test_a_database_address_names_the_driver_we_ship(here, given, read):
    assert Settings.from_env({"DATABASE_URL": given}).database_url == read


def test_a_relative_file_is_the_same_for_whoever_opens_it(here):
    assert Settings.from_env({"DATABASE_URL": "sqlite:///d/r.db"}).database_url == f"sqlite:///{here}/d/r.db"
    assert (here / "d").is_dir()


def test_an_unknown_database_is_refused(here):
    with pytest.raises(MissingSetting, match="DATABASE_URL commence par"):
        Settings.from_env({"DATABASE_URL": "mysql://h/d"})


def test_the_clock_is_shifted_in_a_demonstration_only(here):
    with pytest.raises(MissingSetting, match="démonstration"):
        Settings.from_env({"RELAIS_CLOCK_SHIFT": "60"})
    with pytest.raises(MissingSetting, match="nombre de secondes, pas « demain »"):
        Settings.from_env({"RELAIS_CLOCK_SHIFT": "demain", "RELAIS_DEMO": "1"})
    shifted = Settings.from_env({"RELAIS_CLOCK_SHIFT": "60", "RELAIS_DEMO": "1"})
    assert shifted.clock_shift.total_seconds() == 60


def test_only_the_proxies_declared_are_believed_about_a_visitor_s_address(tmp_path):
    settings = Settings.from_env({"RELAIS_INSTANCE": str(tmp_path), "RELAIS_PROXIES": "1"})
    assert settings.proxies == 1
    assert Settings.from_env({"RELAIS_INSTANCE": str(tmp_path)}).proxies == 0
    with pytest.raises(MissingSetting, match="RELAIS_PROXIES"):
        Settings.from_env({"RELAIS_INSTANCE": str(tmp_path), "RELAIS_PROXIES": "un"})
