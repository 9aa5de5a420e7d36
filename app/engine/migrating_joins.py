"""The tokens that wait at a gateway for other branches: they wait on, or meet what was drawn there since."""

from typing import Any

from app.engine.mends import upstream
from app.engine.migrating_base import Carrying, Level, Put
from app.engine.migrating_plan import Place
from app.engine.migrating_rows import Row, merged
from app.engine.migrating_specs import is_join, path_to


class Joins(Carrying):
    """What becomes of the tokens at joining gateways."""

    def _join(self, level: Level, row: Row) -> None:
        gateway = level.old.task_specs[row.name]
        place = self._place(level.old, gateway)
        self.stood[row.id] = place
        found = level.new.task_specs.get(gateway.name)
        if place in self.plan.mapping:
            self._put_from_join(level, row, self.plan.mapping[place], place)
        elif found is None or not is_join(found):
            self._refuse("join", place)
        else:
            self._arrow(level, row, gateway, found)

    def _put_from_join(self, level: Level, row: Row, wanted: tuple[Place, ...], place: Place) -> None:
        """Let the tokens of a gateway go on together where the mapping says."""
        first = not any(put.place == place for put in self.puts)
        data = merged(row.data, row.parent.data if row.parent else {})
        for target in wanted if first else ():
            path = path_to(self.new, level.new, target)
            if path is None:
                self._refuse("target", place)
                return
            self.puts.append(Put(level.owner, path, target[1], data, place))
            self.renamed.setdefault(place, target)
        level.tree.cut(row)

    def _arrow(self, level: Level, row: Row, gateway: Any, found: Any) -> None:
        """Let a token wait at its gateway by the arrow that it came by, or meet what was drawn since."""
        came = row.parent
        if came is None:  # a token at a gateway came from somewhere
            return
        process = self.old.process_of(level.old.name)
        source = self.plan.mapping.get((process, came.name), ((process, came.name),))[0][1]
        self._settled.add(row.id)
        if level.owner not in self.same:
            self.joins.append(row.id)
        if source in found._inputs:
            self._come_from(level, row, came, source)
            return
        if source in level.new.task_specs:
            after = self._drawn_since(level, came.name, source, (gateway, found))
            if after is not None:
                data = merged(row.data, came.data)
                self.puts.append(Put(level.owner, (), after, data, self.stood[row.id]))
                level.tree.cut(row)
                return
        else:
            arrow = self._same_arrow(level, came.name, (gateway, found))
            if arrow is not None:
                self._come_from(level, row, came, arrow)
                return
        self._refuse("branch", self.stood[row.id], self.old.element_name(came.name))

    def _come_from(self, level: Level, row: Row, came: Row, source: str) -> None:
        if source == came.name:
            self._settled.add(came.id)
            return
        fresh = level.tree.finished(source, came.data)
        self._settled.add(fresh.id)
        row.hang(fresh)

    def _drawn_since(self, level: Level, came: str, source: str, gateways: tuple[Any, Any]) -> str | None:
        """Return the element that now stands between where a token came from and its gateway."""
        gateway, found = gateways
        flow = self.old.flows.get((level.old.name, came), {}).get(gateway.name)
        ways = level.new.task_specs[source]._outputs
        named = self.new.flows.get((level.new.name, source), {})
        chosen = [name for name in ways if named.get(name) == flow] if len(ways) > 1 else list(ways)
        return chosen[0] if chosen and chosen[0] in upstream(found, set(found._inputs)) else None

    def _same_arrow(self, level: Level, came: str, gateways: tuple[Any, Any]) -> str | None:
        """Return the arrow that stands for one whose element is gone: the same flow, or the only new one."""
        gateway, found = gateways
        flow = self.old.flows.get((level.old.name, came), {}).get(gateway.name)
        for name in found._inputs:
            if flow is not None and self.new.flows.get((level.new.name, name), {}).get(found.name) == flow:
                return str(name)
        fresh = [name for name in found._inputs if name not in gateway._inputs]
        gone = [name for name in gateway._inputs if name not in found._inputs]
        return str(fresh[0]) if len(fresh) == len(gone) == 1 else None
