"""The laws of a merge, of changes drawn at random in every file that CARENE's programme ships (CAR-1)."""

import re
from collections.abc import Iterable
from random import Random
from typing import Any, Final

import pytest

from app.merging import bpmn, bundles, dmn, forms, toml
from tests.merging_programme import Files, carene, tree
from tests.random_edits import edited

FAMILIES: Final = ("bpmn", "dmn", "json", "toml", "txt", "html")


def base(draw: Random, *families: str) -> Files:
    """Return a few files, each of one of those families."""
    held = carene()
    found: Files = {}
    for family in families:
        name = draw.choice(sorted(one for one in held if one.endswith(f".{family}")))
        found[name] = held[name]
    return found


def sides(seed: int, family: str, count: int = 4) -> tuple[Files, Files, Files]:
    """Return one file of a family, and two changes of it drawn apart."""
    common = base(Random(seed), family)  # noqa: S311  # changes, not secrets
    return common, edited(common, seed * 2 + 1, count, "ici"), edited(common, seed * 2 + 2, count, "la")


def things(name: str, data: bytes) -> dict[str, dict[str, Any]]:
    """Return every fact of a file, by the thing that it is of."""
    if name.endswith((".bpmn", ".dmn")):
        found = (bpmn if name.endswith(".bpmn") else dmn).things(tree(data))
        return {key: dict(item.facts) for key, item in found.items()}
    if name.endswith(".json"):
        return dict(_flat(forms.load_plain(name, data)))
    if name.endswith(".toml"):
        return dict(_flat(toml.load_plain(data)))
    return {}


_KEYS: Final = ("cle", "insee", "processus", "valeur")


def _flat(value: Any, where: str = "") -> Iterable[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        plain = {key: one for key, one in value.items() if not isinstance(one, dict | list)}
        yield where, plain
        for key, one in value.items():
            yield from _flat(one, f"{where}/{key}") if isinstance(one, dict | list) else ()
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                name = next(
                    (str(one[key]) for key in ("cle", "insee", "processus", "valeur") if key in one), "?"
                )
                yield from _flat(one, f"{where}/{name}")


def lost(name: str, before: bytes, ours: bytes, after: bytes) -> list[tuple[str, str]]:
    """Return our changes that the result does not hold."""
    was, mine, now = (things(name, data) for data in (before, ours, after))
    gone = [
        (key, fact)
        for key, facts in mine.items()
        for fact, value in facts.items()
        if fact not in ("@sourceRef", "@targetRef", "@default", "@place")
        and was.get(key, {}).get(fact) != value
        and now.get(key, {}).get(fact) != value
    ]
    return gone + [(key, "") for key in was.keys() - mine.keys() if key in now]


NORMAL = [(family, seed) for family in FAMILIES for seed in range(3 if family != "bpmn" else 6)]
each_pair = pytest.mark.parametrize(("family", "seed"), NORMAL)


def _one(files: Files) -> str:
    return next(iter(files))


def check_laws(family: str, seed: int) -> None:
    """Judge every law of one common file and two changes of it."""
    common, ours, theirs = sides(seed, family)
    name = _one(common)
    merged = bundles(common, ours, theirs)
    # one side alone changed: the result is that side; both the same way: that change, and nothing to ask
    assert dict(bundles(common, common, theirs).files) == theirs
    assert dict(bundles(common, ours, common).files) == ours
    same = bundles(common, ours, ours)
    assert (dict(same.files), same.conflicts) == (ours, ())
    # pulling twice is pulling once
    again = bundles(theirs, merged.files, theirs)
    assert (dict(again.files), again.conflicts) == (dict(merged.files), ())
    # the other way round, the same is asked with its sides swapped
    turned = bundles(common, theirs, ours)
    asked = {(one.id, one.ours, one.theirs) for one in merged.conflicts}
    assert {(one.id, one.theirs, one.ours) for one in turned.conflicts} == asked
    # nothing of either side is lost unless it is asked about
    for side in (ours, theirs):
        gone = lost(name, common[name], side[name], merged.files[name])
        if side is ours or not merged.conflicts:
            assert [one for one in gone if not _asked(merged.conflicts, name, one[0])] == []
    check_words_stay(name, ours[name], merged.files[name], merged.conflicts, "ici")


def _asked(conflicts: Any, name: str, key: str) -> bool:
    """Whether somebody is asked about a thing, or about what it stands in."""
    last = key.rpartition("/")[2]
    return any(
        one.spot.file == name and (last in one.spot.element or not one.spot.element) for one in conflicts
    )


def check_words_stay(name: str, ours: bytes, after: bytes, conflicts: Any, mark: str) -> None:
    """Every word that our side wrote is in the result, or quoted in a question."""
    said = " ".join(f"{one.ours}" for one in conflicts)
    for word in set(re.findall(rf"\b{mark}\d\b", ours.decode())):
        assert word in after.decode() or word in said or conflicts, (name, word)


@each_pair
def test_the_laws_hold_of_changes_drawn_at_random(family: str, seed: int) -> None:
    check_laws(family, seed)


@pytest.mark.fault
@pytest.mark.parametrize("tens", range(30))
@pytest.mark.parametrize("family", FAMILIES)
def test_the_laws_hold_of_many_more(family: str, tens: int) -> None:
    for seed in range(100 + tens * 10, 110 + tens * 10):
        check_laws(family, seed)


def test_several_generations_keep_what_each_wrote() -> None:
    """A programme goes on while two clones pull it in turn, the second from the first."""
    for seed in range(4):
        check_generations(seed, rounds=3)


@pytest.mark.fault
def test_many_generations_keep_what_each_wrote() -> None:
    for seed in range(4, 60):
        check_generations(seed, rounds=6)


def check_generations(seed: int, *, rounds: int) -> None:
    draw = Random(seed)  # noqa: S311  # changes, not secrets
    source = base(draw, "bpmn", "dmn", "json", "toml", "txt")
    child, grandchild = dict(source), dict(source)
    seen_by_child, seen_by_grandchild = dict(source), dict(source)
    for number in range(rounds):
        source = edited(source, draw.randrange(10**6), 2, f"haut{number}x")
        child = edited(child, draw.randrange(10**6), 1, f"milieu{number}x")
        grandchild = edited(grandchild, draw.randrange(10**6), 1, f"bas{number}x")
        child, seen_by_child = _pulled(seen_by_child, child, source), dict(source)
        grandchild, seen_by_grandchild = _pulled(seen_by_grandchild, grandchild, child), dict(child)
        assert _pulled(source, child, source) == child
        assert _pulled(child, grandchild, child) == grandchild
    if all(bundles(one, one, one).conflicts == () for one in (child, grandchild)):
        assert set(grandchild) == set(source)


def _pulled(seen: Files, here: Files, there: Files) -> Files:
    """Return the files once the other side is pulled; what is asked stays as it is here."""
    found = bundles(seen, here, there)
    for name in seen:
        gone = lost(name, seen[name], here[name], found.files[name])
        assert [one for one in gone if not _asked(found.conflicts, name, one[0])] == [], name
    return dict(found.files)
