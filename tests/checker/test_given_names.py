"""The names that the checker knows are those that the product really gives."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.checker.names.catalogue import CASE_FACTS
from app.checker.names.in_templates import DEADLINE, DOCUMENT, LINK, MESSAGE, OF_FORM, SHARED
from app.services import releases, starting, views
from tests import build

EVERY = sorted(MESSAGE | {LINK})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CARENE with a demand and a reminder that name every field known."""
    root = build.a_variant(tmp_path_factory.mktemp("bavarde"), "bavarde")
    messages = root / "bpmn" / "base" / "messages"
    for name, fields in (("demande_partenaire", EVERY), ("rappel_tache", sorted(MESSAGE | DEADLINE))):
        body = "\n".join(f"{field} = [{{{{ {field} }}}}]" for field in fields)
        (messages / f"{name}.txt").write_text(f"Objet : Essai\n\n{body}\n", encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def territory(app: Flask, files: Path, tmp_path: Path) -> Iterator[None]:
    """The talkative territory, served."""
    build.a_server(app, tmp_path)
    with build.serving("bavarde", root=files):
        yield


def leaves(facts: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the dotted names of a document's facts, as its template would write them."""
    for key, value in facts.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and "_tableau" in value:
            yield name
        elif isinstance(value, dict):
            yield from leaves(value, f"{name}.")
        elif key in {"_lignes", "_grille"}:
            yield f"{above}tableau"
        else:
            yield name


def test_messages_fill_in_every_field_that_the_checker_accepts() -> None:
    case = build.a_case(running="repondre_demande")
    sent = {message.kind: message for message in build.the_messages()}
    body = sent["demande_partenaire"].body
    for field in EVERY:
        assert f"{field} = [" in body
        assert f"{field} = []" not in body, field
    assert case.reference in body


def test_reminders_fill_in_the_fields_of_deadlines() -> None:
    build.a_case(running="analyser_signalement")
    build.a_user("ecorenove")
    with build.later(days=9):
        build.pump()
    body = next(message.body for message in build.the_messages() if message.kind == "rappel_tache")
    for field in DEADLINE:
        assert f"{field} = [" in body
        assert f"{field} = []" not in body, field


def test_documents_hold_the_fields_that_the_checker_accepts_and_no_other() -> None:
    build.a_case(running="repondre_demande")
    build.hold_review()
    held = {name for document in build.the_documents() for name in leaves(document.context)}
    answers = {name for name in held if name.startswith("reponses.")}
    agreed = {name for name in held if name.startswith("accord.")}
    assert held - answers - agreed == DOCUMENT
    assert SHARED in answers
    forms = releases.current().forms
    for name in answers - {SHARED}:
        _, form, key, *_ = name.split(".")  # a drawn signature holds its strokes
        assert key in OF_FORM or forms[form].field(key) is not None, name
    fed = {field.feeds for form in forms.values() for field in form.fields}
    assert agreed <= fed


def test_expressions_read_the_facts_of_the_case_that_the_checker_accepts() -> None:
    case = build.an_alert()
    assert set(views.case_facts(case.case_id)) == set(CASE_FACTS)


def test_the_calendar_gives_its_anchor_and_its_turn() -> None:
    starting.arm_all()
    release = releases.current()
    (scheduled,) = release.settings.schedule
    given = starting._series_data(scheduled.process, 1, release)
    assert set(given) == {"ancre", "rang"}
