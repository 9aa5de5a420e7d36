"""What every template may read: who is logged in, the territory, the navigation."""

from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, current_app, g, request, url_for

from app import tenancy
from app.config import Settings
from app.services import bell, demo, inbox, perimeter, releases
from app.services.actors import Actor
from app.services.demo import SampleAccount
from app.web import session
from app.web.permissions import actor_or_none, place


@dataclass(frozen=True)
class Entry:
    """An entry of the navigation, shown to who may open it."""

    label: str
    endpoint: str
    permissions: tuple[str, ...]
    family: tuple[str, ...]
    group: str = ""
    """The menu it stands in; empty: on the bar itself."""

    def opens_for(self, who: Actor) -> bool:
        """Whether this person may open it: one of its permissions is enough."""
        if self.endpoint == "alert.page" and who.rights.may("dossiers.voir"):
            return False  # the list of cases has a button for it
        return any(who.rights.may(permission) for permission in self.permissions)


STEERING: Final = "Résultats"
"""The menu of those who answer for the programme: are we on course, what did it give."""
TERRITORY: Final = "Territoire"
"""The menu of what is opened now and then: the directory, the versions, how long cases are kept."""
NETWORK: Final = "Réseau"
"""The menu of what is done with partners outside the cases: events, leads, campaigns."""
STUDIO: Final = (
    "studio", "studio_files", "studio_archives", "studio_diagrams", "studio_steps", "studio_decisions",
    "studio_texts", "studio_settings", "studio_forms", "studio_trials", "studio_publish", "studio_pull",
)  # fmt: skip
"""The rooms of the studio."""
_NETWORK: Final = "Événements et pistes"
_EVENTS: Final = "Événements"
"""The same where a territory looks for no partner."""
ENTRIES: Final = (
    Entry("Corbeille", "inbox.page", ("taches.traiter",), ("inbox", "tasks", "desk", "absences")),
    Entry("Agenda", "agenda.page", ("taches.traiter",), ("agenda",)),
    Entry("Signaler", "alert.page", ("dossiers.signaler",), ("alert",)),
    Entry("Dossiers", "cases.listing", ("dossiers.voir",), ("cases",)),
    Entry("Revue", "reviews.page", ("revue.voir",), ("reviews", "meetings")),
    Entry(
        "Supervision",
        "supervision.page",
        ("supervision.voir",),
        ("supervision", "late", "deadlines", "oversight", "works"),
    ),
    Entry(
        _NETWORK,
        "network.page",
        ("reseau.voir",),
        ("network", "acts", "gatherings", "decisions"),
        NETWORK,
    ),
    Entry("Échanges", "exchanges.page", ("echanges.voir",), ("exchanges",), NETWORK),
    Entry("Campagnes", "campaigns.listing", ("campagnes.voir",), ("campaigns", "campaign_imports"), NETWORK),
    Entry("Tournées", "rounds.listing", ("tournees.saisir",), ("rounds",)),
    Entry(
        "Annuaire",
        "directory.page",
        ("dossiers.voir", "reseau.voir", "annuaire.agir", "territoire.administrer"),
        ("directory", "partners", "charter"),
        TERRITORY,
    ),
    Entry("Conservation", "household.kept", ("archives.voir", "dossiers.effacer"), ("household",), TERRITORY),
    Entry("Pilotage", "pilotage.page", ("pilotage.voir",), ("pilotage",), STEERING),
    Entry("Indicateurs", "indicators.page", ("indicateurs.voir",), ("indicators",), STEERING),
    Entry(
        "Rapports", "reports.listing", ("rapports.agir", "indicateurs.voir"), ("reports", "funder"), STEERING
    ),
    Entry(
        "Budget", "money.page", ("budget.voir",), ("money", "money_changes", "money_rows", "goals"), STEERING
    ),
    Entry("Veille", "watch.page", ("veille.voir", "indicateurs.voir"), ("watch",), STEERING),
    Entry("Capacité", "capacity.page", ("capacite.voir",), ("capacity",), STEERING),
    Entry("Chiffres datés", "series.page", ("series.voir",), ("series",), STEERING),
    Entry("Stock", "stock.page", ("stock.voir",), ("stock",), STEERING),
    Entry("Sites", "sites.listing", ("sites.voir",), ("sites", "site_changes"), STEERING),
    Entry("Équipe et structures", "team.page", ("territoire.administrer",), ("team",), TERRITORY),
    Entry("Atelier", "studio.page", ("programme.modifier", "programme.publier"), STUDIO, TERRITORY),
    Entry("Catalogue", "library.page", ("programme.modifier", "territoires.ouvrir"), ("library",), TERRITORY),
    Entry("Ouvrir un territoire", "opening.page", ("territoires.ouvrir",), ("opening",), TERRITORY),
    Entry(
        "Versions",
        "versions.page",
        ("territoire.administrer", "programme.modifier", "programme.publier"),
        ("versions", "migrating"),
        TERRITORY,
    ),
    Entry("Reprise", "takeover.page", ("reprise.agir",), ("takeover",), TERRITORY),
)

NOTICE_READERS: Final = (
    "taches.traiter",
    "dossiers.voir",
    "supervision.voir",
    "supervision.agir",
    "revue.voir",
    "territoire.administrer",
    "budget.agir",
)
"""Whoever holds one of these may be told something: they have a bell."""


def register(app: Flask) -> None:
    """Give the templates what the shell of a page reads."""

    @app.context_processor
    def _shell() -> dict[str, Any]:
        if "shell" not in g:
            g.shell = _read_shell()
        shell: dict[str, Any] = g.shell
        return shell


def settings() -> Settings:
    """Return how this server runs."""
    found: Settings = current_app.config["RELAIS_SETTINGS"]
    return found


def sample_accounts() -> list[SampleAccount]:
    """Return the accounts of the demonstration, none on any other server."""
    return demo.accounts() if settings().demo else []


def first_page(who: Actor) -> str:
    """Return the endpoint that opens first for this person's rights."""
    allowed = [entry.endpoint for entry in ENTRIES if entry.opens_for(who)]
    return allowed[0] if allowed else "about.help_page"


def _read_shell() -> dict[str, Any]:
    where, who = place(), actor_or_none()
    serving = where is not None and tenancy.scope_or_none() is not None
    member = who if who is not None and who.kind == "user" and serving else None
    shell: dict[str, Any] = {
        "demo": settings().demo,
        "territory": where,
        "user": _user(member),
        "actor": member,
        "nav": [],
        "home": "/",
        "bell": None,
    }
    if member is not None:
        shell["home"] = url_for(first_page(member))
        with perimeter.serving(member):  # a page open to all is served to everybody: its counts are not
            shell |= {"nav": _navigation(member), "bell": _bell(member)}
    return shell


def _user(member: Actor | None) -> dict[str, Any] | None:
    account = session.account()
    if account is None:
        return None
    if member is None:
        return {"name": account.name, "roles": []}
    roles = releases.current().settings.roles
    return {"name": member.name, "roles": [roles[role].label for role in member.roles if role in roles]}


def inbox_counts(member: Actor) -> dict[str, int]:
    """Return how many tasks each list of the inbox holds, counted once a request."""
    if "inbox_counts" not in g:
        g.inbox_counts = inbox.counts(member)
    counts: dict[str, int] = g.inbox_counts
    return counts


def _late(member: Actor) -> int:
    """Return how many tasks are late, from the counts of the inbox when its page has read them."""
    if "inbox_counts" in g:
        return inbox_counts(member).get("retard", 0)
    return inbox.late_count(member)


def counted(number: int) -> str:
    """Return a count that stops at a limit as people read it: « 999+ »; nothing for none."""
    if number >= inbox.COUNTED:
        return f"{inbox.COUNTED - 1}+"
    return str(number) if number else ""


def _bell(member: Actor) -> dict[str, Any] | None:
    """Return what the bell shows; None for somebody whom nothing is told."""
    if not any(member.rights.may(right) for right in NOTICE_READERS):
        return None
    count = bell.unread(member)
    said = f"{bell.MOST}+" if count > bell.MOST else str(count)
    return {"href": url_for("notices.page"), "count": said if count else "", "one": count == 1}


def _navigation(member: Actor) -> list[dict[str, Any]]:
    late = _late(member) if member.rights.may("taches.traiter") else 0
    opened = [entry for entry in ENTRIES if entry.opens_for(member)]
    bar = [_shown(entry, late) for entry in opened if not entry.group]
    for group in dict.fromkeys(entry.group for entry in opened if entry.group):
        below = [_shown(entry, late) for entry in opened if entry.group == group]
        bar += below if len(below) == 1 else [{"label": group, "entries": below}]
    return bar


def _has_leads() -> bool:
    """Whether the territory looks for partners: else its network has events alone, and says so."""
    return bool(releases.current().settings.network.leads)


def _shown(entry: Entry, late: int) -> dict[str, Any]:
    here = (request.blueprint or "").partition(".")[0]
    return {
        "label": _EVENTS if entry.label == _NETWORK and not _has_leads() else entry.label,
        "href": url_for(entry.endpoint),
        "current": here in entry.family,
        "count": (counted(late) or None) if entry.endpoint == "inbox.page" else None,
        "late": entry.endpoint == "inbox.page",
    }
