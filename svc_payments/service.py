"""The door of svc_payments. Its methods are in `svc_payments.doors`, one file a topic."""

from __future__ import annotations

from plumbing.health import Health
from svc_payments.doors.advertising import Advertising
from svc_payments.doors.balances import Balances
from svc_payments.doors.chat_payments import ChatPayments
from svc_payments.doors.entitlements import Entitlements
from svc_payments.doors.methods import Methods
from svc_payments.doors.own_data import OwnData
from svc_payments.doors.payments import Payments
from svc_payments.doors.payouts import Payouts
from svc_payments.doors.receipts import Receipts
from svc_payments.doors.refunds import Refunds
from svc_payments.doors.requests import PaymentRequests
from svc_payments.doors.subscribing import Subscribing
from svc_payments.doors.webhooks import Webhooks


class PaymentsService(
    ChatPayments,
    Payments,
    PaymentRequests,
    Refunds,
    Methods,
    Webhooks,
    Subscribing,
    Entitlements,
    Balances,
    Payouts,
    Receipts,
    Advertising,
    OwnData,
):
    """Money that moves between people, channels and the provider (`contracts.payments`)."""

    name = "payments"
    health = Health()
