"""Discovery over folders made for the test: order, duplicates, strangers and installed plug-ins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.plugins import discover

PACKAGE = "plugins_made_for_tests"


class Fruit:
    def __init__(self, code: str) -> None:
        self.code = code


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Writes modules of a package: ``folder(apple="ITEM = ...")``."""
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "fruit_for_tests", sys.modules[__name__])

    def write(**modules: str) -> None:
        for name, text in modules.items():
            header = "from fruit_for_tests import Fruit\n"
            (tmp_path / PACKAGE / f"{name}.py").write_text(header + text)

    yield write
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


def plugin(value: str) -> EntryPoint:
    return EntryPoint(name="theirs", value=value, group=PACKAGE)


def test_items_come_by_code_whatever_their_files_are_called(folder: Callable[..., None]) -> None:
    folder(a="ITEM = Fruit('pear')", b="ITEM = Fruit('apple')", _shared="BASKET = 1")
    found = discover(PACKAGE, "ITEM", Fruit, installed=())
    assert list(found) == ["apple", "pear"]
    assert found["pear"].code == "pear"


def test_classes_are_found_too(folder: Callable[..., None]) -> None:
    folder(a="class ITEM:\n    code = 'quince'")
    assert [item.__name__ for item in discover(PACKAGE, "ITEM", type, installed=()).values()] == ["ITEM"]


def test_no_installed_plugins_is_the_default(folder: Callable[..., None]) -> None:
    folder(a="ITEM = Fruit('pear')")
    assert list(discover(PACKAGE, "ITEM", Fruit)) == ["pear"]


def test_a_duplicate_code_stops_and_names_both(folder: Callable[..., None]) -> None:
    folder(a="ITEM = Fruit('pear')", b="ITEM = Fruit('pear')")
    with pytest.raises(BadInput, match=rf"{PACKAGE}\.a and {PACKAGE}\.b both have the code 'pear'"):
        discover(PACKAGE, "ITEM", Fruit, installed=())


@pytest.mark.parametrize("text", ["", "ITEM = 3", "ITEM = Fruit('')", "ITEM = Fruit(7)", "ITEM = Fruit"])
def test_a_module_without_its_item_is_not_passed_over(folder: Callable[..., None], text: str) -> None:
    folder(a=text)
    with pytest.raises(BadInput, match=rf"{PACKAGE}\.a must hold ITEM: a Fruit with a code"):
        discover(PACKAGE, "ITEM", Fruit, installed=())


def test_installed_plugins_join_by_module_or_by_item(folder: Callable[..., None]) -> None:
    folder(_theirs="ITEM = Fruit('date')\nOTHER = Fruit('fig')", a="ITEM = Fruit('pear')")
    installed = [plugin(f"{PACKAGE}._theirs:OTHER"), plugin(f"{PACKAGE}._theirs")]
    assert list(discover(PACKAGE, "ITEM", Fruit, installed)) == ["date", "fig", "pear"]


def test_an_installed_plugin_cannot_replace_a_built_in(folder: Callable[..., None]) -> None:
    folder(_theirs="ITEM = Fruit('pear')", a="ITEM = Fruit('pear')")
    with pytest.raises(BadInput, match="both have the code 'pear'"):
        discover(PACKAGE, "ITEM", Fruit, [plugin(f"{PACKAGE}._theirs")])


@pytest.mark.parametrize("value", ["no_such_module_anywhere", f"{PACKAGE}:NOTHING"])
def test_a_plugin_that_cannot_load_stops(folder: Callable[..., None], value: str) -> None:
    folder(a="ITEM = Fruit('pear')")
    with pytest.raises(BadInput, match=r"The plug-in theirs .* cannot be loaded"):
        discover(PACKAGE, "ITEM", Fruit, [plugin(value)])
