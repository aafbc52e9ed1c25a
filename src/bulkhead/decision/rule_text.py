"""Rules as TOML: strict on reading, one canonical text on writing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from bulkhead.analysis.evaluation import Value
from bulkhead.analysis.expression import NUMBER_MAX, parse
from bulkhead.analysis.expression_tree import Amount, Number
from bulkhead.decision.rule import Rule, Severity
from bulkhead.decision.vocabulary import Limit
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.money import CURRENCIES, format_minor, parse_minor
from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import Words

TEXT_CHARS_MAX = 500_000
TITLE_CHARS_MAX = 80
SENTENCE_CHARS_MAX = 400
_CODE = re.compile(r"[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40}){1,3}")
# Nine parts of a key, bare or quoted. Reading one takes the standard library time in the square of its parts,
# 20 s for 20,000, and no key of ours has more than four.
_DEEP_KEY = re.compile(r"""(?:\.[ \t]*(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*){8}""")
_LIMIT_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    en: str
    zh: str


class _LimitTable(msgspec.Struct, forbid_unknown_fields=True):
    about: _Words
    amounts: dict[str, int | str]  # major units by currency


class _RuleTable(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    title: _Words
    why: _Words
    severity: Severity
    outcome: Literal["allow", "hold", "decline"]
    when: str
    when_unknown: Literal["hold", "ignore"] = "hold"
    unknown_because: _Words | None = None
    hit: list[dict[str, Any]] = []
    miss: list[dict[str, Any]] = []


class _RuleFile(msgspec.Struct, forbid_unknown_fields=True):
    limits: dict[str, _LimitTable] = {}
    rules: list[_RuleTable] = []


def read_rules(text: str, where: str) -> tuple[list[Rule], list[Limit]]:
    """The rules and limits of a TOML text; ``where`` names it in the sentence of a ``BadInput``."""
    if len(text) > TEXT_CHARS_MAX:
        raise BadInput(f"{where}: longer than {TEXT_CHARS_MAX:,} characters")
    if _DEEP_KEY.search(text):
        raise BadInput(f"{where}: a key has more than eight parts joined by dots")
    try:
        tables = msgspec.convert(tomllib.loads(text), _RuleFile)
    except (
        ValueError,
        msgspec.ValidationError,
        RecursionError,
    ) as error:  # ValueError: also numbers of 5,000 digits
        raise BadInput(f"{where}: {error}") from None
    rules = [_rule(table, f"{where}: rule {table.code[:80]!r}") for table in tables.rules]
    return rules, [_limit(name, table, where) for name, table in tables.limits.items()]


def _rule(table: _RuleTable, where: str) -> Rule:
    if not _CODE.fullmatch(table.code):
        raise BadInput(f"{where}: a code is lower-case words joined by dots, such as 'velocity.payer_burst'")
    if (table.when_unknown == "ignore") != (table.unknown_because is not None):
        raise BadInput(f"{where}: when_unknown = 'ignore' and unknown_because go together")
    because = table.unknown_because
    try:
        return Rule(
            code=table.code,
            title=_words(table.title, TITLE_CHARS_MAX, "title"),
            why=_words(table.why, SENTENCE_CHARS_MAX, "why"),
            severity=table.severity,
            outcome=Outcome[table.outcome.upper()],
            when=parse(table.when),
            ignores_unknown=_words(because, SENTENCE_CHARS_MAX, "unknown_because") if because else None,
            hit=tuple(_example(example) for example in table.hit),
            miss=tuple(_example(example) for example in table.miss),
        )
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from None


def _words(words: _Words, chars_max: int, what: str) -> Words:
    for text in (words.en, words.zh):
        if not text.strip() or len(text) > chars_max or not text.isprintable():
            raise BadInput(f"{what} needs 1 to {chars_max} printable characters in each language")
    return Words(words.en.strip(), words.zh.strip())


def _limit(name: str, table: _LimitTable, where: str) -> Limit:
    where = f"{where}: limit {name[:80]!r}"
    if not _LIMIT_NAME.fullmatch(name):
        raise BadInput(f"{where}: a name is one lower-case word")
    minor = {}
    for currency, amount in sorted(table.amounts.items()):
        if currency not in CURRENCIES:
            raise BadInput(f"{where}: {currency[:40]!r} is not a currency of this house")
        try:
            minor[currency] = parse_minor(str(amount), currency)
        except ValueError as error:
            raise BadInput(f"{where}: {currency}: {error}") from None
        if minor[currency] <= 0:
            raise BadInput(f"{where}: {currency}: a limit is above zero, found {amount}")
    return Limit(name, _words(table.about, SENTENCE_CHARS_MAX, "about"), minor)


def _example(table: Mapping[str, Any]) -> dict[str, Value]:
    """Values by name. Texts such as ``"50_000 CNY"`` and ``"2d"`` are numbers with their unit."""
    return dict(sorted((name, _example_value(name, value)) for name, value in _flat(table)))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _example_value(name: str, value: object) -> Value:
    if isinstance(value, str) and value[:1].isdigit():
        root = parse(value).root
        if isinstance(root, Number):
            return root.value
        if isinstance(root, Amount):
            return float(root.minor)
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float) and abs(value) <= NUMBER_MAX:
        return float(value)
    raise BadInput(f"the example value of {name!r} must be a number, a text, true or false")


def canonical_text(rules: tuple[Rule, ...], limits: tuple[Limit, ...]) -> str:
    """The one TOML text of these rules and limits, which are sorted by code and by name."""
    blocks = [_limit_text(limit) for limit in limits] + [_rule_text(rule) for rule in rules]
    return "\n".join(blocks)


def _limit_text(limit: Limit) -> str:
    amounts = ", ".join(
        f"{currency} = {_quoted(format_minor(minor, currency).replace(',', ''))}"
        for currency, minor in sorted(limit.minor.items())
    )
    return f"[limits.{limit.name}]\nabout = {_words_text(limit.about)}\namounts = {{ {amounts} }}\n"


def _rule_text(rule: Rule) -> str:
    lines = [
        "[[rules]]",
        f"code = {_quoted(rule.code)}",
        f"title = {_words_text(rule.title)}",
        f"why = {_words_text(rule.why)}",
        f"severity = {_quoted(rule.severity)}",
        f"outcome = {_quoted(rule.outcome.name.lower())}",
        f"when = {_quoted(rule.when.text)}",
    ]
    if rule.ignores_unknown:
        lines += ['when_unknown = "ignore"', f"unknown_because = {_words_text(rule.ignores_unknown)}"]
    for name, examples in (("hit", rule.hit), ("miss", rule.miss)):
        if examples:
            lines += [f"{name} = [", *(f"    {_example_text(example)}," for example in examples), "]"]
    return "\n".join(lines) + "\n"


def _words_text(words: Words) -> str:
    return f"{{ en = {_quoted(words.en)}, zh = {_quoted(words.zh)} }}"


def _example_text(example: Mapping[str, Value]) -> str:
    return "{ " + ", ".join(f"{name} = {_value_text(value)}" for name, value in sorted(example.items())) + " }"


def _value_text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's escapes are TOML's, but for DEL, which JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
