"""Who may do what, and who may collect and read which class of answers (LAW-1)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Protocol

PERMISSIONS: Final = frozenset(
    {
        "dossiers.voir",
        "dossiers.signaler",
        "taches.traiter",
        "supervision.voir",
        "supervision.agir",
        "parcours.reparer",
        "revue.voir",
        "partages.voir",
        "reseau.voir",
        "inscriptions.agir",
        "decisions.agir",
        "sites.voir",
        "sites.agir",
        "budget.voir",
        "budget.agir",
        "consommations.voir",
        "consommations.agir",
        "series.voir",
        "series.agir",
        "menages.droits",
        "dossiers.effacer",
        "archives.voir",
        "reprise.agir",
        "indicateurs.voir",
        "rapports.agir",
        "pilotage.voir",
        "territoire.administrer",
        "stock.voir",
        "stock.agir",
        "capacite.voir",
        "campagnes.voir",
        "campagnes.gerer",
        "tournees.saisir",
        "programme.modifier",
        "programme.publier",
        "parcours.migrer",
        "territoires.ouvrir",
        "annuaire.agir",
        "charte.agir",
        "echanges.voir",
        "echanges.moderer",
        "veille.voir",
    }
)
"""What a route may require. Roles and what they hold are words of the territory's settings."""

CLASSES: Final = ("technique", "social", "secret")
"""Field classes, from the most shared to the most protected."""


Lanes = Callable[[Sequence[str]], frozenset[str]]


class RoleRights(Protocol):
    """What a territory's settings say of a role (``app.catalog.settings.Role`` fits)."""

    @property
    def permissions(self) -> frozenset[str]: ...  # noqa: D102

    @property
    def collect(self) -> frozenset[str]: ...  # noqa: D102

    @property
    def read(self) -> frozenset[str]: ...  # noqa: D102

    @property
    def reread(self) -> frozenset[str]: ...  # noqa: D102

    @property
    def reread_until(self) -> str | None: ...  # noqa: D102

    @property
    def read_forms(self) -> frozenset[str]: ...  # noqa: D102

    @property
    def limited(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True)
class Rights:
    """What the roles of one person add up to in one territory.

    ``reread`` maps a class to the step that ends the right: the person may read back what it
    collected itself until that step is completed in the case. ``read_forms`` are forms whose answers of the
    first class (``technique``) are read besides (LAW-7).
    """

    permissions: frozenset[str] = frozenset()
    collect: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    reread: tuple[tuple[str, str | None], ...] = ()
    read_forms: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """Whether the person holds ``permission``."""
        return permission in self.permissions

    def readable(self, *, own: bool, done_steps: Iterable[str] = ()) -> frozenset[str]:
        """Return the classes the person may read in an answer.

        Args:
            own: the person wrote the answer.
            done_steps: ids of the steps already completed in the case.
        """
        if not own:
            return self.read
        done = set(done_steps)
        return self.read | {classe for classe, until in self.reread if until is None or until not in done}

    def readable_in(self, form: str, *, own: bool, done_steps: Iterable[str] = ()) -> frozenset[str]:
        """Return the classes the person may read in an answer to one form: ``readable``, ``read_forms``."""
        found = self.readable(own=own, done_steps=done_steps)
        return found | {CLASSES[0]} if form in self.read_forms else found

    @property
    def by_share_alone(self) -> bool:
        """Whether the person reads no class at all: of a case, works findings and what was shared (LAW-7)."""
        return not self.read


NO_RIGHTS: Final = Rights()


def add_up(roles: Iterable[str], settings_roles: Mapping[str, RoleRights]) -> Rights:
    """Add up what ``roles`` give; a role that the settings no longer know gives nothing."""
    known = [settings_roles[role] for role in roles if role in settings_roles]
    return Rights(
        permissions=frozenset[str]().union(*(role.permissions for role in known)),
        collect=frozenset[str]().union(*(role.collect for role in known)),
        read=frozenset[str]().union(*(role.read for role in known)),
        reread=tuple((classe, role.reread_until) for role in known for classe in sorted(role.reread)),
        read_forms=frozenset[str]().union(*(role.read_forms for role in known)),
    )


def limited(roles: Iterable[str], settings_roles: Mapping[str, RoleRights], lanes: Lanes) -> bool:
    """Whether a person with ``roles`` sees the cases of their structure alone.

    They do as soon as one role is limited, unless their other roles give by themselves every right, class and
    lane that they hold: nothing that a limited role gives is then ever used beyond what the others allow.

    Args:
        lanes: returns the lanes that some roles may answer.
    """
    known = [role for role in roles if role in settings_roles]
    free = [role for role in known if not settings_roles[role].limited]
    if len(free) == len(known):
        return False
    return not (_gives_all(free, known, settings_roles) and lanes(known) <= lanes(free))


def _gives_all(some: Sequence[str], known: Sequence[str], settings_roles: Mapping[str, RoleRights]) -> bool:
    """Whether ``some`` of the roles a person holds give by themselves all that ``known`` give."""
    whole, alone = add_up(known, settings_roles), add_up(some, settings_roles)
    return (
        whole.permissions <= alone.permissions
        and whole.collect <= alone.collect
        and whole.read <= alone.read
        and whole.read_forms <= alone.read_forms
        and set(whole.reread) <= set(alone.reread)
    )


def separable(
    roles: Iterable[str], settings_roles: Mapping[str, RoleRights], lanes: Lanes
) -> tuple[frozenset[str], int] | None:
    """Return by which lanes a person with ``roles`` may be kept apart from a case; None when nothing can.

    A role stands as long as one of its lanes is not kept apart (a role of no lane always does). A person is
    kept apart when the roles that still stand no longer give all they hold: that is when ``needed`` of the
    lanes returned are. Several such sets of lanes are taken together with the smallest number: in doubt,
    more is hidden.
    """
    known = sorted({role for role in roles if role in settings_roles})
    losses: list[set[str]] = []
    for size in range(1, len(known) + 1):
        for lost in combinations([role for role in known if lanes([role])], size):
            if any(one <= set(lost) for one in losses):
                continue
            if not _gives_all([role for role in known if role not in lost], known, settings_roles):
                losses.append(set(lost))
    if not losses:
        return None
    held = [lanes(sorted(lost)) for lost in losses]
    return frozenset[str]().union(*held), min(map(len, held))
