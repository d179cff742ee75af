"""What the operator decides, read once at the door and then handed on as one frozen value."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from issuer.delivery.mail_settings import MailSettings, read_mail_settings
from issuer.errors import IssuerError

MEBIBYTE = 1024 * 1024
PROXIES = "VOLTPASS_TRUSTED_PROXIES"
CHECKS = "VOLTPASS_CHECKS_A_MINUTE"
CALLS_A_MINUTE = 600
SHORTEST_SECRET = 16
KNOWN_SECRETS = frozenset(
    {"changeme", "change-me", "secret", "password", "voltpass", "development", "test", "example", "0123456789abcdef"}
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class WorkerMode(StrEnum):
    """Whether ``voltpass serve`` brings a worker along; the values are those of VOLTPASS_WORKER."""

    EMBEDDED = "embedded"
    NONE = "none"


class SettingsIncomplete(IssuerError):
    """One or more settings are missing or cannot be used; ``problems`` names all of them, one sentence each."""

    code: ClassVar[str] = "settings_incomplete"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class LooseModes(IssuerError):
    """Others on this machine could read ``path``; the message holds the command that closes it."""

    code: ClassVar[str] = "loose_modes"

    def __init__(self, path: Path, found: int, wanted: int) -> None:
        super().__init__(f"{path} has mode {found:04o} and must have {wanted:04o}. Type: chmod {wanted:o} {path}")
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything configurable. Secrets have no default and do not show in a ``repr``.

    ``base_url`` is the public address, without a slash at the end. ``development`` is true when it is a loopback
    address: then secrets are made on first start and plain http on loopback is allowed.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    base_url: str
    host: str
    port: int
    key_secret: str = field(repr=False)
    upload_limit: int
    development: bool
    mail: MailSettings
    vcalm_answers_200: frozenset[str] = frozenset()
    """The VCALM instances that answer a failed check with 200 and ``verified: false``; ``default`` is the plain one."""
    vcalm_did_key: bool = False
    """Whether there is a did:key instance, which signs anything; on development machines only."""
    worker: WorkerMode = WorkerMode.EMBEDDED
    workers: int = 1
    """How many worker processes ``voltpass serve`` brings along; small until there is something to do."""
    broker_url: str | None = field(default=None, repr=False)
    """The message broker that brings work to workers, on this machine or others; None: they look for it themselves."""
    trusted_proxies: int = 0
    """How many servers in front of ours each add to X-Forwarded-For whom they serve; with 0 nobody's word counts."""

    checks_a_minute: int | None = None
    """How many things the public gate looks at for one visitor's address; None: what a gate does by itself."""
    calls_a_minute: int = CALLS_A_MINUTE
    """How many calls one access token makes."""

    metrics_token: str | None = field(default=None, repr=False)
    """What a reader of /metrics has to show; None: only a development machine tells its figures."""

    @property
    def key_directory(self) -> Path:
        """Where private keys lie, encrypted."""
        return self.data_dir / "keys"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read and check the environment; SettingsIncomplete names every problem at once.

        Makes the data directory, and in development the key secret, when they do not exist yet.
        """
        problems: list[str] = []
        port = _number(env, "PORT", 8000, problems)
        host = env.get("HOST") or "127.0.0.1"
        base_url = (env.get("VOLTPASS_BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/")
        development = _is_development(base_url, problems)
        megabytes = _number(env, "VOLTPASS_UPLOAD_LIMIT_MB", 20, problems)
        data_dir = data_directory(env)
        key_secret = env.get("VOLTPASS_KEY_SECRET")
        if key_secret is None and not development:
            problems.append("VOLTPASS_KEY_SECRET is not set: give the secret that encrypts the signing keys.")
        elif key_secret is not None and not _is_secret(key_secret):
            problems.append(f"VOLTPASS_KEY_SECRET is known or shorter than {SHORTEST_SECRET} characters: use another.")
        vcalm_did_key = env.get("VOLTPASS_VC_TEST_ISSUER", "") == "1"
        if vcalm_did_key and not development:
            problems.append("VOLTPASS_VC_TEST_ISSUER is set: the issuer for tests runs on a loopback address only.")
        worker = _worker_mode(env, problems)
        workers = _number(env, "VOLTPASS_WORKERS", min(2, os.cpu_count() or 1), problems)
        broker_url = _broker_url(env, problems)
        trusted_proxies = _number(env, PROXIES, 0, problems) if env.get(PROXIES, "0") != "0" else 0
        checks_a_minute = _number(env, CHECKS, 1, problems) if env.get(CHECKS) else None
        calls_a_minute = _number(env, "VOLTPASS_CALLS_A_MINUTE", CALLS_A_MINUTE, problems)
        mail = read_mail_settings(env, data_dir, problems)
        metrics_token = env.get("VOLTPASS_METRICS_TOKEN") or None
        if metrics_token is not None and not _is_secret(metrics_token):
            problems.append(f"VOLTPASS_METRICS_TOKEN is known or shorter than {SHORTEST_SECRET} characters.")
        if problems:
            raise SettingsIncomplete(tuple(problems))
        _make_private_directory(data_dir)
        return cls(
            data_dir=data_dir,
            database_url=_database_url(env.get("VOLTPASS_DATABASE_URL"), data_dir),
            base_url=base_url,
            host=host,
            port=port,
            key_secret=kept_secret(data_dir, "key_secret") if key_secret is None else key_secret,
            upload_limit=megabytes * MEBIBYTE,
            development=development,
            mail=mail,
            vcalm_answers_200=frozenset(env.get("VOLTPASS_VC_ANSWER_200", "").replace(",", " ").split()),
            vcalm_did_key=vcalm_did_key,
            worker=worker,
            workers=workers,
            broker_url=broker_url,
            trusted_proxies=trusted_proxies,
            checks_a_minute=checks_a_minute,
            calls_a_minute=calls_a_minute,
            metrics_token=metrics_token,
        )


def data_directory(env: Mapping[str, str]) -> Path:
    """Where everything lies that the office keeps."""
    return Path(env.get("VOLTPASS_DATA") or "var").absolute()


def check_modes(path: Path, wanted: int) -> None:
    """Raise LooseModes when ``path`` grants others more than ``wanted`` (0o700 or 0o600) does."""
    found = path.stat().st_mode & 0o777
    if found & ~wanted:
        raise LooseModes(path, found, wanted)


def _number(env: Mapping[str, str], name: str, default: int, problems: list[str]) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        problems.append(f"{name} is {text!r}: give a whole number between 1 and 65535.")
        return default
    return int(text)


def _is_development(base_url: str, problems: list[str]) -> bool:
    parts = urlsplit(base_url)
    if not parts.hostname or parts.query or parts.fragment or parts.username or parts.path:
        problems.append(
            f"VOLTPASS_BASE_URL is {base_url!r}: give scheme and host only, such as https://badges.example."
        )
        return False
    loopback = parts.hostname in LOOPBACK
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        problems.append(f"VOLTPASS_BASE_URL is {base_url!r}: only https is allowed, or http on this machine itself.")
    return loopback


def _is_secret(text: str) -> bool:
    return len(text) >= SHORTEST_SECRET and text.casefold() not in KNOWN_SECRETS


def _worker_mode(env: Mapping[str, str], problems: list[str]) -> WorkerMode:
    given = env.get("VOLTPASS_WORKER") or WorkerMode.EMBEDDED.value
    if given not in set(WorkerMode):
        problems.append(f"VOLTPASS_WORKER is {given!r}: give embedded, or none when workers run on their own.")
        return WorkerMode.EMBEDDED
    return WorkerMode(given)


def _broker_url(env: Mapping[str, str], problems: list[str]) -> str | None:
    """The address is not repeated when it cannot be used: it may hold a password."""
    given = env.get("VOLTPASS_BROKER_URL") or None
    if given is None:
        return None
    try:
        parts = urlsplit(given)
        is_usable = parts.scheme in {"amqp", "amqps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        problems.append("VOLTPASS_BROKER_URL cannot be used: give amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps://….")
    return given


def _database_url(given: str | None, data_dir: Path) -> str:
    if not given:
        return f"sqlite:///{data_dir / 'voltpass.sqlite'}"
    scheme, separator, rest = given.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in {"postgres", "postgresql"} else given


def _make_private_directory(path: Path) -> None:
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)
    check_modes(path, 0o700)


def kept_secret(data_dir: Path, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
    """A development run's own secret, made once; two processes that start together agree on one."""
    directory = data_dir / "secrets"
    _make_private_directory(directory)
    path = directory / name
    if not path.exists():
        draft = directory / f".{name}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # the other process was first; its secret is the one that counts
        finally:
            draft.unlink()
    check_modes(path, 0o600)
    return path.read_text(encoding="ascii").strip()
