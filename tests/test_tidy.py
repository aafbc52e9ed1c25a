"""The project keeps its own house rules: every file, every room, every document, both languages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import template_rules
import tidy_rules
from tidy_rules import ROOM_README_LINES_MAX, Rule, Source

ROOT = Path(__file__).parents[1]
ROOMS = sorted(path.parent for path in (ROOT / "src/bulkhead").glob("*/__init__.py"))
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
SKIPPED_FOLDERS = frozenset({"build", "dist", "__pycache__", "vendor"})
TEXT_SUFFIXES = frozenset(
    {".py", ".toml", ".sql", ".md", ".sh", ".lock", ".svg", ".jsonl", ".csv", ".html", ".css", ".js", ""}
)


def texts_of_the_project() -> list[Source]:
    """Every text file a clone brings; found by walking, since git may refuse to list another user's clone."""
    sources = []
    for folder, below, files in os.walk(ROOT):
        below[:] = [b for b in below if b not in SKIPPED_FOLDERS and (b == ".ci" or not b.startswith("."))]
        below[:] = [b for b in below if not b.endswith(".egg-info")]
        for file in files:
            path = Path(folder, file)
            data = path.read_bytes() if path.suffix in TEXT_SUFFIXES else b"\0"
            if b"\0" not in data and path.name != ".git":  # in a worktree .git is a file with a path in it
                sources.append(Source(path.relative_to(ROOT).as_posix(), data.decode()))
    return sources


PROJECT = texts_of_the_project()


@pytest.mark.parametrize("rule", tidy_rules.RULES + template_rules.RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    faults = [fault for source in PROJECT for fault in rule(source)]
    assert not faults, "\n" + "\n".join(faults)


BAD_SAMPLES = [
    (tidy_rules.lengths, "src/bulkhead/kernel/a.py", "x = 1\n" * 401),
    (tidy_rules.lengths, "tests/a.py", "def f():\n" + "    x = 1\n" * 60),
    (tidy_rules.names, "src/bulkhead/kernel/utils.py", ""),
    (tidy_rules.names, "src/bulkhead/helpers/a.py", ""),
    (tidy_rules.clocks_and_dice, "src/bulkhead/engine/a.py", "import time as t\nt.time()"),
    (tidy_rules.clocks_and_dice, "src/bulkhead/engine/a.py", "from datetime import datetime\nx = datetime.now"),
    (tidy_rules.clocks_and_dice, "src/bulkhead/kernel/a.py", "from random import choice\nchoice([1])"),
    (tidy_rules.clocks_and_dice, "src/bulkhead/simulation/a.py", "import numpy as np\nnp.random.rand()"),
    (tidy_rules.clocks_and_dice, "src/bulkhead/simulation/a.py", "import numpy as np\nnp.random.default_rng()"),
    (tidy_rules.broad_catches, "src/bulkhead/kernel/a.py", "try:\n    f()\nexcept (OSError, Exception):\n    g()"),
    (tidy_rules.broad_catches, "src/bulkhead/kernel/a.py", "try:\n    f()\nexcept:\n    g()"),
    (tidy_rules.unfinished, "src/bulkhead/kernel/a.py", "x = 1  # TO" + "DO: later"),
    (tidy_rules.unfinished, "tools/a", "# TO" + "DO: later"),
    (tidy_rules.foreign, "README.md", "see /ro" + "ot/notes"),
    (tidy_rules.foreign, "requirements.lock", "--index-url https://pypi.o" + "rg/simple"),
    (tidy_rules.suppressions, "src/bulkhead/kernel/a.py", "x = f()  # type: ig" + "nore[misc]"),
    (tidy_rules.suppressions, "src/bulkhead/kernel/a.py", "x = f()  # no" + "qa: E501 - long"),
    (tidy_rules.module_docstrings, "src/bulkhead/kernel/a.py", '"""Room."""'),
    (tidy_rules.both_languages, "src/bulkhead/decision/rules/a.toml", 'title = { en = "Burst" }'),
    (tidy_rules.both_languages, "src/bulkhead/decision/rules/a.toml", 'title = { en = "Burst", zh = "Burst" }'),
    (tidy_rules.both_languages, "src/bulkhead/cli/a.py", 'T = {"en": "", "zh": "突发"}'),
    (tidy_rules.both_languages, "src/bulkhead/cli/a.py", 'T = Words("Burst", "")'),
    (tidy_rules.both_languages, "src/bulkhead/decision/a.py", 'T = Words("amount", "amount")'),
    (template_rules.template_words, "a.html", '<p>{% w "Pause" "Pause" %}</p>'),
    (template_rules.template_words, "a.html", "<p>Pause</p>"),
    (template_rules.template_words, "a.html", "<p>{{ n }} 条</p>"),
    (template_rules.template_words, "a.html", '<input placeholder="Search">'),
    (template_rules.inline_code, "a.html", '<p style="color: red">'),
    (template_rules.inline_code, "a.html", "<script>go()</script>"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BAD_SAMPLES)
def test_the_rule_finds_what_it_is_there_for(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


GOOD_SAMPLES = [
    (tidy_rules.clocks_and_dice, "src/bulkhead/runtime/a.py", "import time\ntime.time()"),
    (tidy_rules.clocks_and_dice, "src/bulkhead/kernel/a.py", "from random import Random\nr: Random = Random(7)"),
    (tidy_rules.broad_catches, "src/bulkhead/cli/a.py", "try:\n    f()\nexcept Exception:\n    g()"),
    (
        tidy_rules.broad_catches,
        "src/bulkhead/kernel/a.py",
        "try:\n    f()\nexcept Exception:\n    raise",
    ),
    (tidy_rules.suppressions, "src/bulkhead/a.py", "f()  # no" + "qa: BLE001 - the supervisor must not die of it"),
    (tidy_rules.both_languages, "src/bulkhead/decision/rules/a.toml", 'title = { en = "Burst", zh = "突发" }'),
    (
        template_rules.template_words,
        "a.html",
        '<p>{% w "Pause" "暂停" %} {{ n }} · <code>bulkhead verify</code></p>',
    ),
    (template_rules.template_words, "a.html", '<button lang="en">English</button>'),
    (template_rules.inline_code, "a.html", '<script src="/a.js"></script>'),
]


@pytest.mark.parametrize(("rule", "path", "text"), GOOD_SAMPLES)
def test_the_rule_lets_good_work_pass(rule: Rule, path: str, text: str) -> None:
    assert not list(rule(Source(path, text)))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_has_work_in_it_and_a_short_readme(room: Path) -> None:
    modules = [path for path in room.rglob("*.py") if path.name != "__init__.py"]
    assert modules, "an empty room: leave it out until there is work in it"
    readme = room / "README.md"
    assert readme.exists(), "no README.md"
    lines = len(readme.read_text(encoding="utf-8").splitlines())
    assert 3 <= lines <= ROOM_README_LINES_MAX, f"{lines} lines"
    deepest = max(len(path.relative_to(room).parts) for path in modules)
    assert deepest <= 2, "a room has two levels at most"


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem[:4])
def test_a_decision_record_is_half_a_page_and_says_why(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences"]
    assert len(text.split()) <= 400
    title = text.splitlines()[0]
    assert re.match(r"# \d{4} \w+( \S+){4,}", title), f"the title is to be the decision itself: {title}"
    assert decision.stem[:4] == title[2:6]
    assert decision.name in (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")


def test_decision_records_are_numbered_without_gaps() -> None:
    assert [int(path.stem[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def dead_links(source: Source) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", source.text):
        if (
            not target.startswith(("http:", "https:"))
            and not (ROOT / source.path).parent.joinpath(target).exists()
        ):
            yield f"{source.path}: {target}"


def test_documents_link_only_to_what_exists() -> None:
    documents = [source for source in PROJECT if source.suffix == ".md"]
    assert not [link for document in documents for link in dead_links(document)]


def test_the_readme_says_the_same_in_both_languages() -> None:
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8").splitlines() for name in ("README.md", "README.zh.md")
    )
    assert commands(english) == commands(chinese)
    assert [line.split(" ")[0] for line in english if line.startswith("#")] == [
        line.split(" ")[0] for line in chinese if line.startswith("#")
    ]


def commands(lines: list[str]) -> list[str]:
    """The command lines of a document without their comments."""
    return [
        re.split(r"\s+#", line)[0] for line in lines if line.startswith(("make ", "bulkhead ", "    bulkhead "))
    ]
