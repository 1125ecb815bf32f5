"""Every setting that an operator can make, read from the environment and typed."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """Settings of one installation. docs/reference/settings.md lists them; a test keeps the two equal."""

    model_config = SettingsConfigDict(env_prefix="UNISONO_", extra="ignore")

    data_dir: Path = Field(
        default=Path.home() / ".local" / "share" / "unisono",
        description="Folder for the SQLite database, stored files and the secret key made at the first start.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="Database as a URL (postgresql://user:password@host:5432/name or sqlite:///path). "
        "Without it: SQLite inside UNISONO_DATA_DIR.",
    )
    secret_key: str | None = Field(
        default=None,
        description="Key that signs sessions. Without it, one is made once and kept in UNISONO_DATA_DIR.",
    )
    debug: bool = Field(default=False, description="Show tracebacks in the browser. Never on a public server.")
    allowed_hosts: list[str] = Field(
        default=["localhost", "127.0.0.1", "[::1]"],
        description='Host names the server answers to, as a JSON list, for example ["unisono.example.org"].',
    )
    base_url: str = Field(
        default="http://localhost:8000",
        description="Address under which people reach the server; links in mails and sign-in links start with it. "
        "With https:// cookies are sent over TLS only.",
    )
    trust_proxy: bool = Field(
        default=False,
        description="Believe the X-Forwarded-Proto header of a reverse proxy in front of the server.",
    )
    log_level: str = Field(default="INFO", description="Least severe level that is logged.")
    max_upload_mib: int = Field(default=64, ge=1, description="Largest file that may be uploaded, in MiB.")
