"""The columns a row can do without: assessor, evidence, language, the provider's own reference."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from issuer.awards.files.findings import Findings
from issuer.awards.files.names import LONGEST_NAME, Undrawable, unfit_for_print
from issuer.awards.files.outcome import RowCode
from issuer.awards.files.words import comparable, echo, tidy

_LONGEST_REFERENCE: Final = 100
_FORBIDDEN_IN_REFERENCE: Final = re.compile(r"[<>{}\\\"`]|^[=+@]")
_LANGUAGE_TAG: Final = re.compile(r"([a-z]{2})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?", re.ASCII | re.IGNORECASE)
# the two-letter codes of ISO 639-1 that a European provider may meet, written without spaces
_LANGUAGES: Final = frozenset(
    re.findall(
        "..",
        "abafamarazbebgbnbscacscydadeeleneseteufafifofrfygagdglguhehihrhuhyidisitjakakkkmknkokylblolt"
        "lvmimkmlmnmrmsmtmynbnenlnnnopaplpsptrmrorusdsesiskslsosqsrsvswtatetgthtitktltrttukuruzviwoxhyiyozhzu",
    )
)
_LANGUAGE_NAMES: Final = {
    "english": "en", "engelska": "en", "englisch": "en", "inglês": "en", "angličtina": "en",
    "swedish": "sv", "svenska": "sv", "schwedisch": "sv",
    "german": "de", "deutsch": "de", "tyska": "de", "alemão": "de", "němčina": "de",
    "portuguese": "pt", "português": "pt", "czech": "cs", "čeština": "cs", "česky": "cs",
    "finnish": "fi", "suomi": "fi", "slovak": "sk", "slovenčina": "sk", "polish": "pl", "polski": "pl",
    "french": "fr", "français": "fr", "spanish": "es", "español": "es", "turkish": "tr", "türkçe": "tr",
}  # fmt: skip
_FORBIDDEN_IN_LINK: Final = re.compile(r"[\s<>\"`{}|\\^]")


def read_assessor(text: str, undrawable: Undrawable, findings: Findings) -> str | None:
    """The assessor's name, held to the rules of names because it stands on the certificate."""
    name = tidy(text)
    if not name:
        return None
    reason = f"has more than {LONGEST_NAME} characters" if len(name) > LONGEST_NAME else unfit_for_print(name)
    if not reason and undrawable(name):
        reason = "has a character our fonts cannot draw"
    if reason:
        findings.note(RowCode.ASSESSOR_NOT_ALLOWED, f"the assessor {echo(name)} {reason}. Correct the name.")
        return None
    return name


def read_evidence_url(text: str, findings: Findings) -> str | None:
    """A link to evidence: https only, so that nobody is led to a script or an open connection."""
    link = tidy(text)
    if not link:
        return None
    if not _is_https_link(link):
        findings.note(
            RowCode.EVIDENCE_URL_INVALID,
            f"the evidence {echo(link)} is no https link. Write an address that begins with https://, or nothing.",
        )
        return None
    return link


def read_language(text: str, findings: Findings) -> str | None:
    """A language tag such as sv or pt-BR (BCP 47: language, script, region), or a language's name."""
    typed = tidy(text)
    if not typed:
        return None
    if name := _LANGUAGE_NAMES.get(comparable(typed)):
        return name
    match = _LANGUAGE_TAG.fullmatch(typed)
    if match and match[1].lower() in _LANGUAGES:
        parts = (match[1].lower(), (match[2] or "").title(), (match[3] or "").upper())
        return "-".join(part for part in parts if part)
    findings.note(
        RowCode.LANGUAGE_UNKNOWN,
        f"{echo(typed)} is no language we know. Write a code such as sv, de or pt, or nothing.",
    )
    return None


def read_reference(text: str, findings: Findings) -> str | None:
    """The provider's own reference for the learner, as it stands, without spaces at the ends."""
    reference = tidy(text)
    if not reference:
        return None
    if (
        len(reference) > _LONGEST_REFERENCE
        or _FORBIDDEN_IN_REFERENCE.search(reference)
        or any(unicodedata.category(character)[0] == "C" for character in reference)
    ):
        findings.note(
            RowCode.TRAINEE_REF_NOT_ALLOWED,
            f"the trainee_ref {echo(reference)} is too long or has characters a reference cannot have. Correct it.",
        )
        return None
    return reference


def _is_https_link(link: str) -> bool:
    if _FORBIDDEN_IN_LINK.search(link) or any(unicodedata.category(character)[0] == "C" for character in link):
        return False
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and "." in host and not host.endswith(".") and parts.username is None
