"""What can be wrong with a key, a signature or a document that publishes keys."""

from __future__ import annotations

from typing import ClassVar


class VoltpassError(Exception):
    """Something a caller, an operator or a document did that Voltpass refuses; every room's root derives from it."""

    code: ClassVar[str] = "voltpass_error"


class KeyMaterialError(VoltpassError):
    """Root of everything the keys room refuses."""

    code: ClassVar[str] = "key_material_error"


class MalformedKey(KeyMaterialError):
    """Text or bytes that do not spell a key or key material."""

    code: ClassVar[str] = "malformed_key"


class UnsupportedKeyType(MalformedKey):
    """A key of a type with which nothing is verified here."""

    code: ClassVar[str] = "unsupported_key_type"

    def __init__(self, key_type: str) -> None:
        super().__init__(f"{key_type} keys are not supported; supported are Ed25519, P-256, P-384 and RSA")
        self.key_type = key_type


class SignatureMismatch(KeyMaterialError):
    """A signature that this key did not make over this data."""

    code: ClassVar[str] = "signature_mismatch"


class WrongKeySecret(KeyMaterialError):
    """A key file that the given secret does not open."""

    code: ClassVar[str] = "wrong_key_secret"


class KeyNotFound(KeyMaterialError):
    """A key URI behind which there is no key."""

    code: ClassVar[str] = "key_not_found"

    def __init__(self, uri: str) -> None:
        super().__init__(f"there is no key at {uri}")
        self.uri = uri


class KeyFileExists(KeyMaterialError):
    """A key file that would have been overwritten."""

    code: ClassVar[str] = "key_file_exists"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} exists already; a key file is never overwritten")
        self.path = path


class LooseKeyPermissions(KeyMaterialError):
    """A key file or key folder that others on the machine can reach."""

    code: ClassVar[str] = "loose_key_permissions"

    def __init__(self, path: str, mode: int, wanted: int) -> None:
        self.path = path
        self.mode = mode
        self.command = f"chmod {wanted:o} {path}"
        super().__init__(f"{path} has mode {mode:04o}: others could reach the key; type: {self.command}")


class UnknownKeyScheme(KeyMaterialError):
    """A key URI whose scheme no key store answers."""

    code: ClassVar[str] = "unknown_key_scheme"

    def __init__(self, scheme: str) -> None:
        super().__init__(f"no key store answers the scheme {scheme!r}")
        self.scheme = scheme


class MalformedDid(KeyMaterialError):
    """A DID that names no place, or a place that did:web does not allow."""

    code: ClassVar[str] = "malformed_did"

    def __init__(self, did: str, reason: str) -> None:
        super().__init__(f"{did!r}: {reason}")
        self.did = did
        self.reason = reason


class MalformedControllerDocument(KeyMaterialError):
    """A controller document that breaks the rules of Controlled Identifiers 1.0."""

    code: ClassVar[str] = "malformed_controller_document"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class KeyNotAuthorised(KeyMaterialError):
    """A verification method that its controller document does not authorise to make assertions."""

    code: ClassVar[str] = "key_not_authorised"

    def __init__(self, method_id: str, document_id: str) -> None:
        super().__init__(f"{document_id} does not authorise {method_id} to make assertions")
        self.method_id = method_id
        self.document_id = document_id


class TokenNotFound(KeyMaterialError):
    """A hardware token that is not there, or whose library is not."""

    code: ClassVar[str] = "token_not_found"

    def __init__(self, token: str, problem: str) -> None:
        super().__init__(f"the token {token!r} cannot be reached: {problem}")
        self.token = token


class TokenFailed(KeyMaterialError):
    """A hardware token that did not do what it was asked."""

    code: ClassVar[str] = "token_failed"

    def __init__(self, problem: str) -> None:
        super().__init__(f"the token that holds the key failed: {problem}")
