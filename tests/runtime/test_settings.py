"""What the environment may say, and what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.settings import load_settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BULKHEAD_HOME", "BULKHEAD_KEYS", "BULKHEAD_DATABASE_URL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.home == tmp_path / ".bulkhead"
    assert settings.keys == tmp_path / "user/.config/bulkhead"
    assert settings.database_url is None


def test_environment_decides_and_empty_means_unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BULKHEAD_HOME", "some/../where")
    monkeypatch.setenv("BULKHEAD_KEYS", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    settings = load_settings()
    assert settings.home == tmp_path / "where"
    assert settings.keys == tmp_path / "configuration/bulkhead"


def test_password_of_the_url_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKHEAD_DATABASE_URL", "postgresql://u:open-sesame@h/d")
    settings = load_settings()
    assert "open-sesame" not in repr(settings)
    assert settings.database_url
    assert settings.database_url.get_secret_value() == "postgresql://u:open-sesame@h/d"


def test_keys_inside_the_home_are_refused_also_through_a_link(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BULKHEAD_KEYS", ".bulkhead/keys")
    with pytest.raises(BadInput, match="must stay outside"):
        load_settings()
    (tmp_path / ".bulkhead").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / ".bulkhead")
    monkeypatch.setenv("BULKHEAD_KEYS", "link/keys")
    with pytest.raises(BadInput, match="must stay outside"):
        load_settings()


def test_url_of_something_else_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKHEAD_DATABASE_URL", "mysql://u:open-sesame@h/d")
    with pytest.raises(BadInput, match="must start with postgresql://") as refusal:
        load_settings()
    assert "open-sesame" not in str(refusal.value)
