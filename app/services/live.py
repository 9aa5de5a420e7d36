"""What changes in a territory without a new version: contact, closing days, Anah year and zone, staffing.

``Territory.live`` holds them; ``[vivant]`` and ``[simulation]`` of ``territoire.toml`` carry them in and out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app import tenancy
from app.catalog import identity
from app.catalog.bundle import Bundle
from app.catalog.places import Contact
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import Settings, load_toml
from app.database import db
from app.models import Territory
from app.services import first_figures, first_money, first_sites

DAYS: Final = "jours_fermes"
_CONTACT: Final = "contact"
STAFFING: Final = "simulation"


def of_bundle(bundle: Bundle) -> dict[str, Any]:
    """Return the live values that a bundle's ``territoire.toml`` says, as stored."""
    text = _text(bundle)
    said = load_toml(text).get(identity.LIVE, {}).get(_CONTACT, {})
    return {
        "annee_anah": bundle.settings.anah_year,
        "zone_anah": bundle.settings.anah_zone,
        DAYS: sorted(day.isoformat() for day in bundle.settings.closing_days),
        _CONTACT: dict(said),
        STAFFING: identity.block(text, identity.STAFFING),
    }


def settled(bundle: Bundle, territory: Territory) -> dict[str, bytes]:
    """Return the bundle's files as they stand today: the territory's own name, code and live values.

    Raises:
        BundleFault: ``territoire.toml`` is laid out so that they cannot be written in.
    """
    kept = of_bundle(bundle) | dict(territory.live)
    text = identity.renamed(_text(bundle), code=territory.code, name=territory.name)
    said = load_toml(text).get(identity.LIVE, {})
    text = identity.with_live(
        text,
        {
            **_as_toml(kept),
            **first_money.as_toml(said),
            **first_sites.as_toml(said),
            **first_figures.as_toml(said),
        },
    )
    text = identity.with_block(text, identity.STAFFING, str(kept[STAFFING]))
    return {**bundle.files, SETTINGS_FILE: text.encode()}


def _as_toml(live: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "annee_anah": live["annee_anah"],
        "zone_anah": live["zone_anah"],
        DAYS: [date.fromisoformat(day) for day in live[DAYS]],
        _CONTACT: dict(live[_CONTACT]),
    }


def _text(bundle: Bundle) -> str:
    return bundle.files[SETTINGS_FILE].decode().replace("\r\n", "\n")


def take(bundle: Bundle) -> tuple[str, ...]:
    """Give the territory being served the name and the live values of a bundle, inside a transaction.

    Returns what changed, by the word of ``territoire.toml``.
    """
    territory = db.session.get_one(Territory, tenancy.current_id())
    wanted = of_bundle(bundle)
    before = {"nom": territory.name, **territory.live}
    changed = tuple(
        key for key, value in {"nom": bundle.settings.name, **wanted}.items() if before.get(key) != value
    )
    if changed:
        territory.name = bundle.settings.name
        territory.live = {**territory.live, **wanted}
    return changed + plant(bundle)


def plant(bundle: Bundle) -> tuple[str, ...]:
    """Add the first rows of a bundle (money, sites, figures), in a transaction; return which lists gave."""
    settings = bundle.settings
    money = first_money.plant(settings.first_money, remind_days=settings.money.remind_days)
    return money + first_sites.plant(settings) + first_figures.plant(settings.first_figures)


def contact(settings: Settings) -> Contact:
    """Return how a household reaches the territory being served today.

    ``settings`` of the release only gave the first values.
    """
    territory = db.session.get_one(Territory, tenancy.current_id())
    kept = territory.live.get(_CONTACT)
    if not isinstance(kept, Mapping):
        return settings.contact
    return Contact(
        service=kept.get("service", ""),
        telephone=kept.get("telephone", ""),
        email=kept.get("courriel", ""),
        address=kept.get("adresse", ""),
        hours=kept.get("horaires", ""),
    )
