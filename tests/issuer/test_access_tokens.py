"""Access tokens: shown once, kept as a hash, listed by name, ended by command or by time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from issuer.accounts.records import AccessTokenRecord
from issuer.accounts.tokens import (
    NoScope,
    Scope,
    TokenLifeRefused,
    TokenRefused,
    UnknownToken,
    check_token,
    create_token,
    open_name,
    revoke_token,
    scopes_of,
    tokens_of,
)
from issuer.catalogue.find import get_provider
from issuer.chance import Chance
from issuer.cli import main
from issuer.commands.door import Door
from issuer.database import reading, transaction
from issuer.office import Office
from issuer.settings import Settings, SettingsIncomplete
from tests.demo_files import BASE_URL, NOW
from tests.office import KEY_SECRET, Clock, demo_office
from tests.other_database import address_env

PROVIDER = "vbk-goteborg"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return demo_office(tmp_path)


def made(office: Office, *, days: int = 30, provider: str = PROVIDER) -> tuple[AccessTokenRecord, str]:
    with transaction(office.sessions) as session:
        owner = get_provider(session, provider)
        return create_token(session, owner, Scope.ISSUE, office.desk.chance, now=NOW, days=days)


def test_only_a_hash_of_the_secret_is_kept(office: Office) -> None:
    """Who reads the database can use no token."""
    record, text = made(office)
    _, name, secret = text[:4], text[4:26], text[27:]
    assert record.name == name
    assert len(secret) == 43
    with reading(office.sessions) as session:
        kept = session.scalars(select(AccessTokenRecord)).one()
        assert secret not in {kept.name, kept.secret_hash, kept.scope}
        assert check_token(session, f"Bearer {text}", now=NOW).provider.slug == PROVIDER


def test_a_token_counts_until_its_last_day_and_not_after(office: Office) -> None:
    """It ends by itself."""
    _, text = made(office, days=1)
    with reading(office.sessions) as session:
        check_token(session, f"bearer {text}", now=NOW + timedelta(hours=23, minutes=59))
        with pytest.raises(TokenRefused):
            check_token(session, f"bearer {text}", now=NOW + timedelta(days=1))


@pytest.mark.parametrize("days", [pytest.param(0, id="none"), pytest.param(367, id="more-than-a-year")])
def test_no_token_lives_for_ever(office: Office, days: int) -> None:
    """A day at least, a year at most."""
    with pytest.raises(TokenLifeRefused):
        made(office, days=days)


def test_a_token_is_revoked_by_its_own_provider_only(office: Office) -> None:
    """Once and for good; the moment of the first time stays."""
    record, text = made(office)
    with transaction(office.sessions) as session:
        with pytest.raises(UnknownToken):
            revoke_token(session, get_provider(session, "mak-ostrava"), record.name, now=NOW)
        for later in (0, 1):
            revoke_token(session, get_provider(session, PROVIDER), record.name, now=NOW + timedelta(hours=later))
    with reading(office.sessions) as session:
        assert [each.revoked_at for each in tokens_of(session, get_provider(session, PROVIDER))] == [NOW]
        with pytest.raises(TokenRefused):
            check_token(session, f"Bearer {text}", now=NOW)


def voltpass(folder: Path, *arguments: str) -> Result:
    env = {
        "VOLTPASS_DATA": str(folder / "var"),
        **address_env(folder),
        "VOLTPASS_KEY_SECRET": KEY_SECRET,
        "VOLTPASS_BASE_URL": BASE_URL,
    }
    return CliRunner().invoke(main, list(arguments), obj=Door(env, Clock()), catch_exceptions=False)


def test_the_command_makes_lists_and_revokes(office: Office, tmp_path: Path) -> None:
    """The text of a token is printed alone on standard output, and never again."""
    created = voltpass(tmp_path, "token", "create", PROVIDER, "--scope", "issue", "--days", "7")
    assert created.exit_code == 0, created.output
    text = created.stdout.strip()
    with reading(office.sessions) as session:
        name = check_token(session, f"Bearer {text}", now=NOW).name
    listed = voltpass(tmp_path, "token", "list", PROVIDER)
    assert name in listed.stdout
    assert "in use" in listed.stdout
    assert text not in listed.output
    assert voltpass(tmp_path, "token", "list", "mak-ostrava").stdout == ""
    assert voltpass(tmp_path, "token", "revoke", PROVIDER, name).exit_code == 0
    assert "revoked" in voltpass(tmp_path, "token", "list", PROVIDER).stdout
    assert voltpass(tmp_path, "token", "revoke", PROVIDER, "nobody").exit_code == 1
    made_long_ago(office)
    assert "expired" in voltpass(tmp_path, "token", "list", PROVIDER).stdout


def made_long_ago(office: Office) -> None:
    with transaction(office.sessions) as session:
        owner = get_provider(session, PROVIDER)
        create_token(session, owner, Scope.ISSUE, office.desk.chance, now=NOW - timedelta(days=9), days=1)


def test_the_issuer_for_tests_runs_on_development_machines_only(tmp_path: Path) -> None:
    """A key that signs anything has no place at a public address."""
    env = {"VOLTPASS_DATA": str(tmp_path), "VOLTPASS_KEY_SECRET": KEY_SECRET, "VOLTPASS_VC_TEST_ISSUER": "1"}
    assert Settings.from_env(env | {"VOLTPASS_BASE_URL": BASE_URL}).vcalm_did_key
    with pytest.raises(SettingsIncomplete, match="VOLTPASS_VC_TEST_ISSUER"):
        Settings.from_env(env | {"VOLTPASS_BASE_URL": "https://badges.example"})


def test_the_instances_that_answer_200_are_named_in_the_settings(tmp_path: Path) -> None:
    """With commas or spaces; none by default."""
    env = {"VOLTPASS_DATA": str(tmp_path), "VOLTPASS_KEY_SECRET": KEY_SECRET}
    assert Settings.from_env(env).vcalm_answers_200 == frozenset()
    named = Settings.from_env(env | {"VOLTPASS_VC_ANSWER_200": "default, vbk-goteborg"})
    assert named.vcalm_answers_200 == {"default", "vbk-goteborg"}


def test_no_name_looks_like_an_option() -> None:
    """A name that began with a hyphen could not be typed after `token revoke`."""
    numbers = iter([0b111110 << 122, 0b111110 << 122, 1])  # 62 is the hyphen of base64url
    assert Chance(lambda _: 0b111110 << 122).token().startswith("-")
    assert open_name(Chance(lambda _: next(numbers))) == Chance(lambda _: 1).token()


def test_a_token_may_be_good_for_several_things(office: Office, tmp_path: Path) -> None:
    """Each scope is given by name; none at all is a mistake, and a word nobody knows allows nothing."""
    with transaction(office.sessions) as session:
        owner = get_provider(session, PROVIDER)
        record, _ = create_token(session, owner, [Scope.STATUS, Scope.READ], office.desk.chance, now=NOW, days=1)
        assert scopes_of(record) == {Scope.READ, Scope.STATUS}
        record.scope = "read everything"
        assert scopes_of(record) == {Scope.READ}
        with pytest.raises(NoScope):
            create_token(session, owner, [], office.desk.chance, now=NOW, days=1)
    created = voltpass(tmp_path, "token", "create", PROVIDER, "--scope", "read", "--scope", "webhooks")
    assert created.exit_code == 0, created.output
    assert "read webhooks" in voltpass(tmp_path, "token", "list", PROVIDER).stdout
