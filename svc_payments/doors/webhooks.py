"""Where the provider's messages come in: verified, kept, answered. What they mean is the worker's business."""

from __future__ import annotations

from contracts.base import Invalid
from contracts.payments import WebhookInvalid
from plumbing import checks
from plumbing.rpc import rpc
from svc_payments import flow_metrics as metrics
from svc_payments.actions import receiving
from svc_payments.doors.base import Door

#: Who may hand over messages.
HANDING_OVER = ("gateway",)
MAX_BODY = 512 * 1024


class Webhooks(Door):
    """For the gateway alone, by its own token; the message's own signature is what counts."""

    @rpc
    def receive_webhook(self, *, body: str, signature: str) -> dict[str, str]:
        """Keep a message of the provider's, and return `{event_id}`; the same again changes nothing."""
        self.caller.service(*HANDING_OVER)
        try:
            event = self.provider.read_webhook(checks.a_text(body, "body", MAX_BODY).encode(), str(signature))
        except Invalid:
            metrics.WEBHOOKS.labels("invalid").inc()
            raise WebhookInvalid from None
        is_new = self.write(lambda session: receiving.store(session, event))
        metrics.WEBHOOKS.labels("received" if is_new else "repeated").inc()
        return {"event_id": event.id}
