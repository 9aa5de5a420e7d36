"""What changed between two programmes, thing by thing, in sentences. Pure: files in, changes out.

``changes`` compares two bundles file by file: the elements of a diagram by id, the fields of a form by key,
the rules of a table, the settings by key, the texts by line. What only redraws, spaces or documents is told
apart.
"""

from app.services.release_changes.compare import changes, of_files
from app.services.release_changes.model import Change, FileChange

__all__ = ["Change", "FileChange", "changes", "of_files"]
