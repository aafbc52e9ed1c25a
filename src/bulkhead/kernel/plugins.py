"""Finding what a folder holds: one module, one constant or class with a ``code``, no list to edit.

Third parties add theirs by an entry point whose group is the package's own name, and are held to the same law.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TypeVar

from bulkhead.kernel.errors import BadInput

T = TypeVar("T")


def discover(
    package: str, attribute: str, kind: type[T], installed: Iterable[EntryPoint] | None = None
) -> dict[str, T]:
    """Everything called ``attribute`` in the modules of ``package`` and in installed plug-ins, by its code.

    The items are instances of ``kind`` (``type`` where they are classes) and come in the order of their codes.
    Modules that begin with an underscore are passed over. ``installed`` are the plug-ins to read, by default
    the entry points of the group named like the package.

    Raises ``BadInput`` for a second item of one code, a module without the item, or a plug-in that cannot load.
    """
    plugins = entry_points(group=package) if installed is None else installed
    found: dict[str, T] = {}
    origins: dict[str, str] = {}
    for origin, module_or_item in (*_folder(package), *_installed(plugins)):
        is_module = isinstance(module_or_item, ModuleType)
        item = getattr(module_or_item, attribute, None) if is_module else module_or_item
        code = getattr(item, "code", None)
        if not isinstance(item, kind) or not isinstance(code, str) or not code:
            raise BadInput(f"{origin} must hold {attribute}: a {kind.__name__} with a code.")
        if code in found:
            raise BadInput(f"{origins[code]} and {origin} both have the code {code!r}; codes must be unique.")
        found[code], origins[code] = item, origin
    return dict(sorted(found.items()))


def _folder(package: str) -> Iterator[tuple[str, object]]:
    for module in pkgutil.iter_modules(import_module(package).__path__):
        if not module.name.startswith("_"):
            name = f"{package}.{module.name}"
            yield name, import_module(name)


def _installed(plugins: Iterable[EntryPoint]) -> Iterator[tuple[str, object]]:
    for plugin in plugins:
        origin = f"The plug-in {plugin.name} ({plugin.value})"
        try:
            yield origin, plugin.load()
        except (ImportError, AttributeError) as error:
            raise BadInput(f"{origin} cannot be loaded: {error}.") from error
