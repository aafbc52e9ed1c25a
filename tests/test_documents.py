"""The examples in the documents are tried, so that a reader can copy them."""

from __future__ import annotations

import re
from pathlib import Path

from bulkhead.analysis.explanation import explain
from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.intake.source import parse_source

CONTRIBUTING = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def toml_example(marker: str) -> str:
    """The one TOML block of CONTRIBUTING that has this line."""
    blocks = re.findall(r"^```toml\n(.*?)^```", CONTRIBUTING, re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if marker in block.splitlines()]
    return str(block)


def test_the_example_of_a_rule_is_a_rule_and_its_own_examples_hold() -> None:
    rule_set = parse_rule_set(toml_example("[[rules]]"))
    (rule,) = rule_set.rules
    for expected, examples in ((True, rule.hit), (False, rule.miss)):
        assert examples
        for values in examples:
            reason = explain(rule.when, values, rule_set.vocabulary.type_of)
            assert reason.outcome is expected


def test_the_example_of_a_source_is_a_source_and_reads_its_own_sample() -> None:
    source = parse_source(toml_example("[[kinds]]"), "the example")
    header = source.sample.strip().splitlines()[0].split(",")
    assert set(header) == {*source.used_columns, *source.ignored}
