"""Where mails go is read from the environment, and every mistake is named before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from issuer.cli import main
from issuer.commands.door import Door
from issuer.delivery.mail_settings import SmtpServer, read_mail_settings
from issuer.settings import Settings, SettingsIncomplete
from issuer.workshop import run_work
from tests.award_office import CLEAN_ROW, as_csv
from tests.deliveries import mailing_office, mails_of
from tests.mail_server import mail_server

FROM = {"VOLTPASS_MAIL_FROM": "badges@bücher.example"}


def test_without_settings_mails_are_files(tmp_path: Path) -> None:
    """A development machine needs no mail server."""
    read = read_mail_settings({}, tmp_path, [])
    assert (read.server, read.folder) == (None, tmp_path / "outbox")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mx.example", SmtpServer(host="mx.example", port=587, is_tls=False)),
        ("smtps://mx.example", SmtpServer(host="mx.example", port=465, is_tls=True)),
        (
            "smtp://us%40er:p%2Fw@mx.example:2525/",
            SmtpServer(host="mx.example", port=2525, is_tls=False, user="us@er", password="p/w"),
        ),
    ],
)
def test_a_server_is_read_from_its_address(tmp_path: Path, url: str, server: SmtpServer) -> None:
    """User and password may hold any character; the sender's domain goes out in ASCII."""
    problems: list[str] = []
    read = read_mail_settings({"VOLTPASS_SMTP_URL": url, **FROM}, tmp_path, problems)
    assert (problems, read.server, str(read.sender)) == ([], server, "badges@xn--bcher-kva.example")
    assert "p/w" not in repr(read)


def test_encryption_is_demanded_away_from_this_machine() -> None:
    """Plain SMTP is for loopback only."""
    assert SmtpServer(host="mx.example", port=25, is_tls=False).needs_starttls
    assert not SmtpServer(host="127.0.0.1", port=25, is_tls=False).needs_starttls
    assert not SmtpServer(host="mx.example", port=465, is_tls=True).needs_starttls


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"VOLTPASS_SMTP_URL": "http://user:hush@mx.example", **FROM}, "VOLTPASS_SMTP_URL cannot be used"),
        ({"VOLTPASS_SMTP_URL": "smtp://user:hush@mx.example:x", **FROM}, "VOLTPASS_SMTP_URL cannot be used"),
        ({"VOLTPASS_SMTP_URL": "smtp://", **FROM}, "VOLTPASS_SMTP_URL cannot be used"),
        ({"VOLTPASS_SMTP_URL": "smtp://user:hush@mx.example"}, "VOLTPASS_MAIL_FROM is not set"),
        ({"VOLTPASS_MAIL_FROM": "badges"}, "VOLTPASS_MAIL_FROM cannot be used"),
        ({"VOLTPASS_MAIL_FROM": "märken@mx.example"}, "VOLTPASS_MAIL_FROM cannot be used"),
    ],
)
def test_what_cannot_be_used_is_named_without_its_secret(tmp_path: Path, env: dict[str, str], told: str) -> None:
    """The settings refuse to start, in a sentence that repeats no password."""
    with pytest.raises(SettingsIncomplete, match=told) as refused:
        Settings.from_env({"VOLTPASS_DATA": str(tmp_path / "var"), **env})
    assert "hush" not in str(refused.value)


def test_the_command_line_tells_learners_when_asked(tmp_path: Path) -> None:
    """``voltpass issue --mail`` puts one mail for each learner into the outbox, also when it is run twice."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server)
        door = Door({})
        door.__dict__["office"] = office
        file = tmp_path / "awards.csv"
        file.write_bytes(as_csv(CLEAN_ROW))
        silent = CliRunner().invoke(main, ["issue", "vbk-goteborg", str(file)], obj=door)
        assert (silent.exit_code, mails_of(office)) == (0, [])
        for _ in range(2):
            assert CliRunner().invoke(main, ["issue", "vbk-goteborg", str(file), "--mail"], obj=door).exit_code == 0
        run_work(office)
        assert [recipient for recipient, _ in server.received] == [CLEAN_ROW["email"]]
