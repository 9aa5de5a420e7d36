"""A territory's programme carried in: judged, lived through, then frozen with the proof of both."""

from app.publishing.commands import clone, export, import_folder

__all__ = ["clone", "export", "import_folder"]
