"""The house rules for templates: both languages in every text, and nothing a strict browser would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidy_rules import CJK, Source

_WORDS = re.compile(r"""\{%\s*w\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_ANY_WORDS = re.compile(r"\{%\s*w\s")
# What is no text of ours: comments, tags, values, scripts, code, keys, and what names its own language.
_NOT_TEXT = (
    re.compile(r"\{#.*?#\}", re.DOTALL),
    re.compile(r"\{%\s*comment.*?endcomment\s*%\}", re.DOTALL),
    re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL),
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"<(script|code|kbd|pre|style)\b.*?</\1>", re.DOTALL),
    re.compile(r'<(\w+)\b[^>]*\blang="[^"]+"[^>]*>[^<]*</\1>'),
)
_SPOKEN_ATTRIBUTE = re.compile(
    r'\b(?:aria-label|title|placeholder|alt|data-say-[a-z-]+)="([^"{]*[A-Za-z一-鿿]{2}[^"]*)"'
)
_TEXT = re.compile(r">([^<]*)<")
_LETTERS = re.compile(r"[A-Za-z]{2,}|[一-鿿]")
# Names of formats are the same in both languages, and so is punctuation.
_NAMES = re.compile(r"\b(XLSX|Excel|CSV|JSON|TOML|OpenAPI|UTC|SHA-256)\b")
_INLINE = re.compile(r"""\s(style|on[a-z]+)\s*=\s*["']""")
_SCRIPT = re.compile(r"<script\b([^>]*)>(?!\s*</script>)")


def template_words(source: Source) -> Iterator[str]:
    """Text of a template that stands in one language only, or in the wrong one."""
    if source.suffix != ".html":
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        for found in _WORDS.finditer(line):
            en, zh = found[1][1:-1], found[2][1:-1]
            if not re.search(r"[^\W\d_]", en + zh):
                continue
            if not en.strip() or CJK.search(en) or not CJK.search(zh):
                yield source.fault(number, f"en or zh is empty or in the wrong language: {en!r}, {zh!r}")
        if len(_ANY_WORDS.findall(line)) != len(_WORDS.findall(line)):
            yield source.fault(number, "{% w %} needs both texts on one line")
    text = source.text
    for pattern in _NOT_TEXT:
        text = pattern.sub(lambda found: "\n" * found[0].count("\n"), text)
    for found in (*_TEXT.finditer(text), *_SPOKEN_ATTRIBUTE.finditer(text)):
        if _LETTERS.search(_NAMES.sub("", re.sub(r"&\w+;", "", found[1]))):
            yield source.fault(
                text.count("\n", 0, found.start(1)) + 1, f"{found[1].strip()[:60]!r} is in one language"
            )


def inline_code(source: Source) -> Iterator[str]:
    """Styles, handlers and scripts inside a template: the console's content policy refuses them."""
    if source.suffix != ".html":
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := _INLINE.search(line):
            yield source.fault(number, f"{found[1]}= is refused by the content policy")
        for script in _SCRIPT.finditer(line):
            if "application/json" not in script[1]:
                yield source.fault(number, "an inline script is refused by the content policy")


RULES = (template_words, inline_code)
