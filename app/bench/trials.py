"""What a save takes while a simulation asked from the page is at work, beside a save at rest."""

import re
import time
from time import perf_counter
from typing import Any, Final

from app.bench.figures import percentiles
from app.bench.house import Visitor, expect
from app.bench.steps import StepBench
from app.publishing import nursery
from app.services.releases import LoadedRelease

DESIGNS: Final = "programme.modifier"
_DRAWN: Final = re.compile(r'name="essai" value="([^"]+)"')
_LONGEST: Final = 120.0


def designers(release: LoadedRelease) -> list[str]:
    """Return the roles that may ask for a simulation."""
    return sorted(name for name, role in release.settings.roles.items() if DESIGNS in role.permissions)


class TrialBench:
    """Simulations asked, looked at and stopped as a browser does."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._page = f"/t/{visitor.code}/atelier/essais"

    def felt(self, bench: StepBench, saves: int, *, households: int, months: int) -> dict[str, Any]:
        """Measure saves at rest, then while a simulation runs; then how soon it stops.

        Before that, how soon a first day shows when nothing was made ready: the form was open before the
        server started. A page of somebody who may ask makes it ready.

        Returns:
            ``repos`` and ``essai`` in percentiles, ``rapport`` of the p95, how many saves; milliseconds until
            the page tells of progress, and until a stopped simulation has ended.
        """
        cold = self._cold(households, months)
        drawn = self._drawn()  # a person fills the form meanwhile
        idle = bench.saves(saves)
        address, first = self._begin(drawn, households, months)
        busy: list[float] = []
        while len(busy) < saves and not self._look(address)["over"]:
            busy += bench.saves(1)
        if len(busy) < 2:
            raise RuntimeError("the simulation was over before anybody saved")
        stopped = self._stop(address)
        found: dict[str, Any] = {"repos": percentiles(idle), "essai": percentiles(busy)}
        found["rapport"] = round(found["essai"]["p95"] / found["repos"]["p95"], 2)
        return {
            **found, "sauvegardes": len(busy), "menages": households, "mois": months,
            "premier_a_froid": round(cold), "premier_progres": round(first), "arret": round(stopped),
        }  # fmt: skip

    def _cold(self, households: int, months: int) -> float:
        drawn = self._drawn()
        nursery.rest()
        address, first = self._begin(drawn, households, months)
        self._stop(address)
        return first

    def _drawn(self) -> str:
        """Open the page; return the number that it draws for the next simulation."""
        found = _DRAWN.search(self._visitor.client.get(self._page).text)
        if found is None:
            raise RuntimeError("the page asks for no simulation")
        return found[1]

    def _begin(self, drawn: str, households: int, months: int) -> tuple[str, float]:
        """Ask for a simulation; return its address, and how long until the page showed a day of it."""
        form = {
            "csrf_token": self._visitor.token, "essai": drawn, "sujet": "brouillon",
            "menages": str(households), "mois": str(months), "graine": "1",
        }  # fmt: skip
        start = perf_counter()
        response = self._visitor.client.post(self._page, data=form)
        expect(response.status_code, 302)
        address = response.headers["Location"]
        while not self._look(address)["percent"]:
            if perf_counter() - start > _LONGEST:
                raise RuntimeError("the simulation never began")
            time.sleep(0.02)
        return address, (perf_counter() - start) * 1000

    def _look(self, address: str) -> dict[str, Any]:
        response = self._visitor.client.get(f"{address}/avancement")
        expect(response.status_code, 200)
        found: dict[str, Any] = response.get_json()
        return found

    def _stop(self, address: str) -> float:
        start = perf_counter()
        response = self._visitor.client.post(f"{address}/arreter", data={"csrf_token": self._visitor.token})
        expect(response.status_code, 302)
        while not self._look(address)["over"]:
            if perf_counter() - start > _LONGEST:
                raise RuntimeError("the simulation did not stop")
            time.sleep(0.02)
        return (perf_counter() - start) * 1000
