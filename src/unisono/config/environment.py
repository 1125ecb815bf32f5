"""Every setting that an operator can make, read from the environment and typed."""

from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import Field, field_validator
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
        description="Believe the X-Forwarded-Proto and X-Forwarded-For headers of a reverse proxy in front of the "
        "server. Limits on attempts to sign in go by the address that it names.",
    )
    sign_up_open: bool = Field(
        default=False,
        description="Let anybody open an account and a workspace by a link mailed to their address. Without it, "
        "accounts are made by invitation only.",
    )
    log_level: str = Field(default="INFO", description="Least severe level that is logged.")
    email_url: str | None = Field(
        default=None,
        description="Mail server as a URL: smtp://user:password@host:587 (STARTTLS), smtps://user:password@host:465 "
        "(TLS from the start), smtp+plain://host:25 (unencrypted, for a server on the same machine), file:///folder or "
        "console:. Without it mails are written as files to the folder mail in UNISONO_DATA_DIR.",
    )
    email_from: str | None = Field(
        default=None,
        description="Sender of mails, for example Fjord cluster <unisono@example.org>. Without it: unisono at the "
        "host name of UNISONO_BASE_URL.",
    )
    outbound_allow_networks: list[IPv4Network | IPv6Network] = Field(
        default=[],
        description="Networks beside the public internet that webhooks may be sent to, as a JSON list, for example "
        '["10.20.0.0/16"]; there http and any port may be used. By default private, local and reserved addresses are '
        "refused.",
    )
    outbound_allow_ports: list[int] = Field(
        default=[], description="Ports beside 443 that webhooks may be sent to, as a JSON list, for example [8443]."
    )
    max_upload_mib: int = Field(default=64, ge=1, description="Largest file that may be uploaded, in MiB.")
    erasures_file: Path | None = Field(
        default=None,
        description="File outside the database that names by key who was erased, so that restoring an older one erases "
        "them again; keep a copy with the backups. Without it: erasures.jsonl inside UNISONO_DATA_DIR.",
    )
    audit_heads_file: Path | None = Field(
        default=None,
        description="File outside the database that takes the heads of the sealed log; best on another disk, or where "
        "files can only be added to. Without it: audit/heads.jsonl inside UNISONO_DATA_DIR.",
    )

    @field_validator("email_url")
    @classmethod
    def _known_mail_server(cls, value: str | None) -> str | None:
        if value:
            mail_settings(value, Path())
        return value or None

    @field_validator("email_from")
    @classmethod
    def _with_an_address(cls, value: str | None) -> str | None:
        if value and ("@" not in parseaddr(value)[1] or "\n" in value):
            raise ValueError("Write it as Name <name@example.org>")
        return value or None


_MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


def mail_settings(url: str, folder: Path) -> dict[str, Any]:
    """Django's settings for the mail server at this URL; an empty one stands for files in `folder`."""
    parts = urlsplit(url or folder.absolute().as_uri())
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme == "file" and parts.path.strip("/"):
        path = unquote(parts.path)
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": path}
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise ValueError("Use smtp://, smtps:// or smtp+plain:// with a host, file:///folder or console:")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or _MAIL_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }
