"""What can be wrong with a paper. Each class has a stable ``code`` and the facts as attributes."""

from __future__ import annotations

from typing import ClassVar

from keys.errors import VoltpassError


def _shown(text: str) -> str:
    """A stranger's text for a message: quoted, and cut when it is long. The attribute has the whole of it."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")


_LONGEST_SHOWN = 100


class CredentialError(VoltpassError):
    """Root of everything this room raises."""

    code: ClassVar[str] = "credential_error"


class MalformedCredential(CredentialError):
    """The document breaks a rule of its standard at ``path`` (``$.credentialSubject.achievement.name``)."""

    code: ClassVar[str] = "malformed_credential"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class DuplicateMember(MalformedCredential):
    """A JSON object names one member twice, so two readers may see two different documents."""

    code: ClassVar[str] = "duplicate_member"

    def __init__(self, path: str, member: str) -> None:
        super().__init__(path, f"the member {_shown(member)} appears twice")
        self.member = member


class InlineContext(MalformedCredential):
    """A context written out in the document could give its terms another meaning than the shipped contexts do."""

    code: ClassVar[str] = "inline_context"


class LanguageMap(MalformedCredential):
    """A text is written as a map of languages, which JSON-LD drops here: the signature would not cover it."""

    code: ClassVar[str] = "language_map"


class MixedVersions(MalformedCredential):
    """The document has members of one version of the data model and the context of another."""

    code: ClassVar[str] = "mixed_versions"


class TooComplex(CredentialError):
    """Reading the document would cost more than ``limit`` allows; nothing was decided about its content."""

    code: ClassVar[str] = "too_complex"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnsignedTerm(CredentialError):
    """No context defines ``term`` at ``path``: JSON-LD would drop the data and the signature would not cover it."""

    code: ClassVar[str] = "undefined_term"

    def __init__(self, path: str, term: str) -> None:
        super().__init__(f"{path}: no context defines {_shown(term)}, so the signature would not cover it")
        self.path = path
        self.term = term


class UnknownContext(CredentialError):
    """The document names a JSON-LD context that is not shipped with this program; contexts are never fetched."""

    code: ClassVar[str] = "unknown_context"

    def __init__(self, url: str) -> None:
        super().__init__(f"the context {_shown(url)} is not one of the shipped contexts")
        self.url = url


class RelativeIdentifier(CredentialError):
    """An identifier or type at ``path`` is not an absolute URI."""

    code: ClassVar[str] = "relative_identifier"

    def __init__(self, path: str, value: str) -> None:
        super().__init__(f"{path}: {_shown(value)} is not an absolute URI")
        self.path = path
        self.value = value


class ControlCharacter(CredentialError):
    """A text at ``path`` holds a control character that canonicalization libraries escape differently."""

    code: ClassVar[str] = "control_character"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: the text holds a control character")
        self.path = path


class SealBroken(CredentialError):
    """The signature, or a claim that must agree with the signed document, is wrong."""

    code: ClassVar[str] = "seal_broken"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnsupportedProof(CredentialError):
    """The document is secured in a way this program does not check (other suite, algorithm, type or purpose)."""

    code: ClassVar[str] = "unsupported_proof"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedStatusList(CredentialError):
    """A status list breaks Bitstring Status List 1.0; ``problem`` is the name its section 4.4 gives the error."""

    code: ClassVar[str] = "malformed_status_list"
    problem: ClassVar[str] = "MALFORMED_VALUE_ERROR"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StatusListTooShort(MalformedStatusList):
    """The list has fewer than the 131,072 entries that hide one holder among many."""

    code: ClassVar[str] = "status_list_too_short"
    problem: ClassVar[str] = "STATUS_LIST_LENGTH_ERROR"


class StatusListTooLarge(MalformedStatusList):
    """The list expands beyond the limit given by the caller; expansion stopped there."""

    code: ClassVar[str] = "status_list_too_large"


class StatusIndexOutOfRange(CredentialError):
    """The list has no entry ``index``."""

    code: ClassVar[str] = "status_index_out_of_range"
    problem: ClassVar[str] = "RANGE_ERROR"

    def __init__(self, index: int, length: int) -> None:
        super().__init__(f"the list has {length} entries and no entry {index}")
        self.index = index
        self.length = length


class MalformedImage(CredentialError):
    """The bytes are not a PNG or SVG that can carry a credential, or are larger than allowed."""

    code: ClassVar[str] = "malformed_image"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoBakedCredential(CredentialError):
    """The image is sound but carries no Open Badges 3.0 credential."""

    code: ClassVar[str] = "no_baked_credential"

    def __init__(self) -> None:
        super().__init__("the image carries no Open Badges 3.0 credential")


class TwoBakedCredentials(CredentialError):
    """The image carries more than one credential, so it does not say which one it shows."""

    code: ClassVar[str] = "two_baked_credentials"

    def __init__(self) -> None:
        super().__init__("the image carries more than one credential")
