"""The safe: key pairs, who may sign with them, and the documents that publish them."""

from keys.algorithm import Algorithm, ForeignAlgorithm, KeyAlgorithm
from keys.controller_document import ControllerDocument, Service
from keys.did import did_key, did_key_method_id, did_web, did_web_location, resolve_did_key
from keys.errors import (
    KeyFileExists,
    KeyMaterialError,
    KeyNotAuthorised,
    KeyNotFound,
    LooseKeyPermissions,
    MalformedControllerDocument,
    MalformedDid,
    MalformedKey,
    SignatureMismatch,
    UnknownKeyScheme,
    UnsupportedKeyType,
    VoltpassError,
    WrongKeySecret,
)
from keys.history import KeyPeriod, bare_jwk, controller_document, key_set
from keys.method import MethodType, VerificationMethod
from keys.multibase import base58btc_decode, base58btc_encode, base64url_decode, base64url_encode
from keys.public_key import PublicKey
from keys.signer import MemorySigner, Signer
from keys.store import StoredKey, check_key_directory, create_key, open_signer

__all__ = [
    "Algorithm",
    "ControllerDocument",
    "ForeignAlgorithm",
    "KeyAlgorithm",
    "KeyFileExists",
    "KeyMaterialError",
    "KeyNotAuthorised",
    "KeyNotFound",
    "KeyPeriod",
    "LooseKeyPermissions",
    "MalformedControllerDocument",
    "MalformedDid",
    "MalformedKey",
    "MemorySigner",
    "MethodType",
    "PublicKey",
    "Service",
    "SignatureMismatch",
    "Signer",
    "StoredKey",
    "UnknownKeyScheme",
    "UnsupportedKeyType",
    "VerificationMethod",
    "VoltpassError",
    "WrongKeySecret",
    "bare_jwk",
    "base58btc_decode",
    "base58btc_encode",
    "base64url_decode",
    "base64url_encode",
    "check_key_directory",
    "controller_document",
    "create_key",
    "did_key",
    "did_key_method_id",
    "did_web",
    "did_web_location",
    "key_set",
    "open_signer",
    "resolve_did_key",
]
