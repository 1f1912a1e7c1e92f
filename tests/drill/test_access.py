"""The checker of revocations counts calm seconds alone, and finds each way to see more than one may."""

from __future__ import annotations

import pytest

from drill.promises.access import Look, Revocation, check_access, longest, proven
from drill.promises.trouble import Trouble


def revoked(*looks: Look) -> Revocation:
    return Revocation("ana in a group", 100.0, list(looks))


def rules(revocation: Revocation, trouble: Trouble | None = None) -> set[str]:
    return {finding.rule for finding in check_access([revocation], trouble or Trouble())}


def test_what_is_seen_within_five_seconds_is_not_blamed() -> None:
    looks = Look(104.9, "messages", saw=True), Look(105.1, "messages", saw=False, refused=True)
    assert rules(revoked(*looks)) == set()
    assert longest([revoked(*looks)], Trouble()) == pytest.approx(4.9)


@pytest.mark.parametrize("how", ["messages", "changes", "posts", "socket"])
def test_what_is_seen_later_is_found(how: str) -> None:
    assert rules(revoked(Look(105.1, how, saw=True))) == {"access_outlived"}


def test_a_refusal_in_between_excuses_nothing() -> None:
    looks = Look(103.0, "messages", saw=False, refused=True), Look(106.0, "messages", saw=True)
    assert rules(revoked(*looks)) == {"access_outlived"}


def test_seconds_do_not_count_while_something_is_broken() -> None:
    trouble = Trouble([(102.0, 110.0)])
    assert rules(revoked(Look(112.9, "socket", saw=True)), trouble) == set()
    assert rules(revoked(Look(113.1, "socket", saw=True)), trouble) == {"access_outlived"}


def test_a_fault_that_was_over_before_excuses_nothing() -> None:
    assert rules(revoked(Look(105.1, "messages", saw=True)), Trouble([(90.0, 99.0)])) == {"access_outlived"}


def test_nothing_counts_while_a_fault_has_no_end() -> None:
    trouble = Trouble()
    trouble.begins(101.0)
    assert rules(revoked(Look(200.0, "messages", saw=True)), trouble) == set()
    trouble.ends(150.0)
    assert rules(revoked(Look(200.0, "messages", saw=True)), trouble) == {"access_outlived"}


def test_only_a_late_refusal_proves_a_revocation() -> None:
    assert not proven(revoked(), Trouble())
    assert not proven(revoked(Look(103.0, "messages", saw=False, refused=True)), Trouble())
    assert not proven(revoked(Look(106.0, "messages", saw=False)), Trouble())
    assert proven(revoked(Look(106.0, "messages", saw=False, refused=True)), Trouble())
