"""What a test process compiles once, although each test builds an application and a database of its own.

A server compiles its statements, its pages and its addresses once, and serves for weeks. A test serves for
half a second: compiling took most of it. Nothing kept here knows a test's rows: SQL text and Python code.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from app.database import db


class Pages(BytecodeCache):
    """The code of each page and macro, for as long as its source stays the same."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was compiled from this very source."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


class Statements:
    """The SQL of each statement, shared by every engine that speaks to the same kind of database.

    SQLAlchemy keeps it by dialect: engines share it when they share the dialect, that of the first one
    that has connected (only then does a dialect know its server).
    """

    def __init__(self) -> None:
        self._dialects: dict[str, Dialect] = {}
        self._compiled: LRUCache[Any, Any] = LRUCache(5000)

    def share(self, engine: Engine) -> Engine:
        """Let this engine read and add to what is compiled."""
        kind = engine.url.drivername
        engine._compiled_cache = self._compiled
        if kind in self._dialects:
            engine.dialect = engine.pool._dialect = self._dialects[kind]
        else:
            event.listen(engine, "connect", lambda *_: self._dialects.setdefault(kind, engine.dialect))
        return engine


@contextmanager
def compiled_once() -> Iterator[None]:
    """Keep what is compiled for the time of the block."""
    statements, builders = Statements(), dict[tuple[str, ...], Any]()
    make_engine, compile_builder = db._make_engine, Rule._compile_builder

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, str(rule._trace), str(rule.defaults), str(append_unknown))
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "_make_engine", lambda *given: statements.share(make_engine(*given)))
        patch.setattr(Rule, "_compile_builder", builder)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Pages()})
        yield
