"""Two states of a message or a document, line by line."""

from difflib import SequenceMatcher

from app.services.release_changes.model import Change, Movement, instead


def compare(before: bytes, after: bytes) -> list[Change]:
    """Return the lines that differ; white space at their ends and empty lines are cosmetic."""
    old, new = (_lines(text) for text in (before, after))
    found = []
    for kind, low, high, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        was, now = "\n".join(old[low:high]), "\n".join(new[start:end])
        cosmetic = "".join(was.split()) == "".join(now.split())
        movement: Movement = "added" if not old[low:high] else "removed" if not new[start:end] else "changed"
        told = f"Ligne {start + 1} : {'espaces' if cosmetic else instead(was or None, now or None)}."
        found.append(Change(movement, str(start + 1), "", was or None, now or None, cosmetic, told))
    return found


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
