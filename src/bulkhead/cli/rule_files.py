"""Rule sets from files, for the verbs that take one."""

from __future__ import annotations

from pathlib import Path

from bulkhead.decision.rule_set import RuleSet, default_rule_set, parse_rule_set
from bulkhead.kernel.errors import BadInput

RULES_BYTES_MAX = 4 * 1024 * 1024


def rule_set_of(path: Path | None) -> RuleSet:
    """The rule set of a file, or the built-in one. Raises ``BadInput``."""
    if path is None:
        return default_rule_set()
    try:
        if path.stat().st_size > RULES_BYTES_MAX:
            raise BadInput(f"{path} is larger than {RULES_BYTES_MAX // 1024 // 1024} MB; a rule set is not.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as a rule set: {error}") from None
    try:
        return parse_rule_set(text)
    except BadInput as problem:
        raise BadInput(f"{path}: {problem}") from None
