"""Every door by which something enters the studio: where its form stands, what a script may send besides.

``DOORS`` is written by hand: a test fails when the studio has a POST, PUT or DELETE address without its
line. The fields are those of the pages themselves, read as a browser reads them, and those of the lines.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.exceptions import HTTPException

ROOMS: Final = ("studio", "migrating", "opening")
"""Blueprints whose name begins so belong to the studio."""
WRITING: Final = frozenset({"POST", "PUT", "DELETE", "PATCH"})
OWN_FIELDS: Final = ("csrf_token",)
BUTTONS: Final = ("faire", "geste", "_action", "_geste", "ajouter", "retirer")
STATES: Final = ("base", "etat", "brouillon", "tour", "version", "_version")
"""Fields by which a page says what it was made from."""


STUDIO: Final = "/t/estuaire/atelier"
PREPARING: Final = "/t/estuaire/ouvrir-un-territoire"
LOTS: Final = "/t/estuaire/parcours/migrer"


@dataclass(frozen=True)
class Door:
    """An address that takes something: ``pages`` show its forms; ``fields`` is what no page shows.

    ``at`` is where the fields of the line are sent, as a form or, when ``json``, by a script.
    """

    pages: tuple[str, ...] = ()
    at: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    json: bool = False
    method: str = "POST"


_SHEET: Final = f"{STUDIO}/fiche/bpmn/visite.bpmn"
_LIST: Final = f"{STUDIO}/diagrammes/visite/liste?element="
_STEPS: Final = tuple(
    f"{_LIST}{element}" for element in ("fixer_rendez_vous", "realiser_visite", "produire_guide")
)
_FORM: Final = f"{STUDIO}/formulaires/visite"
_TEXTS: Final = tuple(
    f"{STUDIO}/textes/{name}" for name in ("documents/lettre_orientation", "messages/demande_partenaire")
)
_WALK: Final = f"{STUDIO}/pas-a-pas/{{walk_id}}"
_OPENING: Final = f"{PREPARING}/{{opening_id}}"
_TABLE: Final = f"{STUDIO}/decisions/triage"
_ASKED: Final = {"boite": "si", "rubrique": "0", "champ": "0-0", "initiale": "1", "calcul": "1"}

DOORS: Final[Mapping[str, Door]] = {
    "migrating.act": Door((f"{LOTS}/{{lot}}",)),
    "migrating.begin": Door(
        (LOTS,), LOTS, {"dossier": "", "parcours": "", "depuis": "1", "etape": "", "processus": ""}
    ),
    "migrating.launch": Door((), f"{LOTS}/{{lot}}/lancer", {"motif": "Un essai", "tour": "1"}),
    "migrating.map_steps": Door((f"{LOTS}/{{lot}}/etapes",)),
    "migrating.undo": Door((), f"{LOTS}/{{lot}}/parcours/{{row}}/annuler", {"tour": "1"}),
    "opening.begin": Door((PREPARING,), PREPARING, {"depart": "carene/1", "preparation": ""}),
    "opening.check": Door((), f"{PREPARING}/{{their_opening_id}}/verifier", {"etat": "1"}),
    "opening.stop": Door((), f"{PREPARING}/{{their_opening_id}}/arreter", {"etat": "1"}),
    "opening.give_up": Door((), f"{PREPARING}/{{their_opening_id}}/abandonner", {"etat": "1"}),
    "opening.keep": Door(
        tuple(
            f"{_OPENING}/{step}"
            for step in ("nom", "communes", "roles", "partenaires", "calendrier", "contact", "personnes")
        ),
    ),
    "studio.add": Door((STUDIO,)),
    "studio.bring": Door((STUDIO,)),
    "studio_archives.from_release": Door((f"{STUDIO}/publier/revenir/1",), f"{STUDIO}/importer/version-1"),
    "studio_archives.send": Door((f"{STUDIO}/importer",)),
    "studio_archives.take": Door((f"{STUDIO}/importer/{{proposal_id}}",)),
    "studio_decisions.save": Door((_TABLE,)),
    "studio_decisions.trial": Door(
        (_TABLE,), f"{_TABLE}/essai", {"text": "<a/>", "valeurs": ["1"], "table": "triage"}, json=True
    ),
    "studio_diagrams.expression": Door(
        (), f"{STUDIO}/expression", {"text": "1", "kind": "condition"}, json=True
    ),
    "studio_files.drop": Door((_SHEET,)),
    "studio_files.judge": Door((), f"{STUDIO}/verifier", {"files": {"messages/a.txt": "a"}}, json=True),
    "studio_files.overwrite": Door((_SHEET,)),
    "studio_files.presence": Door((), f"{STUDIO}/presence", {"file": "bpmn/visite.bpmn"}, json=True),
    "studio_files.remove": Door(
        (), f"{STUDIO}/fichiers/messages/mot.txt", {"base": ""}, json=True, method="DELETE"
    ),
    "studio_files.rename": Door((_SHEET,)),
    "studio_files.restore": Door((_SHEET,), f"{_SHEET}/reprendre", {"etat": ""}),
    "studio_files.save": Door(
        (),
        f"{STUDIO}/fichiers/messages/mot.txt",
        {"text": "Objet : a\n\nb", "base": None},
        json=True,
        method="PUT",
    ),
    "studio_forms.act": Door(
        (f"{_FORM}?champ=0-0", f"{_FORM}?champ=0-1", _FORM), _FORM, {"confirme": "", "faire": "champ"}
    ),
    "studio_forms.create": Door((f"{STUDIO}/formulaires",), f"{STUDIO}/formulaires", {"copie": ""}),
    "studio_forms.judge": Door((), f"{_FORM}/verdict", _ASKED),
    "studio_forms.preview": Door((f"{_FORM}/apercu",)),
    "studio_forms.undo": Door((), f"{_FORM}/annuler", {"version": "1"}),
    "studio_publish.go_back": Door((f"{STUDIO}/publier/revenir/1",)),
    "studio_publish.start": Door(
        (), f"{STUDIO}/publier", {"note": "Un essai", "version": "999", "publication": "{publication_id}"}
    ),
    "studio_publish.stop": Door((), f"{STUDIO}/publier/{{publication_id}}/arreter", {"version": "1"}),
    "studio_pull.apply": Door((f"{STUDIO}/nouveautes/carene/2",)),
    "studio_pull.offer": Door((f"{STUDIO}/nouveautes",)),
    "studio_scenarios.remove": Door((), f"{STUDIO}/scenarios/{{their_scenario_id}}/retirer", {"nom": ""}),
    "studio_scenarios.replay": Door((), f"{STUDIO}/scenarios/rejouer", {}),
    "studio_scenarios.replay_one": Door((), f"{STUDIO}/scenarios/{{their_scenario_id}}/rejouer", {"nom": ""}),
    "studio_scenarios.take": Door((f"{STUDIO}/scenarios",)),
    "studio_scenarios.take_up": Door((), f"{STUDIO}/scenarios/{{their_scenario_id}}/reprendre", {"nom": ""}),
    "studio_settings.parts": Door((f"{STUDIO}/reglages/territoire",)),
    "studio_settings.save": Door(
        tuple(f"{STUDIO}/reglages/{stem}" for stem in ("territoire", "indicateurs"))
    ),
    "studio_steps.change": Door(
        _STEPS,
        f"{_LIST}realiser_visite",
        {"element": "realiser_visite", "faire": "evenement", "evenement": "", "genre": "message", "mots": ""},
    ),
    "studio_texts.paper": Door(_TEXTS[:1]),
    "studio_texts.preview": Door(_TEXTS),
    "studio_texts.save": Door(_TEXTS),
    "studio_trials.again": Door((f"{STUDIO}/essais/{{trial_id}}",)),
    "studio_trials.start": Door((f"{STUDIO}/essais",)),
    "studio_trials.stop": Door((), f"{STUDIO}/essais/{{trial_id}}/arreter", {"essai": ""}),
    "studio_walks.act": Door(
        (_WALK,), _WALK, {"_geste": "answer", "_etape": "", "_acte": "", "_nom": "", "_place": "0"}
    ),
    "studio_walks.back": Door((_WALK,), f"{_WALK}/revenir", {"apres": ""}),
    "studio_walks.begin": Door((f"{STUDIO}/pas-a-pas",)),
    "studio_walks.forget": Door((), f"{STUDIO}/pas-a-pas/{{their_walk_id}}/oublier", {"_version": "1"}),
    "studio_walks.save": Door((f"{_WALK}/scenario",)),
}
"""Every address of the studio that takes something. What would do away with the row that others need is
tried on the other territory's, where it finds nothing."""


@dataclass(frozen=True)
class Sending:
    """One form as a browser would send it: what stands in its fields, those that take a file, all of them."""

    endpoint: str
    page: str
    address: str
    values: tuple[tuple[str, Any], ...]
    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    json: bool = False
    method: str = "POST"

    def targets(self) -> Iterator[str]:
        """Return one field of each family: « regles.0.si » and « regles.1.si » are one."""
        met: set[str] = set()
        for name in (*(name for name, _ in self.values), *self.names):
            family = family_of(name)
            if name not in OWN_FIELDS and family not in met:
                met.add(family)
                yield name

    def button(self) -> str:
        """Return the word of the button pressed."""
        asked = next((value for name, value in self.values if name in BUTTONS), "")
        return str(asked).partition(":")[0]

    def with_(self, name: str, value: Any) -> "Sending":
        """Return the same form with another value in one field."""
        kept = tuple(pair for pair in self.values if pair[0] != name)
        return replace(self, values=(*kept, (name, value)))

    def freshened(self, fresh: "Sending") -> "Sending":
        """Return the same form with what the page says now of the state that it was made from."""
        told = {name: value for name, value in fresh.values if name in STATES}
        return replace(self, values=tuple((name, told.get(name, value)) for name, value in self.values))


def family_of(name: str) -> str:
    """Return a field's name without what only counts or names a row."""
    parts = re.split(r"([.:/-])", name)
    return "".join([parts[0], *parts[1:2], "*", *parts[-2:]]) if len(parts) > 3 else re.sub(r"\d+", "#", name)


def forms_of(client: FlaskClient, app: Flask, page: str) -> list[Sending]:
    """Return every form of a page that sends into the studio, once for each of its buttons."""
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    found: list[Sending] = []
    for form in html.fromstring(answer.text).iter("form"):
        if (form.get("method") or "").lower() == "post":
            found.extend(_sendings(app, page, form))
    return found


def _sendings(app: Flask, page: str, form: Any) -> Iterator[Sending]:
    own = form.get("action") or page
    values, files, names = _fields(form)
    pressed: dict[tuple[str, str], tuple[str, str] | None] = {}
    for button in _controls(form):
        if button.tag == "button" or button.get("type") == "submit":
            name, value = button.get("name"), button.get("value") or ""
            there = (button.get("formaction") or own).partition("#")[0]
            word = f"{name}={value.partition(':')[0]}" if name else ""
            pressed.setdefault((there, word), (name, value) if name else None)
    for (there, _), pair in (pressed or {(own.partition("#")[0], ""): None}).items():
        endpoint = endpoint_of(app, there)
        if endpoint is not None and endpoint.startswith(ROOMS):
            yield Sending(endpoint, page, there, values if pair is None else (*values, pair), files, names)


def _controls(form: Any) -> Iterator[Any]:
    ident = form.get("id")
    yield from form.xpath(".//input|.//textarea|.//select|.//button")
    if ident:
        yield from form.getroottree().xpath(f"//*[@form='{ident}'][not(ancestor::form[@id='{ident}'])]")


def _fields(form: Any) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]:
    """Return what the fields hold, those that take a file, and the names of all."""
    values: list[tuple[str, str]] = []
    files: list[str] = []
    names: list[str] = []
    for control in _controls(form):
        name, kind = control.get("name"), control.get("type") or ""
        if not name or control.tag == "button" or kind == "submit":
            continue
        names.append(name)
        if kind == "file":
            files.append(name)
        else:
            values.extend((name, value) for value in _held(control, kind))
    return tuple(values), tuple(files), tuple(names)


def _held(control: Any, kind: str) -> list[str]:
    if kind in ("checkbox", "radio"):
        return [control.get("value") or "on"] if control.get("checked") is not None else []
    if control.tag == "textarea":
        return [(control.text or "").removeprefix("\n")]
    if control.tag == "select":
        chosen = control.xpath(".//option[@selected]") or control.xpath(".//option")[:1]
        return [option.get("value", option.text or "") for option in chosen]
    return [control.get("value") or ""]


def endpoint_of(app: Flask, address: str) -> str | None:
    """Return the name of what answers a POST to an address."""
    try:
        return str(app.url_map.bind("localhost").match(address.partition("?")[0], method="POST")[0])
    except HTTPException:
        return None


def writing_endpoints(app: Flask) -> set[str]:
    """Return the name of every address of the studio that takes something."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(ROOMS) and (rule.methods or set()) & WRITING
    }


def sendings(client: FlaskClient, app: Flask, ids: Mapping[str, Any]) -> Iterator[Sending]:
    """Return everything that can be sent into the studio: the forms of its pages, then what scripts send."""
    for page in dict.fromkeys(page for door in DOORS.values() for page in door.pages):
        yield from forms_of(client, app, page.format(**ids))
    for endpoint, door in DOORS.items():
        if door.at:
            values = tuple(
                (name, value.format(**ids) if name == "publication" else value)
                for name, value in door.fields.items()
            )
            address = door.at.format(**ids)
            yield Sending(endpoint, "", address, values, json=door.json, method=door.method)
