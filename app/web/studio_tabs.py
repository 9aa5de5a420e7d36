"""The pages of the studio: its tabs, and the editor of each kind of file; what is absent has no link."""

from typing import Any, Final

from flask import current_app, url_for

PAGES: Final = {
    "studio.page": "Diagrammes et fichiers",
    "studio_trials.page": "Essais",
    "studio_scenarios.page": "Scénarios",
    "studio_pull.page": "Nouveautés",
    "studio_publish.page": "Publier",
}
EDITORS: Final = {
    "bpmn": "studio_diagrams.page",
    "dmn": "studio_decisions.page",
    "forms": "studio_forms.page",
    "messages": "studio_texts.page",
    "documents": "studio_texts.page",
    "": "studio_settings.page",
}
"""Folder of a file → the page that changes it."""
LISTS: Final = "studio_steps.page"


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the tabs, ``current`` (an endpoint) being where one is."""
    return [
        {"label": label, "href": url_for(endpoint), "current": endpoint == current}
        for endpoint, label in PAGES.items()
        if endpoint in current_app.view_functions
    ]


def editor(name: str, *, listed: bool = False) -> str | None:
    """Return the address of the page that changes a file, None when there is none.

    Args:
        listed: the list of a diagram's steps in place of its drawing.
    """
    folder, _, bare = name.rpartition("/")
    endpoint = LISTS if listed and folder == "bpmn" else EDITORS.get(folder, "")
    if endpoint not in current_app.view_functions or (listed and folder != "bpmn"):
        return None
    stem = bare.rpartition(".")[0]
    rule = next(current_app.url_map.iter_rules(endpoint))
    given: dict[str, Any] = {
        key: folder if key in ("kind", "folder", "genre") else stem for key in rule.arguments - {"code"}
    }
    return url_for(endpoint, **given)
