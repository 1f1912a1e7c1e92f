from __future__ import annotations

import pytest

from contracts.auth import LoginThrottled
from contracts.base import TooMany
from svc_auth import policy
from svc_auth.actions import throttling
from svc_auth.policy import Limit

STRANGER, HOME = "198.51.100.7", "203.0.113.9"


def tries(db, username, user_id, address):
    with db.reading() as session:
        throttling.demand_login(session, username, user_id, address)


def use_up(db, username, user_id):
    for count in range(policy.LOGIN_PER_ACCOUNT.burst):
        tries(db, username, user_id, f"198.51.100.{count}")


def test_a_limit_tells_when_to_come_back(db):
    limit = Limit("test", 2, 60)
    throttling.demand(limit, "ada")
    throttling.demand(limit, "ada")
    with pytest.raises(TooMany) as refused:
        throttling.demand(limit, "ada")
    assert 1 <= refused.value.facts["retry_after_s"] <= 31
    throttling.demand(limit, "bob")


def test_ten_tries_from_one_address_are_enough(db, person):
    ada = person("ada")
    for _ in range(policy.LOGIN_PER_ACCOUNT_AND_ADDRESS.burst):
        tries(db, "ada", ada.user_id, STRANGER)
    with pytest.raises(LoginThrottled):
        tries(db, "ADA", ada.user_id, STRANGER)


def test_many_strangers_share_one_limit_of_an_account(db, person):
    ada = person("ada")
    use_up(db, "ada", ada.user_id)
    with pytest.raises(LoginThrottled):
        tries(db, "ada", ada.user_id, "192.0.2.77")


def test_strangers_do_not_lock_the_owner_out(db, person):
    ada = person("ada")
    use_up(db, "ada", ada.user_id)
    tries(db, "ada", ada.user_id, HOME)


def test_an_unknown_name_is_limited_alike(db):
    use_up(db, "nobody", None)
    with pytest.raises(LoginThrottled):
        tries(db, "nobody", None, "192.0.2.77")


def test_an_address_has_a_limit_over_all_accounts(db):
    limit = Limit("test-address", 3, 60)
    for _ in range(3):
        throttling.demand_address(limit, STRANGER)
    with pytest.raises(TooMany):
        throttling.demand_address(limit, STRANGER)


def test_this_machine_itself_has_no_limit_as_an_address(db):
    for address in ("127.0.0.1", "::1"):
        for _ in range(3):
            throttling.demand_address(Limit("test-loopback", 1, 60), address)


def test_no_name_or_address_is_written_to_redis_in_the_clear(db, configured):
    from plumbing.redis_client import new_redis

    throttling.demand(Limit("test", 2, 60), "secretname", STRANGER)
    assert not [key for key in new_redis(configured.redis_url).scan_iter() if b"secretname" in key or b"198" in key]
