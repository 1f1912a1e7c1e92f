"""What can go wrong between us and a provider; the reasons are for the log, people read the codes."""

from __future__ import annotations

from contracts.auth import OidcProviderAway, OidcRefused


class ProviderAway(OidcProviderAway):
    """A provider gave no usable answer.

    Attributes:
        reason: A short code for the log.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(retry_after_s=5)


class AnswerRefused(OidcRefused):
    """A provider's answer cannot be believed.

    Attributes:
        reason: A short code for the log and the audit.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()
