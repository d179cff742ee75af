"""What keeps a certificate or a badge from being drawn."""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import IssuerError


class CertificateError(IssuerError):
    """Root of what can be wrong with a certificate."""

    code: ClassVar[str] = "certificate_error"


class UndrawableText(CertificateError):
    """`text` holds characters that no shipped face draws; on paper they would be empty boxes."""

    code: ClassVar[str] = "undrawable_text"

    def __init__(self, slot: str, text: str, characters: set[str]) -> None:
        named = ", ".join(f"U+{ord(c):04X}" for c in sorted(characters))
        super().__init__(f"the {slot} {text!r} holds characters that the certificate's typefaces do not draw: {named}")
        self.slot = slot
        self.text = text
        self.characters = frozenset(characters)


class TextDoesNotFit(CertificateError):
    """The texts of `zone` do not fit their place even in the smallest setting; nothing on a certificate is cut."""

    code: ClassVar[str] = "text_does_not_fit"

    def __init__(self, zone: str, needed: float, given: float) -> None:
        super().__init__(f"the zone {zone} needs {needed:.0f} mm of height and has {given:.0f} mm")
        self.zone = zone
        self.needed = needed
        self.given = given


class LinkTooLong(CertificateError):
    """The link does not fit the one size of QR code that the certificate has room for."""

    code: ClassVar[str] = "link_too_long"

    def __init__(self, link: str, limit: int) -> None:
        super().__init__(f"the link {link!r} has {len(link.encode())} bytes; the QR code holds {limit}")
        self.link = link
        self.limit = limit


class MissingClaim(CertificateError):
    """The credential does not say something that every certificate must show."""

    code: ClassVar[str] = "missing_claim"

    def __init__(self, claim: str) -> None:
        super().__init__(f"the credential does not say its {claim}")
        self.claim = claim


class IncompleteLook(CertificateError):
    """What the provider or programme gave for its certificates cannot be used: `field` says which part."""

    code: ClassVar[str] = "incomplete_look"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class UnusableLogo(CertificateError):
    """The logo is not a small enough PNG or JPEG picture."""

    code: ClassVar[str] = "unusable_logo"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ForeignResource(CertificateError):
    """A page names something to load that is not ours; nothing is fetched for a certificate."""

    code: ClassVar[str] = "foreign_resource"
