"""The YAML file as its types, with the line and the path of every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from rules.reading import At, Reading, path_of
from rules.rulefile import check_size, line_of, names_twice
from streams.errors import ConfigurationError, Fault
from streams.oncall.schema import OnCallFile
from streams.settings import reason


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written: a day and an instant are told apart by who reads them."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Sheet:
    """One file while it is checked.

    Attributes
    ----------
    content
        What stands in it, with stand-ins for what is at fault.
    people, rosters, roles
        Names that stand in it, also those of entries at fault.
    faults
        Everything found wrong so far.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self._node, data = self._parse()
        self._reading = Reading()
        self.people, self.rosters = _names(data, "people"), _names(data, "rosters")
        self.roles = {str(one.get("role")) for one in self.rosters.values() if isinstance(one, dict)}
        self.content: OnCallFile = self._reading.value(OnCallFile, data)
        for at, message in self._reading.faults:
            self.fault(at, message)

    def fault(self, at: At, message: str) -> None:
        """Add a fault at a place of the file, unless it only follows from another there."""
        self.faults.append(Fault(self.path.name, path_of(at), message, line_of(self._node, at)))

    def sound(self, at: At) -> bool:
        """Tell whether what stands there is what was written."""
        return not self._reading.rests_on_faults([at])

    def settle(self) -> None:
        """Raise `ConfigurationError` with all faults in the order of the file, if there are any."""
        if self.faults:
            raise ConfigurationError(sorted(self.faults, key=lambda fault: fault.line or 0))

    def _parse(self) -> tuple[yaml.Node | None, Any]:
        try:
            loader = _Loader(self.path.read_text(encoding="utf-8"))
            node = loader.get_single_node()
            check_size(node)
            twice = list(names_twice(node))
            data = loader.construct_document(node) if node is not None else None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError([Fault(str(self.path), "", f"cannot be read: {reason(error)}")]) from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            said = f"not YAML: {getattr(error, 'problem', None) or error}"
            raise ConfigurationError([Fault(self.path.name, "$", said, mark.line + 1 if mark else None)]) from error
        for line, at, message in twice:
            self.faults.append(Fault(self.path.name, path_of(at), message, line))
        return node, data


def _names(data: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - whatever stands in the file
    found = data.get(name) if isinstance(data, dict) else None
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}
