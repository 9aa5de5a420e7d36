"""The territory being served: entered on purpose, left at the end of the block."""

import threading
from uuid import uuid4

import pytest

from app import tenancy
from app.tenancy import NoTerritory


def test_nothing_is_served_outside_a_block():
    assert tenancy.scope_or_none() is None
    for ask in (tenancy.current, tenancy.current_id):
        with pytest.raises(NoTerritory):
            ask()


def test_a_block_serves_one_territory_and_gives_back_the_one_before():
    outer, inner = uuid4(), uuid4()
    with tenancy.serving(outer):
        with tenancy.serving(inner):
            assert tenancy.current_id() == inner
        assert tenancy.current() == outer
    assert tenancy.scope_or_none() is None


def test_a_block_is_left_when_it_fails():
    with pytest.raises(ZeroDivisionError), tenancy.serving(uuid4()):
        raise ZeroDivisionError
    assert tenancy.scope_or_none() is None


def test_an_unscoped_block_says_why_and_serves_no_territory():
    with tenancy.unscoped("login"):
        assert tenancy.current().reason == "login"
        with pytest.raises(NoTerritory, match="login"):
            tenancy.current_id()


def test_a_thread_serves_nothing_until_it_says_so():
    seen = []
    with tenancy.serving(uuid4()):
        thread = threading.Thread(target=lambda: seen.append(tenancy.scope_or_none()))
        thread.start()
        thread.join()
    assert seen == [None]
