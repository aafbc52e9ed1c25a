"""A source: how the rows of one kind of file become movements, as data in one TOML file.

Built-in sources are the files in ``sources/``; anyone's own is a path to such a file. A key this reader does
not know is refused, because a misspelt ``ignored`` must not let a column through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path

import msgspec

from bulkhead.intake.ordering import ORDERS
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.money import CURRENCIES
from bulkhead.kernel.movements import MovementKind

SOURCES = Path(__file__).parent / "sources"
DEFINITION_BYTES_MAX = 256 * 1024
SKEW_S_MAX = 7 * 86_400
BOOK = "book"  # the entity of the house's own accounts
BOOK_ACCOUNTS = ("book:summary", "book:fee", "book:own", "book:suspense")
ROLES = ("payer", "payee", "device", "instructed_by")
FORMATS = ("csv", "jsonl", "parquet")
# Only encodings that keep ASCII bytes for ASCII characters, so that lines and separators are found in bytes.
ENCODINGS = ("utf-8", "gb18030", "iso-8859-1", "iso-8859-2", "windows-1250", "windows-1252")
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}  # format -> microseconds a unit
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_OFFSET = re.compile(r"([+-])([01]\d):([0-5]\d)")


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Base of everything in a source file: an unknown key is an error."""


class Title(_Strict, frozen=True):
    """What people see."""

    en: str
    zh: str


class Volume(_Strict, frozen=True):
    """How many rows a file of this source usually has; outside of it the reader says so."""

    rows_min: int
    rows_max: int


class Csv(_Strict, frozen=True):
    """How a CSV file of this source is written."""

    delimiter: str = ","
    encoding: str = "utf-8"


class Columns(_Strict, frozen=True):
    """The file's column for each field; ``""`` where the source has none."""

    id: str
    time: str
    amount: str
    currency: str = ""
    settled: str = ""
    phase: str = ""
    hold: str = ""
    expires: str = ""
    stated_balance: str = ""


class Name(_Strict, frozen=True):
    """A party, device or account: the column it stands in and the entities it may be.

    Several columns are joined with ``/``. With one entity the value is taken as it stands; with several a value
    says which (``merchant:17``) and is the first one where it does not.
    """

    columns: tuple[str, ...]
    entities: tuple[str, ...]


class KindRule(_Strict, frozen=True):
    """What a row is whose columns hold one of the values in ``where``; the first rule that fits counts.

    ``debit`` and ``credit`` are the name of a party or an account of the book; in ``"payer or book:summary"``
    the first one that is an account of this book. A role not given is the name of the same word.
    """

    kind: str
    debit: str
    credit: str
    where: dict[str, tuple[str, ...]] = {}
    payer: str = "payer"
    payee: str = "payee"
    device: str = "device"
    instructed_by: str = "instructed_by"

    def side(self, which: str) -> tuple[str, ...]:
        """The candidates for ``debit`` or ``credit``, in order."""
        return tuple(str(getattr(self, which)).split(" or "))


class Source(_Strict, frozen=True):
    """One source, checked. ``definition`` is its TOML, whole."""

    code: str
    title: Title
    institution: str
    formats: tuple[str, ...]
    currency: str  # of the book, and of rows that do not state one
    settled: bool  # of rows that do not say; True: has happened elsewhere, False: the decision binds
    utc_offset: str  # of times that state none; fixed, because zone tables change and a replay must not
    time_format: str  # "iso", an epoch unit, or a pattern such as "%y%m%d"
    amount_unit: str  # "major" or "minor"
    order: str  # "as-is", "time", or a named order of ``ordering``
    skew_s: int  # how far a time may lie after the latest the caller allows
    volume: Volume
    columns: Columns
    names: dict[str, Name]
    kinds: tuple[KindRule, ...]
    personal: tuple[str, ...]  # entities whose values are swapped for vault tokens
    sample: str  # a few invented rows as a CSV file of this source
    optional: tuple[str, ...] = ()  # columns a file may lack
    ignored: tuple[str, ...] = ()  # columns never read
    csv: Csv = Csv()
    definition: str = ""

    @cached_property
    def used_columns(self) -> tuple[str, ...]:
        """Every column this source reads, in order of its first mention."""
        fields = [getattr(self.columns, field) for field in self.columns.__struct_fields__]
        named = [column for name in self.names.values() for column in name.columns]
        chosen = [column for rule in self.kinds for column in rule.where]
        return tuple(dict.fromkeys(column for column in [*fields, *named, *chosen] if column))

    @cached_property
    def required_columns(self) -> tuple[str, ...]:
        return tuple(column for column in self.used_columns if column not in self.optional)

    @cached_property
    def where_columns(self) -> tuple[str, ...]:
        """The columns that decide a row's kind."""
        return tuple(dict.fromkeys(column for rule in self.kinds for column in rule.where))

    @cached_property
    def utc_offset_us(self) -> int:
        match = _OFFSET.fullmatch(self.utc_offset)
        assert match, "checked when the source was loaded"
        minutes = int(match[2]) * 60 + int(match[3])
        return (minutes if match[1] == "+" else -minutes) * 60_000_000

    @property
    def provides(self) -> tuple[str, ...]:
        """The optional movement columns this source fills, for rules that need them."""
        filled = {role for role in ROLES if any(getattr(rule, role) in self.names for rule in self.kinds)}
        if self.columns.stated_balance:
            filled.add("stated_balance")
        return tuple(sorted(filled))


def parse_source(text: str, where: str) -> Source:
    """The source that a TOML text defines. Raises ``BadInput`` naming ``where`` and the key at fault."""
    try:
        source = msgspec.toml.decode(text, type=Source)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadInput(f"source {where} is not usable: {error}") from None
    problem = next(_problems(source), None)
    if problem:
        raise BadInput(f"source {where} is not usable: {problem}")
    return msgspec.structs.replace(source, definition=text)


def load_source(code_or_path: str) -> Source:
    """A built-in source by its code, or anyone's own by the path of its TOML file. Raises ``BadInput``."""
    sources = built_in_sources()
    if code_or_path in sources:
        return sources[code_or_path]
    path = Path(code_or_path)
    if path.suffix != ".toml":
        raise BadInput(
            f"there is no source {code_or_path!r}; built in are {', '.join(sources)}, or give a .toml file"
        )
    return _load(path)


def built_in_sources() -> dict[str, Source]:
    """Every source in the folder, by code. Raises ``BadInput`` when two share a code."""
    sources: dict[str, Source] = {}
    for path in sorted(SOURCES.glob("*.toml")):
        source = _load(path)
        if source.code in sources:
            raise BadInput(f"source {path.name} repeats the code {source.code!r}")
        sources[source.code] = source
    return sources


def _load(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            data = file.read(DEFINITION_BYTES_MAX + 1)
        if len(data) > DEFINITION_BYTES_MAX:
            raise BadInput(f"source {path} is larger than {DEFINITION_BYTES_MAX:,} bytes")
        return parse_source(data.decode(), path.name)
    except OSError as error:
        raise BadInput(f"source {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadInput(f"source {path} is not UTF-8 text") from None


def _problems(source: Source) -> Iterator[str]:
    """What a well-typed source still has wrong, most basic first."""
    if not _CODE.fullmatch(source.code):
        yield f"code is {source.code!r}; expected lower-case letters, digits and hyphens"
    if source.currency not in CURRENCIES:
        yield f"currency is {source.currency!r}; known are {', '.join(CURRENCIES)}"
    if not _OFFSET.fullmatch(source.utc_offset):
        yield f"utc_offset is {source.utc_offset!r}; expected a form such as '+08:00'"
    for key, value, known in (
        ("order", source.order, tuple(ORDERS)),
        ("amount_unit", source.amount_unit, ("major", "minor")),
        ("csv.encoding", source.csv.encoding, ENCODINGS),
        *(("formats", each, FORMATS) for each in source.formats or ("",)),
    ):
        if value not in known:
            yield f"{key} is {value!r}; expected one of {', '.join(known)}"
    if source.time_format != "iso" and source.time_format not in EPOCHS and not _is_pattern(source.time_format):
        yield f"time_format is {source.time_format!r}; expected iso, {', '.join(EPOCHS)} or a pattern with a day"
    if len(source.csv.delimiter) != 1 or source.csv.delimiter not in ",;|\t:^~":
        yield f"csv.delimiter is {source.csv.delimiter!r}; expected one of , ; | : ^ ~ or a tab"
    if not 0 <= source.skew_s <= SKEW_S_MAX:
        yield f"skew_s is {source.skew_s}; expected 0 to {SKEW_S_MAX}"
    if not 0 <= source.volume.rows_min <= source.volume.rows_max:
        yield "volume.rows_min is negative or above volume.rows_max"
    yield from _reference_problems(source)


def _is_pattern(time_format: str) -> bool:
    """Whether a pattern writes a day so that it can read it again."""
    day = datetime(1999, 12, 31)
    try:
        return datetime.strptime(day.strftime(time_format), time_format).replace(tzinfo=None) == day
    except (ValueError, re.error):
        return False


def _reference_problems(source: Source) -> Iterator[str]:
    """Names, kinds and columns that point at nothing or at each other."""
    for key, value in (
        ("id", source.columns.id),
        ("time", source.columns.time),
        ("amount", source.columns.amount),
    ):
        if not value or value in source.optional:
            yield f"columns.{key} is empty or optional; every row needs it"
    for column in source.ignored:
        if column in source.used_columns:
            yield f"column {column!r} is both ignored and used"
    for column in source.optional:
        if column not in source.used_columns:
            yield f"optional column {column!r} is not used"
    for key, name in source.names.items():
        if not name.columns or not name.entities:
            yield f"names.{key} needs at least one column and one entity"
        for entity in name.entities:
            if not _CODE.fullmatch(entity):
                yield f"names.{key} has the entity {entity!r}; expected lower-case letters, digits and hyphens"
    if not source.kinds:
        yield "there are no kinds"
    kinds = {kind.name.lower() for kind in MovementKind}
    for rule in source.kinds:
        if rule.kind not in kinds:
            yield f"kind {rule.kind!r} is not one of {', '.join(sorted(kinds))}"
        for role in ROLES:
            if getattr(rule, role) not in (*source.names, *BOOK_ACCOUNTS, *ROLES, ""):
                yield f"{role} of kind {rule.kind!r} is {getattr(rule, role)!r}, which is no name of this source"
        for side in (*rule.side("debit"), *rule.side("credit")):
            if side not in (*source.names, *BOOK_ACCOUNTS):
                yield f"an account of kind {rule.kind!r} is {side!r}; expected a name or one of {BOOK_ACCOUNTS}"
