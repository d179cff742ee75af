"""What can be wrong with who a learner is said to be."""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import IssuerError


class LearnerError(IssuerError):
    """Root of what this folder refuses."""

    code: ClassVar[str] = "learner_error"


class LearnerUnknown(LearnerError):
    """Neither an e-mail address nor a reference was given, and a name alone identifies nobody."""

    code: ClassVar[str] = "learner_unknown"

    def __init__(self) -> None:
        super().__init__("A learner needs an e-mail address or the provider's own reference; a name is not enough.")


class LearnerConflict(LearnerError):
    """The e-mail address and the reference belong to two different people in the files."""

    code: ClassVar[str] = "learner_conflict"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"The reference {reference} is on file with another e-mail address. Correct whichever of the two is wrong."
        )
        self.reference = reference
