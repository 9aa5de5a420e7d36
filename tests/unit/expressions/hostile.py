"""The attacks and bombs that every place of an expression must refuse, placeholders written out."""

import gc
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CASES = json.loads((Path(__file__).parents[2] / "data" / "attacks.json").read_text(encoding="utf-8"))
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


@contextmanager
def within_50_ms() -> Iterator[None]:
    """Fail when the block takes longer, in this thread's own time: neighbours and the collector aside."""
    gc.disable()
    begun = time.thread_time()
    try:
        yield
    finally:
        spent = time.thread_time() - begun
        gc.enable()
    assert spent < 0.05
