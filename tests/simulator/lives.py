"""Short simulated lives that several tests look at: each is lived once."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from lxml import html

from app.catalog.bundle import Bundle, bundle_from_files, resolve
from app.simulator import Plan, simulate
from app.simulator.comparison import Side
from app.simulator.words import Words

ROOT = Path(__file__).parents[2]
PLAN = Plan(households=12, months=7, seed=1)
HOSTILE = (
    "=1+1&quot;&gt;&lt;script src=&quot;https://x.example/a.js&quot;&gt;alert(1)&lt;/script&gt;"
    "&lt;img src=x onerror=y&gt;"
)


def shipped() -> Bundle:
    """The shipped programme."""
    return resolve(ROOT, "carene")


def replaced(path: str, *pairs: tuple[str, str]) -> Bundle:
    """The shipped programme with some words of one file replaced."""
    files = dict(shipped().files)
    text = files[path].decode()
    for before, after in pairs:
        assert before in text, before
        text = text.replace(before, after)
    return bundle_from_files({**files, path: text.encode()})


def sooner() -> Bundle:
    """Visits are offered from two to eight days ahead, instead of three weeks."""
    return replaced("forms/rendez_vous.json", ('"dans_jours": [3, 21]', '"dans_jours": [1, 4]'))


def renamed() -> Bundle:
    """The visit has another id: the one step goes, another comes."""
    return replaced("bpmn/visite.bpmn", ("realiser_visite", "visiter_menage"))


def hostile() -> Bundle:
    """A territory, a step, a flow and a rule whose names try to run."""
    files = dict(shipped().files)
    for path, before, after in (
        ("bpmn/visite.bpmn", 'name="Réaliser la visite"', f'name="{HOSTILE}"'),
        ("bpmn/visite.bpmn", 'name="oui"', f'name="{HOSTILE}"'),
        ("dmn/delai_contact.dmn", "Appel sous 1 jour", HOSTILE),
        ("territoire.toml", 'nom = "CARENE, Saint-Nazaire agglomération"', f"nom = '{HOSTILE}'"),
        ("territoire.toml", 'libelle = "Technicien conseil"', f"libelle = '{HOSTILE}'"),
    ):
        assert before.encode() in files[path], before
        files[path] = files[path].replace(before.encode(), after.encode())
    return bundle_from_files(files)


def lived(make: Callable[[], Bundle]) -> Side:
    """A programme and what it lives now."""
    bundle = make()
    return Side("ce dispositif", Words(bundle), simulate(bundle, PLAN))


_kept = cache(lived)


def side(make: Callable[[], Bundle], label: str = "ce dispositif") -> Side:
    """A programme and what it lived, once for all tests; ``label`` is how sentences call it."""
    return replace(_kept(make), label=label)


def read_page(made: str) -> Any:
    """A page as a tree."""
    return html.document_fromstring(made)
