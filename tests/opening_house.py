"""A territory in preparation, for tests of what one territory shows of another."""

from typing import Any

from app.services import offers, openings
from app.services.actors import Actor


def kept_preparation(code: str, word: str, by: Actor) -> dict[str, Any]:
    """Offer the first release and prepare a territory from it; return what its address names."""
    offers.offer(1, "", by=by)
    begun = openings.begin(code, 1, by=by, opening_id=openings.fresh_id())
    openings.keep(begun, "nom", {"nom": f"Pays de {word}", "code": f"pays-{word.lower()}"}, expected=1, by=by)
    return {"opening_id": begun, "step": "nom", "source": code}
