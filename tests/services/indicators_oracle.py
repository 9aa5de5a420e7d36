"""CARENE's indicators counted a second time, from bare rows, by code that shares nothing with the product.

It knows the programme by heart and has no expression language: where it and the product disagree, one of them
is wrong.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
SATISFIED = ("tres_satisfait", "satisfait")


@dataclass(frozen=True)
class Rows:
    """What a database holds, as plain dictionaries."""

    cases: list[dict[str, Any]]
    submissions: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    orientations: list[dict[str, Any]]
    doors: list[dict[str, Any]]
    spent: list[dict[str, Any]]


def day(text: Any) -> date | None:
    """Return the day in Paris of a stored instant."""
    if text is None:
        return None
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo("UTC"))
    return moment.astimezone(PARIS).date()


def plain(value: Any) -> Any:
    """Take the tags off a stored answer."""
    if isinstance(value, dict) and set(value) == {"$decimal"}:
        return Decimal(value["$decimal"])
    if isinstance(value, dict) and set(value) == {"$date"}:
        return date.fromisoformat(value["$date"])
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def answers(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a submission."""
    held = row["answers"]
    found: dict[str, Any] = plain(json.loads(held) if isinstance(held, str) else held)
    return found


class Oracle:
    """Counts a period, from ``first`` to ``last``, both included."""

    def __init__(self, rows: Rows, first: date, last: date) -> None:
        self.rows, self.first, self.last = rows, first, last
        self.latest: dict[Any, dict[str, dict[str, Any]]] = {}
        for row in sorted(rows.submissions, key=lambda row: (str(row["at"]), str(row["id"]))):
            if row["scope"] is None:
                self.latest.setdefault(row["case_id"], {})[row["form"]] = answers(row)

    def within(self, when: date | None) -> bool:
        return when is not None and self.first <= when <= self.last

    def said(self, case: Any, form: str, field: str) -> Any:
        return self.latest.get(case, {}).get(form, {}).get(field)

    def of_form(self, form: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        return [(row, answers(row)) for row in self.rows.submissions if row["form"] == form]

    def opened(self) -> list[dict[str, Any]]:
        return [case for case in self.rows.cases if self.within(day(case["opened_at"]))]

    def situations(self) -> tuple[int, Counter[str], Counter[str]]:
        found = self.opened()
        origins = Counter(str(self.said(case["id"], "signalement", "origine")) for case in found)
        return len(found), origins, Counter(str(case["insee"]) for case in found)

    def followed(self) -> int:
        return sum(
            1
            for case in self.rows.cases
            if day(case["opened_at"]) <= self.last  # type: ignore[operator]
            and (case["closed_at"] is None or day(case["closed_at"]) >= self.first)  # type: ignore[operator]
        )

    def structures(self) -> int:
        named = (self.said(case["id"], "signalement", "donneur_structure") for case in self.opened())
        return len({name for name in named if name})

    def visits(self) -> tuple[int, int]:
        dated = [said for _, said in self.of_form("visite") if self.within(said.get("date"))]
        return sum(said["issue"] == "realisee" for said in dated), len(dated)

    def diagnoses(self) -> int:
        return sum(
            said.get("complet") is True and self.within(day(row["at"]))
            for row, said in self.of_form("validation")
        )

    def referrals(self) -> tuple[int, Counter[str], int]:
        found = [row for row in self.rows.orientations if self.within(day(row["created_at"]))]
        taken = sum(row["status"] in ("acceptee", "en_cours", "realisee") for row in found)
        return len(found), Counter(str(row["status"]) for row in found), taken

    def settled(self) -> int:
        return sum(
            self.within(day(case["closed_at"]))
            and self.said(case["id"], "cloture", "motif") in ("reglee", "amelioree")
            for case in self.rows.cases
        )

    def content(self) -> tuple[int, int]:
        last = {row["case_id"]: (row, said) for row, said in self.of_form("cloture")}
        told = [
            said["satisfaction"]
            for row, said in last.values()
            if self.within(day(row["at"])) and said.get("satisfaction") not in (None, "non_recueillie")
        ]
        return sum(word in SATISFIED for word in told), len(told)

    def in_time(self) -> tuple[int, int]:
        due = [
            row
            for row in self.rows.tasks
            if row["status"] == "done" and row["due_at"] and self.within(day(row["completed_at"]))
        ]
        return sum(row["completed_at"] < row["due_at"] for row in due), len(due)

    def kits(self) -> tuple[int, Decimal]:
        lines = [
            line
            for _, said in self.of_form("visite")
            if self.within(said.get("date"))
            for line in said.get("kit") or []
        ]
        cost = sum((line["quantite"] * line["cout"] for line in lines if line.get("cout")), Decimal(0))
        return sum(line["quantite"] for line in lines), cost

    def days_to_visit(self) -> list[int]:
        found = []
        for case in self.rows.cases:
            done = sorted(
                row["completed_at"]
                for row in self.rows.tasks
                if row["case_id"] == case["id"]
                and row["element"] == "realiser_visite"
                and row["status"] == "done"
                and row["completed_at"] >= case["opened_at"]
            )
            if done and self.within(day(done[0])):
                found.append((day(done[0]) - day(case["opened_at"])).days)  # type: ignore[operator]
        return sorted(found)

    def days_open(self) -> list[int]:
        return sorted(
            (day(case["closed_at"]) - day(case["opened_at"])).days  # type: ignore[operator]
            for case in self.rows.cases
            if self.within(day(case["closed_at"]))
        )

    def doors(self) -> Counter[str]:
        return Counter(str(row["outcome"]) for row in self.rows.doors if self.within(day(row["said_at"])))

    def events(self) -> tuple[int, int]:
        """Return how many events were told of, and how many people came to those that were held."""
        told = [
            said
            for row, said in self.of_form("presence")
            if self.within(said.get("date_evenement") or day(row["at"]))
        ]
        came = [line for said in told if said["issue"] == "tenu" for line in said.get("participants") or []]
        return len(told), sum(line["nombre"] or 0 for line in came)

    def cost(self) -> tuple[Decimal, Decimal | None]:
        """Return what was engaged, and that for each household followed."""
        spent = sum(
            (row["amount"] - row["released"] for row in self.rows.spent if self.within(row["engaged_on"])),
            Decimal(0),
        )
        followed = self.followed()
        return spent, spent / followed if followed else None
