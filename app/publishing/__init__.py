"""A territory's programme carried in: judged, lived through, then frozen with the proof of both."""

from app.publishing.commands import clone, export, import_folder
from app.publishing.incoming import first_lived
from app.publishing.pulling import offer, pull

__all__ = ["clone", "export", "first_lived", "import_folder", "offer", "pull"]
