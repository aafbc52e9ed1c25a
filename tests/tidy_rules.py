"""The house rules that a machine can check, each a function from one file to what is wrong in it.

``test_tidy.py`` runs them over the whole project, and over small bad samples to show that they can fail.
What ruff, mypy and import-linter already say is not said again here.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
ROOM_README_LINES_MAX = 15
SUPPRESSION_WORDS_MIN = 3

# Rooms that are told the time and lent their dice, and so give the same answer twice.
PURE_ROOMS = frozenset(
    {"kernel", "intake", "analysis", "decision", "custody", "engine", "simulation", "reporting"}
)
# Rooms that may meet an error nobody foresaw and have to say so to a person.
CATCHING_ROOMS = frozenset({"runtime", "web", "cli"})

CLOCKS_AND_DICE = (
    *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep")),
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
    "os.urandom",
    "uuid.uuid1",
    "uuid.uuid4",
)
DICE_MODULES = ("random.", "secrets.", "numpy.random.")
# Sources of chance that take a seed; without one they are as bad as the rest.
SEEDED = frozenset(
    {"random.Random", "numpy.random.default_rng", "numpy.random.PCG64", "numpy.random.SeedSequence"}
)
TYPES_OF_CHANCE = frozenset({"numpy.random.Generator", "numpy.random.BitGenerator"})

VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"})

# The brackets keep each pattern from finding itself here.
UNFINISHED = re.compile(
    r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK|Not[I]mplementedError|d[u]mmy|for n[o]w"
    r"|in a real (s[y]stem|implementation)|simplified v[e]rsion|pytest\.mark\.(s[k]ip|x[f]ail))\b"
)
FOREIGN = re.compile(
    r"(?i)/w[o]rk/|/f[a]rm/|/r[o]ot/|/opt/(p[y]pi|w[h]eels)|pythonh[o]sted|pypi\.o[r]g|registry\.n[p]mjs"
    r"|\b(cl[a]ude|anthr[o]pic|chatg[p]t|open[a]i|copil[o]t|language m[o]del|ai ass[i]stant)\b"
)
SUPPRESSION = re.compile(r"#\s*(?:type:\s*ignore(?:\[[^\]]*\])?|noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?)(.*)")
CJK = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Source:
    """One text file of the project; ``path`` is relative to its root, with forward slashes."""

    path: str
    text: str

    @property
    def room(self) -> str:
        """The room it lies in, or "" outside of all."""
        parts = PurePosixPath(self.path).parts
        return parts[2] if len(parts) > 3 and parts[:2] == ("src", "bulkhead") else ""

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix

    def fault(self, line: int, what: str) -> str:
        return f"{self.path}:{line}: {what}"


Rule = Callable[[Source], Iterator[str]]


def lengths(source: Source) -> Iterator[str]:
    """Files and functions that have outgrown a reader's head."""
    if source.suffix != ".py":
        return
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield source.fault(lines, f"file has {lines} lines, at most {FILE_LINES_MAX}")
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield source.fault(node.lineno, f"{node.name} has {length} lines, at most {FUNCTION_LINES_MAX}")


def names(source: Source) -> Iterator[str]:
    """Files and folders named for being useful rather than for what they hold."""
    for part in PurePosixPath(source.path).parts:
        if part.removesuffix(".py").lower() in VAGUE_NAMES:
            yield source.fault(1, f"{part!r} says nothing about what it holds")


def clocks_and_dice(source: Source) -> Iterator[str]:
    """Time or chance that a pure room takes for itself instead of being given it."""
    if source.suffix != ".py" or source.room not in PURE_ROOMS:
        return
    tree = ast.parse(source.text)
    known = _imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _dotted(node.func, known) in SEEDED and not (node.args or node.keywords):
            yield source.fault(node.lineno, f"{_dotted(node.func, known)} without a seed")
        dotted = _dotted(node, known)
        taken = dotted in CLOCKS_AND_DICE or dotted.startswith(DICE_MODULES)
        if taken and dotted not in SEEDED | TYPES_OF_CHANCE:
            yield source.fault(getattr(node, "lineno", 1), f"{dotted}: time and chance are arguments here")


def broad_catches(source: Source) -> Iterator[str]:
    """``except Exception`` that keeps the error, in a room that could not act on it."""
    if source.suffix != ".py" or not source.room or source.room in CATCHING_ROOMS:
        return
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.ExceptHandler) and not _passes_on(node):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or getattr(kind, "id", "") in ("Exception", "BaseException") for kind in caught):
                yield source.fault(node.lineno, "catches everything; name what can happen")


def unfinished(source: Source) -> Iterator[str]:
    """Words that mark work left undone, in code."""
    if source.suffix in (".py", ".sql", ".toml", ".sh", ""):
        yield from _matches(source, UNFINISHED, "marks unfinished work")


def foreign(source: Source) -> Iterator[str]:
    """Paths of one machine, names of package hosts, and names of the tools that wrote a line."""
    yield from _matches(source, FOREIGN, "belongs to one machine, not to the project")


def suppressions(source: Source) -> Iterator[str]:
    """A check switched off on a line that does not say why."""
    if source.suffix != ".py":
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        found = SUPPRESSION.search(line)
        if found and len(found[1].strip(" #-:.").split()) < SUPPRESSION_WORDS_MIN:
            yield source.fault(number, "switches a check off without saying why")


def module_docstrings(source: Source) -> Iterator[str]:
    """A module of the house that does not say what it is."""
    # Django writes its migrations itself.
    if source.suffix == ".py" and source.path.startswith("src/") and "/migrations/" not in source.path:
        docstring = ast.get_docstring(ast.parse(source.text)) or ""
        if len(docstring.split()) < SUPPRESSION_WORDS_MIN:
            yield source.fault(1, "does not say in a docstring what it holds")


def both_languages(source: Source) -> Iterator[str]:
    """Text for people that stands in one of the two languages only, or in the wrong one."""
    if source.suffix == ".toml":
        pairs = [(1, table) for table in _tables(tomllib.loads(source.text))]
    elif source.suffix == ".py" and source.path.startswith("src/"):
        pairs = list(_literal_tables(ast.parse(source.text)))
    else:
        return
    for line, table in pairs:
        if ("en" in table) != ("zh" in table):
            yield source.fault(line, f"only one language: {table}")
        elif "en" in table and not _is_bilingual(table["en"], table["zh"]):
            yield source.fault(line, f"en or zh is empty or in the wrong language: {table}")


RULES: tuple[Rule, ...] = (
    lengths,
    names,
    clocks_and_dice,
    broad_catches,
    unfinished,
    foreign,
    suppressions,
    module_docstrings,
    both_languages,
)


def _matches(source: Source, pattern: re.Pattern[str], why: str) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), 1):
        found = pattern.search(line)
        if found:
            yield source.fault(number, f"{found[0]!r} {why}")


def _passes_on(handler: ast.ExceptHandler) -> bool:
    """True for a handler that tidies up and lets the error go on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _imported_names(tree: ast.Module) -> dict[str, str]:
    """What each imported name of a module stands for, dotted and in full."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                known[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known


def _dotted(node: ast.AST, known: dict[str, str]) -> str:
    """``numpy.random.rand`` for ``np.random.rand``; "" for what is no imported name."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, known)
        return f"{base}.{node.attr}" if base else ""
    return ""


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _tables(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _tables(inner)


def _literal_tables(tree: ast.Module) -> Iterator[tuple[int, dict[str, Any]]]:
    """Dict displays with ``"en"`` or ``"zh"`` among their keys, and calls of ``Words(en, zh)``.

    Values that are no literals come as None.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Words" and len(node.args) == 2:
            en, zh = (getattr(value, "value", None) for value in node.args)
            yield node.lineno, {"en": en, "zh": zh}
        elif isinstance(node, ast.Dict):
            table = {
                key.value: getattr(value, "value", None)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value in ("en", "zh")
            }
            if table:
                yield node.lineno, table


def _is_bilingual(en: Any, zh: Any) -> bool:
    """True for texts in their languages, and for values that are no plain texts (computed, or tables)."""
    if not isinstance(en, str) or not isinstance(zh, str):
        return True
    if en == zh == "" or (en, zh) == ("en", "zh-hans"):
        return True  # nothing to say; or names of the languages themselves
    return bool(en.strip()) and not CJK.search(en) and bool(CJK.search(zh))
