"""Settings are read once, say everything that is wrong at once, and never show a secret."""

from pathlib import Path

import pytest

from issuer.settings import KNOWN_SECRETS, LooseModes, Settings, SettingsIncomplete, WorkerMode

PRODUCTION = {"VOLTPASS_BASE_URL": "https://badges.example", "VOLTPASS_KEY_SECRET": "a test secret that is long"}


def test_a_bare_environment_is_a_development_machine(tmp_path: Path) -> None:
    """Without any setting the office runs on this machine, with SQLite and a secret of its own making."""
    settings = Settings.from_env({"VOLTPASS_DATA": str(tmp_path / "var")})
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.development
    assert settings.database_url == f"sqlite:///{tmp_path}/var/voltpass.sqlite"
    assert len(settings.key_secret) >= 32


def test_what_is_made_on_first_start_is_closed_to_others_and_kept(tmp_path: Path) -> None:
    """The data directory has mode 0700, the secret 0600, and a second start finds the same secret."""
    env = {"VOLTPASS_DATA": str(tmp_path / "var")}
    first = Settings.from_env(env)
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var" / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var" / "secrets" / "key_secret").stat().st_mode & 0o777 == 0o600
    assert list((tmp_path / "var" / "secrets").iterdir()) == [tmp_path / "var" / "secrets" / "key_secret"]
    assert Settings.from_env(env).key_secret == first.key_secret


@pytest.mark.parametrize(
    ("place", "mode"),
    [
        pytest.param(".", 0o750, id="data directory readable by the group"),
        pytest.param("secrets", 0o755, id="secrets readable by all"),
        pytest.param("secrets/key_secret", 0o640, id="secret readable by the group"),
    ],
)
def test_looser_modes_are_refused_with_the_command_that_closes_them(tmp_path: Path, place: str, mode: int) -> None:
    """A start with secrets open to others is refused, and the message says what to type."""
    env = {"VOLTPASS_DATA": str(tmp_path / "var")}
    Settings.from_env(env)
    path = (tmp_path / "var" / place).resolve()
    path.chmod(mode)
    with pytest.raises(LooseModes, match="chmod") as refused:
        Settings.from_env(env)
    assert refused.value.path == path


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    """An operator mends the settings in one go."""
    with pytest.raises(SettingsIncomplete) as refused:
        Settings.from_env(
            {"VOLTPASS_DATA": str(tmp_path / "var"), "VOLTPASS_BASE_URL": "https://badges.example", "PORT": "many"}
        )
    assert len(refused.value.problems) == 2
    assert "PORT" in str(refused.value)
    assert "VOLTPASS_KEY_SECRET" in str(refused.value)
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    "secret", [pytest.param("", id="empty"), pytest.param("short", id="short"), *sorted(KNOWN_SECRETS)]
)
def test_a_known_or_short_secret_is_refused(tmp_path: Path, secret: str) -> None:
    """There is no default secret, and nobody may type one that others would try first."""
    with pytest.raises(SettingsIncomplete, match="VOLTPASS_KEY_SECRET"):
        Settings.from_env({**PRODUCTION, "VOLTPASS_DATA": str(tmp_path / "var"), "VOLTPASS_KEY_SECRET": secret})


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("http://badges.example", id="http in public"),
        pytest.param("ftp://127.0.0.1", id="neither http nor https"),
        pytest.param("badges.example", id="no scheme"),
        pytest.param("https://badges.example/path", id="a path"),
        pytest.param("https://user@badges.example", id="a user"),
    ],
)
def test_the_public_address_is_https_or_this_machine(tmp_path: Path, address: str) -> None:
    """Credentials name the address for ever, so it must be one that a stranger can trust."""
    with pytest.raises(SettingsIncomplete, match="VOLTPASS_BASE_URL"):
        Settings.from_env({**PRODUCTION, "VOLTPASS_DATA": str(tmp_path / "var"), "VOLTPASS_BASE_URL": address})


def test_secrets_do_not_show(tmp_path: Path) -> None:
    """Neither the key secret nor a password in the database address appears in a repr, where logs would catch it."""
    settings = Settings.from_env(
        {
            **PRODUCTION,
            "VOLTPASS_DATA": str(tmp_path / "var"),
            "VOLTPASS_DATABASE_URL": "postgresql://office:a-test-password@db.example/voltpass",
        }
    )
    assert settings.database_url.startswith("postgresql+psycopg://office:")
    assert "test" not in repr(settings).replace(str(tmp_path), "")
    assert not settings.development


def test_a_worker_comes_along_unless_told_otherwise(tmp_path: Path) -> None:
    """One machine needs no further command and no broker."""
    env = {"VOLTPASS_DATA": str(tmp_path / "var")}
    settings = Settings.from_env({**env, "VOLTPASS_WORKER": "", "VOLTPASS_BROKER_URL": ""})
    assert (settings.worker, settings.broker_url) == (WorkerMode.EMBEDDED, None)
    assert Settings.from_env({**env, "VOLTPASS_WORKER": "none"}).worker is WorkerMode.NONE


def test_the_password_of_the_broker_does_not_show(tmp_path: Path) -> None:
    """Nor does it when the address is refused."""
    env = {"VOLTPASS_DATA": str(tmp_path / "var")}
    address = "amqps://office:a-test-password@broker.example:5671/voltpass"
    settings = Settings.from_env({**env, "VOLTPASS_BROKER_URL": address})
    assert settings.broker_url == address
    assert "a-test-password" not in repr(settings)
    with pytest.raises(SettingsIncomplete, match="VOLTPASS_BROKER_URL") as refused:
        Settings.from_env({**env, "VOLTPASS_BROKER_URL": address.replace("amqps", "redis")})
    assert "a-test-password" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("VOLTPASS_WORKER", "maybe", id="neither embedded nor none"),
        pytest.param("VOLTPASS_BROKER_URL", "broker.example", id="a broker without scheme"),
        pytest.param("VOLTPASS_BROKER_URL", "amqp://", id="a broker without host"),
        pytest.param("VOLTPASS_BROKER_URL", "amqp://broker.example:port", id="a broker without port number"),
        pytest.param("VOLTPASS_BROKER_URL", "amqp://[::1", id="a broken address"),
    ],
)
def test_what_cannot_be_used_for_work_is_refused(tmp_path: Path, name: str, value: str) -> None:
    """At the start, together with everything else that is wrong."""
    with pytest.raises(SettingsIncomplete, match=name) as refused:
        Settings.from_env({"VOLTPASS_DATA": str(tmp_path / "var"), name: value, "PORT": "many"})
    assert len(refused.value.problems) == 2
