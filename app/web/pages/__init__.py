"""One blueprint a room: its addresses, and the templates of the same name."""

from flask import Flask

from app.config import Settings
from app.web.pages import (
    about,
    alert,
    auth,
    cases,
    demo,
    files,
    home,
    inbox,
    late,
    link,
    partners,
    reviews,
    supervision,
    tasks,
    versions,
)


def register(app: Flask) -> None:
    """Open every room; the demo's only on a demonstration server."""
    rooms = (
        auth,
        home,
        about,
        alert,
        inbox,
        tasks,
        cases,
        files,
        reviews,
        late,
        supervision,
        partners,
        versions,
        link,
    )
    for room in rooms:
        app.register_blueprint(room.blueprint)
    settings: Settings = app.config["RELAIS_SETTINGS"]
    if settings.demo:
        app.register_blueprint(demo.blueprint)
