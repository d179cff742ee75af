"""The files of an issued credential on a disk: certificate, signed texts, badge, and the manifest of a whole run."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from credentials.credential import AchievementCredential
from issuer.awards.issue import IssuedRow
from issuer.awards.records import IssuedCredentialRecord
from issuer.certificates.errors import CertificateError
from issuer.database import reading
from issuer.office import Office
from issuer.public.takeaway import make_takeaway, paper_of
from verifier.spreadsheet import csv_text

MANIFEST: Final = "manifest.csv"
_COLUMNS: Final = ("row", "name", "credential_id", "link", "files")
_LONGEST_NAME: Final = 60
_LETTERS: Final = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ħ": "h", "ŋ": "n"}
)


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one row, by name; ``problem`` says why one of them could not be drawn."""

    row: IssuedRow
    files: tuple[str, ...]
    problem: str = ""


def write_files(office: Office, row: IssuedRow, folder: Path) -> Written:
    """Write PDF, JSON, JWT and PNG of a row's credential; the same credential always gives the same files."""
    assert row.record_id is not None, "only an issued row has files"
    with reading(office.sessions) as session:
        record = session.get_one(IssuedCredentialRecord, row.record_id)
        paper = paper_of(record)
        stem = file_stem(paper.credential, record)
        contents = {f"{stem}.json": record.sealed_json.encode(), f"{stem}.jwt": record.sealed_jwt.encode()}
        problem = ""
        try:
            for ending in ("pdf", "png"):
                contents[f"{stem}.{ending}"] = make_takeaway(session, office.desk.signers, paper, ending).body
        except CertificateError as exc:
            problem = f"Line {row.line}: the credential is issued, but its certificate cannot be drawn: {exc}"
    for name, body in contents.items():
        write_whole(folder / name, body)
    return Written(row, tuple(sorted(contents)), problem)


def write_manifest(folder: Path, written: Iterable[Written]) -> None:
    """Write the list of everything in the folder that came out of this run, also what had been issued before."""
    rows = (
        (each.row.line, each.row.name, each.row.credential_id, each.row.link, ";".join(each.files)) for each in written
    )
    write_whole(folder / MANIFEST, csv_text(_COLUMNS, rows).encode())


def write_whole(path: Path, body: bytes) -> None:
    """Write a file whole or not at all: readers see the old one or the new one, never half."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(body)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def file_stem(credential: AchievementCredential, record: IssuedCredentialRecord) -> str:
    """A name that every file system takes and that stays: code, name in plain letters, start of the credential's id."""
    names = [one.identity_hash for one in credential.credential_subject.identifier if not one.hashed]
    spelled = next(filter(None, map(plain_letters, [record.holder_name, *names])), "")
    code = credential.credential_subject.achievement.human_code or "badge"
    return "_".join(filter(None, (code, spelled, record.credential_id.removeprefix("urn:uuid:")[:8])))


def plain_letters(name: str) -> str:
    """A name in the letters a-z with hyphens; empty when it is written in another script."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    if any(character.isalpha() and not character.isascii() for character in bare):
        return ""
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:_LONGEST_NAME].rstrip("-")
