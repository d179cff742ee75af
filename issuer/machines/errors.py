"""What can be wrong with a webhook."""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import IssuerError


class UnknownWebhook(IssuerError):
    """The provider has no webhook of this id."""

    code: ClassVar[str] = "not_found"

    def __init__(self) -> None:
        super().__init__("There is no webhook of this id. GET /api/v1/webhooks lists those there are.")


class WebhookAddressRefused(IssuerError):
    """Nothing may be sent to this address."""

    code: ClassVar[str] = "webhook_address_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The address cannot be called: {reason}. Give an https address on the public internet, on the usual port."
        )
        self.reason = reason


class TooManyWebhooks(IssuerError):
    """Each event is sent to each of them."""

    code: ClassVar[str] = "too_many_webhooks"

    def __init__(self, most: int) -> None:
        super().__init__(f"A provider has at most {most} webhooks. Delete one that is not needed.")
