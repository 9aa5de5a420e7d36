"""``[inscriptions]``: what people who register for a gathering are asked and told (ANG-4)."""

import re
from dataclasses import dataclass
from typing import Final

from app.catalog.source import Section

_COLUMN: Final = re.compile(r"[a-z][a-z0-9_]{0,59}(\.[a-z][a-z0-9_]{0,59}){2}")


@dataclass(frozen=True)
class RegistrationWords:
    """``kinds_from``: the column (``formulaire.tableau.colonne``) whose options are the types of structure.

    The others name messages: a place is kept (``confirmed``), one waits for a place (``waiting``), a place
    has come free (``place``), the registration is given up (``cancelled``).
    """

    kinds_from: tuple[str, str, str]
    confirmed: str
    waiting: str
    place: str
    cancelled: str

    @property
    def messages(self) -> dict[str, str]:
        """Return the messages by the key that names them."""
        return {
            "confirmation": self.confirmed,
            "attente": self.waiting,
            "place": self.place,
            "annulation": self.cancelled,
        }


def read_registrations(root: Section) -> RegistrationWords | None:
    """Read ``[inscriptions]``; None where nobody registers for anything.

    Raises:
        SettingsFault: a value does not fit.
    """
    if "inscriptions" not in root.values:
        return None
    section = root.section("inscriptions")
    section.only("types_de", "confirmation", "attente", "place", "annulation")
    form, table, column = section.text("types_de", pattern=_COLUMN, shape=_SHAPE).split(".")
    return RegistrationWords(
        kinds_from=(form, table, column),
        confirmed=section.text("confirmation"),
        waiting=section.text("attente"),
        place=section.text("place"),
        cancelled=section.text("annulation"),
    )


_SHAPE: Final = "la colonne d'un tableau, comme « presence.participants.genre »"
