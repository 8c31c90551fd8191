"""Gives NiceGUI's own scripts the nonce of the response, and nobody else's.

The nonce is put into the source of NiceGUI's page template, before any value comes into it: a script that got into a
page by a value has none, which it would have if every tag of the finished page were given one.
"""

from __future__ import annotations

import re
from typing import Any

from jinja2 import BaseLoader, Environment
from starlette.types import Scope

_SCOPE_KEY = "fenghuo.nonce"
_SCRIPT = re.compile(r"<script\b(?![^>]*\bnonce=)")
_MARKED = (
    "<script{% if request.scope.get('"
    + _SCOPE_KEY
    + "') %} nonce=\"{{ request.scope['"
    + _SCOPE_KEY
    + "'] }}\"{% endif %}"
)


class _Nonces(BaseLoader):
    """Loads templates with a place for the nonce in every script tag."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader

    def get_source(self, environment: Environment, template: str) -> Any:  # noqa: ANN401 - as jinja's
        source, *rest = self._loader.get_source(environment, template)
        return (_SCRIPT.sub(lambda _: _MARKED, source), *rest)


def mark_scripts() -> None:
    """Make NiceGUI write the nonce of a response into its scripts; done twice it is done once."""
    from nicegui.client import templates  # noqa: PLC0415 - who only hashes a password does without NiceGUI

    loader = templates.env.loader
    if loader is not None and not isinstance(loader, _Nonces):
        templates.env.loader = _Nonces(loader)
        if templates.env.cache is not None:
            templates.env.cache.clear()


def give_nonce(scope: Scope, nonce: str) -> None:
    """Say which nonce the scripts of a response carry."""
    scope[_SCOPE_KEY] = nonce
