"""Every setting of a deployment. This is the only module that reads the environment."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_SECRET_KEY_LENGTH_MIN = 32


class Settings(BaseSettings):
    """Settings, each read from the environment variable `STOCKFLOW_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="STOCKFLOW_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("stockflow")),
        description="Where the embedded PostgreSQL keeps its cluster.",
    )
    database_url: str | None = Field(
        default=None,
        description="A PostgreSQL server (15 or later) to use instead of the embedded one. The role "
        "it names owns the schema; requests run as the unprivileged role `stockflow_app`.",
    )
    host: str = Field(default="127.0.0.1", description="The address `stockflow serve` listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port `stockflow serve` listens on."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Web processes of `stockflow serve`.")
    jobs: bool = Field(
        default=True,
        description="Whether `stockflow serve` also runs jobs; where not, `stockflow worker` must.",
    )
    pool_size: int = Field(
        default=10,  # a large import holds two
        ge=2,
        le=500,
        description="Database connections each web process may hold.",
    )
    pool_timeout_seconds: float = Field(
        default=15,
        gt=0,
        description="How long a request waits for a connection before it gets 503.",
    )
    statement_timeout_seconds: int = Field(
        default=60, ge=1, description="The longest one SQL statement of a request may take."
    )
    lock_timeout_seconds: int = Field(
        default=15, ge=1, description="The longest a request waits for rows another one holds."
    )
    body_limit_bytes: int = Field(
        default=4 * 1024 * 1024, ge=1024, description="The largest request body, but for imports."
    )
    import_limit_bytes: int = Field(
        default=512 * 1024 * 1024, ge=1024, description="The largest file `/api/imports` takes."
    )
    sku_scope: Literal["company", "platform"] = Field(
        default="company",
        description="Where a SKU must be unique: within its company, or across all companies.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe log line that is written."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="`json` for machines, `console` for people."
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s?#]+$",
        description="The address people reach this server at, such as `https://stock.example.com`: "
        "links in mails begin with it. Without it, with the address a member's request was sent to.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="What the secrets of second factors are sealed with in the database, 32 characters "
        "or more, such as `openssl rand -base64 32` prints. Several with commas between: the first "
        "seals, all open. Without it the embedded PostgreSQL gets one in the file `secret.key` of the "
        "data directory; with another server nothing is sealed.",
    )
    smtp_host: str | None = Field(
        default=None,
        description="The server that mails are given to. Without one, the log has what would be sent.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="The port of the mail server.")
    smtp_user: str | None = Field(default=None, description="Who signs in to the mail server.")
    smtp_password: SecretStr | None = Field(default=None, description="The password of that user.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls` turns to TLS after the greeting, `tls` begins with it; `none` is for a "
        "server on the same machine.",
    )
    mail_from: str = Field(
        default="StockFlow <stockflow@localhost>", description="The sender of mails."
    )
    shutdown_seconds: int = Field(
        default=30, ge=0, description="How long running requests may take to end at shutdown."
    )

    @property
    def own_url(self) -> str:
        """Where this server is, as far as its settings say."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @field_validator("secret_key")
    @classmethod
    def _keys_cannot_be_guessed(cls, given: SecretStr | None) -> SecretStr | None:
        """What is too short would be tried out by who has a copy of the database."""
        keys = [] if given is None else given.get_secret_value().split(",")
        if any(len(key.strip()) < _SECRET_KEY_LENGTH_MIN for key in keys):
            raise ValueError(f"needs keys of at least {_SECRET_KEY_LENGTH_MIN} characters")
        return given

    @field_validator("smtp_host")
    @classmethod
    def _links_in_mails_are_ours(cls, host: str | None, given: ValidationInfo) -> str | None:
        """A request says itself which address it was sent to, and must not put that into a mail."""
        if host is not None and given.data.get("public_url") is None:
            raise ValueError("needs STOCKFLOW_PUBLIC_URL, for the links in mails")
        return host


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
