import base64
import hashlib
import re

import pytest

from stack.rabbitmq import password_hash, permissions
from stack.redis import CHANNELS, user_rule

MAY = [
    ("messaging", "configure", "rpc-messaging"),
    ("messaging", "configure", "rpc-messaging.dead"),
    ("messaging", "configure", "evt-messaging--user_registered--on_user_registered.retry.500"),
    ("messaging", "configure", "auth.events"),
    ("messaging", "read", "auth.events"),
    ("messaging", "write", "messaging.events"),
    ("messaging", "write", "nameko-rpc"),
    ("messaging", "write", "amq.default"),
    ("messaging", "read", "evt-messaging--user_registered--on_user_registered.dead"),
    ("messaging", "read", "rpc.reply-messaging-1"),
    ("gateway", "write", "nameko-rpc"),
    ("gateway", "read", "amq.rabbitmq.reply-to.g1h2"),
    ("media", "configure", "media.quick"),
    ("media", "write", "media.long"),
    ("media", "read", "media.long"),
    ("media", "read", "media.quick.dead"),
    ("payments", "configure", "evt-payments--ad_revenue_settled--on_ad_revenue_settled"),
    ("payments", "write", "payments.events"),
    ("ops", "read", "evt-auth--x--y.dead"),
]
MAY_NOT = [
    ("messaging", "configure", "rpc-auth"),
    ("messaging", "read", "rpc-auth"),
    ("messaging", "write", "auth.events"),
    ("messaging", "read", "evt-auth--message_created--on_message_created"),
    ("messaging", "configure", "rpc-messagingx"),
    ("messaging", "read", "evt-messaging2--x--y"),
    ("messaging", "read", "media.quick"),
    ("subscriptions", "write", "media.long"),
    ("media", "write", "messaging.events"),
    ("media", "configure", "media.quickly"),
    ("messaging", "write", "payments.events"),
    ("payments", "read", "rpc-messaging"),
    ("gateway", "configure", "rpc-messaging"),
    ("gateway", "read", "rpc-messaging"),
    ("gateway", "write", "messaging.events"),
    ("gateway", "write", "amq.default"),
]


@pytest.mark.parametrize(("user", "right", "name"), MAY)
def test_may(user: str, right: str, name: str) -> None:
    assert re.search(permissions(user)[right], name)


@pytest.mark.parametrize(("user", "right", "name"), MAY_NOT)
def test_may_not(user: str, right: str, name: str) -> None:
    assert not re.search(permissions(user)[right], name)


def test_a_password_is_hashed_as_the_broker_expects() -> None:
    raw = base64.b64decode(password_hash("secret"))
    assert raw[4:] == hashlib.sha256(raw[:4] + b"secret").digest()
    assert password_hash("secret") == password_hash("secret")


def test_a_service_reaches_its_own_keys_and_the_shared_channels_only() -> None:
    rule = user_rule("messaging", "secret").split()
    assert [word for word in rule if word.startswith("~")] == ["~messaging:*"]
    assert [word for word in rule if word.startswith("&")] == [f"&{each}" for each in CHANNELS]
    assert "secret" not in " ".join(rule)
