"""The thirteen indicators of ASTRE counted a second time, from bare rows (AST-12)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from app.services.indicators_sums import Counted
from tests.services.counted import by, share, value
from tests.services.indicators_oracle import Oracle, day


class AstreOracle(Oracle):
    """Knows ASTRE by heart; each method is one of the thirteen, numbered as the call for projects does."""

    def last_of(self, form: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the last answer of a form in each case."""
        found: dict[Any, tuple[dict[str, Any], dict[str, Any]]] = {}
        rows = sorted(self.of_form(form), key=lambda pair: (str(pair[0]["at"]), str(pair[0]["id"])))
        for row, said in rows:
            found[row["case_id"]] = (row, said)
        return list(found.values())

    def dated(self, form: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the last answers of a form that were given in the period."""
        return [(row, said) for row, said in self.last_of(form) if self.within(day(row["at"]))]

    def asked(self, field: str) -> list[Any]:
        """Return what the requests of the period say under a field."""
        return [self.said(case["id"], "saisine", field) for case in self.opened()]

    @staticmethod
    def spread(values: Iterable[Any]) -> Counter[str]:
        """Count answers, each box ticked for itself; nothing ticked counts as nothing said."""
        found: Counter[str] = Counter()
        for said in values:
            found.update(said if isinstance(said, list) and said else [said or ""])
        return Counter({"" if key in (None, []) else str(key): count for key, count in found.items()})

    def ages(self) -> Counter[str]:
        """Count who asks by age in the year of the request: under 30, then by decade, 80 and more."""
        born = [
            (day(case["opened_at"]), self.said(case["id"], "saisine", "annee_naissance"))
            for case in self.opened()
        ]
        return _banded(
            [when.year - year if when and year else None for when, year in born], range(30, 90, 10)
        )

    def means(self) -> Counter[str]:
        """Count households by what they live on each month."""
        return _banded(self.asked("ressources_mois"), (800, 1200, 1600, 2000))

    def eligible(self) -> int:
        return sum(said.get("avis") == "favorable" for _, said in self.dated("eligibilite"))

    def requests(self) -> tuple[int, int]:
        names = {name.strip() for name in self.asked("donneur_structure") if name and name.strip()}
        return len(self.opened()), len(names)

    def supported(self) -> tuple[int, int]:
        """Return how many households and people were supported during the period."""
        running = [
            case
            for case in self.rows.cases
            if self.said(case["id"], "contrat", "signe") is True
            and _month(self.said(case["id"], "contrat", "debut")) <= self.last
            and (case["closed_at"] is None or _next_month(day(case["closed_at"])) > self.first)
        ]
        people = sum(self.said(case["id"], "saisine", "personnes") or 0 for case in running)
        return len(running), people

    def lasted(self) -> Decimal | None:
        days = [
            (day(case["closed_at"]) - self.said(case["id"], "contrat", "debut")).days  # type: ignore[operator]
            for case in self.rows.cases
            if self.within(day(case["closed_at"])) and self.said(case["id"], "contrat", "signe") is True
        ]
        return Decimal(sum(days)) / len(days) if days else None

    def works(self) -> tuple[int, int, Decimal | None]:
        """Return works planned, the difference with those done, and the rate of variation in percent."""
        ends = self.dated("evaluation_finale")
        planned = sum(len(self.said(row["case_id"], "saisine", "travaux_prevus") or []) for row, _ in ends)
        done = sum(len(said.get("travaux_realises") or []) for _, said in ends)
        return planned, done - planned, Decimal(done - planned) / planned * 100 if planned else None

    def audits(self) -> tuple[int, Decimal]:
        lent = [said for _, said in self.dated("dossier_aides") if said.get("avance_audit")]
        return len(lent), sum((said.get("audit_cout") or Decimal(0) for said in lent), Decimal(0))

    def aids(self, column: str) -> tuple[Decimal, dict[str, Decimal]]:
        found: dict[str, Decimal] = {}
        for _, said in self.dated("plan_financement"):
            for line in said.get("lignes") or []:
                if line.get(column) is not None:
                    found[line["aide"]] = found.get(line["aide"], Decimal(0)) + line[column]
        return sum(found.values(), Decimal(0)), found

    def pleased(self) -> tuple[int, int]:
        told = [said["satisfaction"] for _, said in self.dated("satisfaction") if said.get("satisfaction")]
        return sum(word in ("tres_satisfait", "satisfait") for word in told), len(told)

    def partners(self) -> Counter[str]:
        rows = [said for row, said in self.of_form("bilan") if self.within(day(row["at"]))]
        return self.spread(said.get("partenaires") for said in rows)

    def meetings(self) -> int:
        return sum(self.within(said.get("date")) for _, said in self.of_form("concertation"))

    def stopped(self) -> Counter[str]:
        rows = [said for _, said in self.of_form("rupture") if self.within(said.get("date"))]
        return self.spread(said.get("motif") for said in rows)

    def ended(self) -> Counter[str]:
        return self.spread(said.get("motif") for _, said in self.dated("evaluation_finale"))

    def seen(self) -> tuple[int, int]:
        """Return the visits made, and those at home."""
        made = [
            said
            for _, said in self.of_form("visite_mesure")
            if said["issue"] == "realisee" and self.within(said.get("date"))
        ]
        return len(made), sum(said.get("lieu") == "domicile" for said in made)


def _banded(numbers: Iterable[Any], bounds: Iterable[int]) -> Counter[str]:
    steps = tuple(bounds)
    return Counter("" if number is None else str(sum(number >= step for step in steps)) for number in numbers)


def _month(when: date) -> date:
    return when.replace(day=1)


def _next_month(when: date | None) -> date:
    """Return the first day of the month after: a closed case counts to the end of its month."""
    assert when is not None
    return date(when.year + when.month // 12, when.month % 12 + 1, 1)


def thirteen_equal(counted: Counted, oracle: AstreOracle) -> None:
    """Say whether what the product counted of a period is what the oracle does, indicator by indicator."""
    assert value(counted, "situations_eligibles") == oracle.eligible()
    requests, structures = oracle.requests()
    assert (value(counted, "demandes"), value(counted, "structures")) == (requests, structures)
    households, people = oracle.supported()
    assert value(counted, "menages_accompagnes") == households
    assert value(counted, "personnes_accompagnees") == people
    assert value(counted, "duree") == oracle.lasted()
    for ident, dimension, asked in (
        ("difficultes", "difficultes", "difficultes"),
        ("profil", "composition", "composition"),
        ("localisation", "perimetre", "perimetre"),
        ("localisation", "mds", "territoire_mds"),
        ("types_travaux", "types_travaux", "types_travaux"),
    ):
        assert by(counted, ident, dimension) == oracle.spread(oracle.asked(asked)), ident
    assert by(counted, "profil", "age") == oracle.ages()
    assert by(counted, "profil", "ressources") == oracle.means()
    assert by(counted, "localisation", "commune") == oracle.situations()[2]
    planned, gap, rate = oracle.works()
    assert (value(counted, "travaux_deposes"), value(counted, "ecart_travaux")) == (planned, gap)
    assert value(counted, "variation_travaux") == rate
    assert (value(counted, "avances_audit"), value(counted, "montant_audits")) == oracle.audits()
    for ident, column in (("aides_demandees", "demande"), ("aides_accordees", "accorde")):
        total, lines = oracle.aids(column)
        assert value(counted, ident) == total
        assert {key: cell.value for (name, key), cell in counted[ident].items() if name == "aide"} == lines
    assert value(counted, "satisfaction") == share(oracle.pleased())
    assert by(counted, "partenariats", "partenaires") == oracle.partners()
    assert value(counted, "concertations") == oracle.meetings()
    assert by(counted, "arrets", "motif_rupture") == oracle.stopped()
    assert by(counted, "fins_de_mesure", "motif_fin") == oracle.ended()
    visits, at_home = oracle.seen()
    assert value(counted, "visites") == visits
    assert value(counted, "visites_domicile") == share((at_home, visits))
