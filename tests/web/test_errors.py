"""Families of error become French pages with their status; a script gets the same in JSON."""

import logging

import pytest

from app import errors
from app.web.permissions import public

CASES = {
    "introuvable": (errors.NotFound(), 404, "Page introuvable"),
    "interdit": (errors.Forbidden(), 403, "Votre rôle ne permet pas cette action"),
    "conflit": (errors.Conflict(), 409, "La situation a changé"),
    "deja": (errors.TaskAlreadyDone(), 409, "déjà été faite"),
    "fini": (errors.Gone(), 410, "n&#39;est plus valable"),
    "invalide": (errors.Invalid({"a": ["b"]}), 422, "à corriger"),
    "trop": (errors.TooMany(minutes=3), 429, "Réessayez dans 3 minutes"),
    "schema": (
        errors.DesignFault(element="Trier", cause="secret de fabrication"),
        500,
        "un incident est ouvert",
    ),
}


@pytest.fixture
def faulty(empty_site):
    """A server with an address for each family of error."""

    @empty_site.app.get("/faute/<name>")
    @public("Un test de chaque famille")
    def fault(name: str):
        """Raise the error of that name."""
        if name == "inattendue":
            raise ZeroDivisionError("détail interne")
        raise CASES[name][0]

    empty_site.app.testing = False  # as on a server: an unexpected error is a page
    empty_site.app.config["PROPAGATE_EXCEPTIONS"] = False
    return empty_site


@pytest.mark.parametrize("name", sorted(CASES))
def test_each_family_has_its_status_and_its_sentence(faulty, name):
    _, status, sentence = CASES[name]
    answer = faulty.visitor().get(f"/faute/{name}")
    assert answer.status_code == status
    assert sentence.replace(" ", "") in answer.text.replace("\u202f", "").replace(" ", "")
    assert '<html lang="fr">' in answer.text
    told = faulty.visitor().get(f"/faute/{name}", headers={"Accept": "application/json"})
    assert told.status_code == status
    assert told.json["erreur"]


def test_a_fault_of_the_diagram_does_not_tell_its_innards(faulty):
    page = faulty.visitor().get("/faute/schema").text
    assert "Trier" in page
    assert "conservée" in page
    assert "secret de fabrication" not in page


def test_an_unexpected_error_is_a_french_page_without_details(faulty, caplog):
    with caplog.at_level(logging.CRITICAL):
        answer = faulty.visitor().get("/faute/inattendue")
    assert answer.status_code == 500
    assert "Une erreur est survenue" in answer.text
    assert "détail interne" not in answer.text
