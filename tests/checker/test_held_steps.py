"""A step that stops the clock of another names one that exists (AST-4)."""

from app.checker import check_files
from tests.architecture.shipped import bundle

FILE = "bpmn/demande_pieces.bpmn"


def test_a_step_that_holds_nothing_is_told_with_the_nearest_name() -> None:
    files = dict(bundle("pas-de-calais").files)
    files[FILE] = files[FILE].replace(
        b"donner_avis, verifier_eligibilite", b"donner_avi, verifier_eligibilite"
    )
    (problem,) = check_files(files)
    assert (problem.path, problem.element, problem.code) == (FILE, "completer_saisine", "unknown-held-step")
    assert "« donner_avi »" in problem.message
    assert "donner_avis" in problem.message
