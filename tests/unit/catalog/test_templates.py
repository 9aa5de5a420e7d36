import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from markupsafe import Markup

from app.catalog.templates import check_template, substitute
from app.errors import BundleFault

ATTACKS = json.loads(Path("tests/data/attacks.json").read_text(encoding="utf-8"))["templates"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_when_saved_and_when_run(attack: str):
    with pytest.raises(BundleFault):
        check_template(attack)
    with pytest.raises(BundleFault):
        substitute(attack, {"champ": "x"}, html=True)


@pytest.mark.parametrize(
    "text", ["{{ a b }}", "{{ a|safe }}", "{{ a() }}", "{# note #}", "{{", "}}", "{{ a[0] }}"]
)
def test_anything_but_a_field_is_refused_with_its_line(text: str):
    with pytest.raises(BundleFault, match="ligne 2"):
        check_template(f"Bonjour\n{text}", file="messages/a.txt")


def test_fields_are_named_and_replaced():
    text = "{{ menage.nom }}, le {{ date }} : {{montant}}"
    assert check_template(text) == {"menage.nom", "date", "montant"}
    values = {"menage": {"nom": "Le Goff"}, "date": date(2026, 12, 1), "montant": Decimal("1234.50")}
    said = substitute(text, values, html=False)
    assert said == "Le Goff, le mardi 1er décembre 2026 : 1\u202f234,50"


def test_html_is_escaped_unless_it_is_marked():
    values = {"a": "<b>&", "b": Markup("<i>sûr</i>")}
    assert substitute("{{ a }} {{ b }}", values, html=True) == "&lt;b&gt;&amp; <i>sûr</i>"
    assert substitute("{{ a }}", values, html=False) == "<b>&"


def test_a_missing_value_leaves_nothing_and_a_value_is_not_read_again():
    assert substitute("[{{ absent.nom }}]", {}, html=True) == "[]"
    assert substitute("{{ a }}", {"a": "{{ b }}", "b": "secret"}, html=False) == "{{ b }}"
