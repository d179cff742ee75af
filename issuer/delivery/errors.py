"""What the delivery refuses."""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import IssuerError


class DeliveryError(IssuerError):
    """Root of what this folder refuses a person at the desk."""

    code: ClassVar[str] = "delivery_error"


class NothingToPrint(DeliveryError):
    """Nobody among those asked for needs a letter."""

    code: ClassVar[str] = "nothing_to_print"

    def __init__(self) -> None:
        super().__init__("Nobody here needs a letter: print one for a learner on the page of that learner.")


class NoAddress(DeliveryError):
    """The learner has no e-mail address, so that only a letter can reach them."""

    code: ClassVar[str] = "no_address"

    def __init__(self) -> None:
        super().__init__("No e-mail address is known for this learner. Print the letter, or enter an address.")


class AlreadyClaimed(DeliveryError):
    """The badge was claimed: its address is the learner's own business now."""

    code: ClassVar[str] = "already_claimed"

    def __init__(self) -> None:
        super().__init__("The learner has kept this badge already, so its address is not changed any more.")


class SameAddress(DeliveryError):
    """The corrected address is the one on file."""

    code: ClassVar[str] = "same_address"

    def __init__(self) -> None:
        super().__init__("This is the address on file. To send the mail once more, press Send again.")


class BadgeNotInForce(DeliveryError):
    """The badge was revoked or replaced: nobody should claim it any more."""

    code: ClassVar[str] = "badge_not_in_force"

    def __init__(self) -> None:
        super().__init__("This badge was withdrawn or replaced, so no link to it is sent any more.")
