"""What a table can be asked: each filter reads itself from the address, and says what is wrong with bad input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import Visit, language_now

TEXT_MAX = 128
Texts = Mapping[str, Sequence[str]]  # parameter of the address -> what stands there
Option = tuple[str, Words | str]  # code in the address, and what people read
Options = Sequence[Option] | Callable[[Visit], Sequence[Option]]


class Unusable(Exception):
    """A value of the address that means nothing; ``words`` is the sentence for whoever wrote it."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True)
class Filter:
    """One question. ``code`` names it in the address; ``template`` draws its field."""

    code: str
    title: Words
    template: ClassVar[str]

    def parameters(self) -> tuple[str, ...]:
        """The names it takes in the address."""
        return (self.code,)

    def read(self, visit: Visit, texts: Texts) -> object | None:
        """The value asked for, None where nothing is. Raises ``Unusable``."""
        raise AssertionError("each kind reads itself")

    def written(self, visit: Visit, value: object) -> list[tuple[str, str]]:
        """The value as it stands in an address."""
        raise AssertionError("each kind writes itself")

    def said(self, visit: Visit, value: object) -> str:
        """The value as people read it on a chip and in an export's stamp."""
        raise AssertionError("each kind says itself")

    def offered(self, visit: Visit) -> Sequence[Option]:
        """What may be chosen, where it is a choice."""
        return ()


@dataclass(frozen=True, slots=True)
class Choice(Filter):
    """Some of the options (value: a ``frozenset`` of codes), or with ``many`` False one (a code)."""

    options: Options
    many: bool = True
    template: ClassVar[str] = "web/components/choice.html"

    def read(self, visit: Visit, texts: Texts) -> object | None:
        wanted = [text for text in texts.get(self.code, ()) if text]
        known = {code for code, _ in self.offered(visit)}
        for text in wanted:
            if text not in known:
                raise Unusable(Words(f"“{text[:40]}” is none of its choices", f"“{text[:40]}”不在可选范围内"))
        if len(wanted) > 1 and not self.many:
            raise Unusable(Words("only one can be chosen", "只能选择一项"))
        return None if not wanted else frozenset(wanted) if self.many else wanted[0]

    def written(self, visit: Visit, value: object) -> list[tuple[str, str]]:
        return [(self.code, code) for code, _ in self.offered(visit) if code in self._chosen(value)]

    def said(self, visit: Visit, value: object) -> str:
        language = language_now()
        chosen = [label for code, label in self.offered(visit) if code in self._chosen(value)]
        texts = [label[language] if isinstance(label, Words) else label for label in chosen]
        return ("、" if language == "zh" else ", ").join(texts)

    def offered(self, visit: Visit) -> Sequence[Option]:
        return self.options(visit) if callable(self.options) else self.options

    @staticmethod
    def _chosen(value: object) -> frozenset[str]:
        return value if isinstance(value, frozenset) else frozenset({str(value)})


@dataclass(frozen=True, slots=True)
class Text(Filter):
    """A word. ``canonical`` turns what people write into what is looked for; ``shown`` turns it back.

    ``canonical`` may raise ``Unusable``. What it gives stands in every link, so a name need not.
    """

    example: str = ""
    canonical: Callable[[Visit, str], str] | None = None
    shown: Callable[[Visit, str], str] | None = None
    template: ClassVar[str] = "web/components/text.html"

    def read(self, visit: Visit, texts: Texts) -> object | None:
        text = single(texts, self.code)
        if not text:
            return None
        if len(text) > TEXT_MAX or not text.isprintable():
            raise Unusable(
                Words(f"it is not a text of up to {TEXT_MAX} characters", f"应为不超过 {TEXT_MAX} 个字符的文本")
            )
        return self.canonical(visit, text) if self.canonical else text

    def written(self, visit: Visit, value: object) -> list[tuple[str, str]]:
        return [(self.code, str(value))]

    def said(self, visit: Visit, value: object) -> str:
        return self.shown(visit, str(value)) if self.shown else str(value)

    def typed(self, visit: Visit, value: object) -> str:
        """The value as it stands in its field: as people read it, if it would be read the same again."""
        if self.shown is None or self.canonical is None:
            return str(value)
        text = self.shown(visit, str(value))
        try:
            return text if self.canonical(visit, text) == value else str(value)
        except Unusable:
            return str(value)


@dataclass(frozen=True, slots=True)
class Flag(Filter):
    """Yes, or not asked (value: True)."""

    template: ClassVar[str] = "web/components/flag.html"

    def read(self, visit: Visit, texts: Texts) -> object | None:
        text = single(texts, self.code)
        if text not in ("", "1"):
            raise Unusable(
                Words(f"“{text[:40]}” is neither yes (1) nor absent", f"“{text[:40]}”无效，应为 1 或留空")
            )
        return True if text else None

    def written(self, visit: Visit, value: object) -> list[tuple[str, str]]:
        return [(self.code, "1")]

    def said(self, visit: Visit, value: object) -> str:
        return ""


def single(texts: Texts, name: str) -> str:
    found = [text.strip() for text in texts.get(name, ()) if text.strip()]
    if len(found) > 1:
        raise Unusable(Words("it stands in the address more than once", "地址中重复出现"))
    return found[0] if found else ""
