"""What the environment says: where the data, the keys and the database are."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bulkhead.kernel.errors import BadInput

URL_SCHEMES = ("postgresql://", "postgres://")


def _default_keys() -> Path:
    configuration = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(configuration) / "bulkhead"


class Settings(BaseSettings):
    """Folders are absolute once read. ``database_url`` is None when the embedded database is meant."""

    model_config = SettingsConfigDict(env_prefix="BULKHEAD_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = Path(".bulkhead")
    keys: Path = Field(default_factory=_default_keys)
    database_url: SecretStr | None = None

    @field_validator("home", "keys", mode="after")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return Path(os.path.abspath(folder.expanduser()))


def load_settings() -> Settings:
    """The settings of this process's environment.

    Raises ``BadInput`` when the keys would lie inside the data folder, where every back-up would carry them,
    or when the URL is not one of PostgreSQL.
    """
    try:
        settings = Settings()
    except (ValidationError, RuntimeError) as error:  # RuntimeError: "~" of a user without a home
        raise BadInput(f"The settings cannot be read: {str(error).splitlines()[-1].strip()}") from None
    # Resolved: a link from one into the other would do the same harm.
    if settings.keys.resolve().is_relative_to(settings.home.resolve()):
        raise BadInput(
            f"BULKHEAD_KEYS ({settings.keys}) lies inside BULKHEAD_HOME ({settings.home}); "
            "keys must stay outside the data and its back-ups."
        )
    if settings.database_url and not settings.database_url.get_secret_value().startswith(URL_SCHEMES):
        raise BadInput("BULKHEAD_DATABASE_URL must start with postgresql://, as in postgresql://user@host/name.")
    return settings
