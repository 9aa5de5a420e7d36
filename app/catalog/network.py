"""The network of a territory (« Réseau »): which of its processes are events, which are leads."""

from dataclasses import dataclass
from typing import Final

from app.catalog.source import Section

_QUIET: Final = 6


@dataclass(frozen=True)
class Network:
    """``[reseau]``: processes that are events, those that are leads, when a structure has gone quiet.

    ``trainings`` are the events that train alert-givers. What an event or a lead says is fed by its forms
    (« alimente » : ``evenement.…``, ``piste.…``).
    """

    events: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    trainings: tuple[str, ...] = ()
    quiet_months: int = _QUIET


def read_network(section: Section) -> Network:
    """Read ``[reseau]``.

    Raises:
        SettingsFault: a value does not fit.
    """
    section.only("evenements", "pistes", "formations", "silence_mois")
    return Network(
        events=tuple(section.texts("evenements")),
        leads=tuple(section.texts("pistes")),
        trainings=tuple(section.texts("formations")),
        quiet_months=section.integer("silence_mois", low=1, high=60) or _QUIET,
    )
