from __future__ import annotations

import pytest

from svc_auth.models import Base

#: Tables that are only looked up by another key than the person's.
#: `idempotent_calls` is led by the person as `person_id`.
LOOK_UPS = {
    "idempotent_calls",
    "usernames",
    "verified_emails",
    "credentials",
    "identity_owners",
    "used_tokens",
    "mails",
    "outbox",
    "inbox",
}


@pytest.mark.parametrize("table", [table for table in Base.metadata.sorted_tables if table.name not in LOOK_UPS])
def test_the_persons_id_leads_every_primary_key(table):
    assert next(iter(table.primary_key.columns)).name == "user_id"
