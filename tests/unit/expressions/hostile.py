"""The attacks and bombs that every place of an expression must refuse, placeholders written out."""

import json
from pathlib import Path

CASES = json.loads((Path(__file__).parents[2] / "data" / "attacks.json").read_text(encoding="utf-8"))
SECONDS = 0.05  # for one refusal

_WRITTEN_OUT = {
    "<'-' repeated 5000 times, then 1>": "-" * 5000 + "1",
    "<200 factors of 99999999999>": "*".join(["99999999999"] * 200),
    "<a name of a million letters>": "a" * 1_000_000,
    "<membres added to itself 100 times>": "+".join(["membres"] * 100),
}


def hostile_texts(mark: str = "/nonexistent/mark") -> list[str]:
    """Every attack and bomb; ``mark`` is the file that none of them may create."""
    texts = [*CASES["attacks"], *CASES["bombs"]]
    return [_WRITTEN_OUT.get(text, text).replace("{MARK}", mark) for text in texts]
