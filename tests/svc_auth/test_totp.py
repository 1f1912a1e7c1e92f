from __future__ import annotations

import base64
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from contracts.auth import FactorAlreadyConfirmed, TooManyFactors, UnknownFactor, WrongCode
from svc_auth.actions import accounts, factors, people, totp
from svc_auth.models import Factor, RecoveryCode
from svc_auth.policy import MAX_FACTORS

STEP = timedelta(seconds=30)


@pytest.fixture
def ada(person):
    return person("ada")


def start(db, ada, now):
    with db.transaction() as session:
        factor, secret, uri = totp.start(session, people.get(session, ada.user_id), "app", now)
    return factor.factor_id, pyotp.TOTP(secret), uri


def confirm(db, ada, factor_id, code, now):
    with db.transaction() as session:
        return totp.confirm(session, ada.user_id, factor_id, code, now)


def accepts(db, ada, code, now):
    with db.transaction() as session:
        return totp.accepts(session, ada.user_id, code, now)


@pytest.fixture
def enrolled(db, ada, now):
    factor_id, app, _ = start(db, ada, now)
    codes = confirm(db, ada, factor_id, app.at(now), now)
    return factor_id, app, codes


def test_an_unconfirmed_secret_owes_nobody_a_code(db, ada, now):
    _, app, _ = start(db, ada, now)
    with db.reading() as session:
        assert not totp.is_on(session, ada.user_id)
    assert not accepts(db, ada, app.at(now), now)


def test_the_uri_names_charla_and_the_person(db, ada, now):
    _, app, uri = start(db, ada, now)
    parsed = pyotp.parse_uri(uri)
    assert (parsed.issuer, parsed.name, parsed.secret) == ("Charla", "ada", app.secret)


def test_the_secret_is_sealed_in_the_table(db, ada, now):
    _, app, _ = start(db, ada, now)
    with db.reading() as session:
        assert app.secret.encode() not in bytes(session.scalars(select(Factor)).one().sealed_secret)


def test_a_first_code_puts_it_to_use(db, ada, enrolled):
    with db.reading() as session:
        assert totp.is_on(session, ada.user_id)
        assert accounts.factor_kinds(session, ada.user_id) == ["totp"]


def test_a_wrong_first_code_does_not(db, ada, now):
    factor_id, app, _ = start(db, ada, now)
    with pytest.raises(WrongCode):
        confirm(db, ada, factor_id, app.at(now + 20 * STEP), now)


def test_it_is_confirmed_once(db, ada, now, enrolled):
    with pytest.raises(FactorAlreadyConfirmed):
        confirm(db, ada, enrolled[0], enrolled[1].at(now + STEP), now + STEP)


def test_nobody_confirms_another_persons_factor(db, ada, person, now):
    factor_id, app, _ = start(db, ada, now)
    with pytest.raises(UnknownFactor):
        confirm(db, person("bob"), factor_id, app.at(now), now)


def test_the_confirming_code_is_not_good_for_a_sign_in(db, ada, now, enrolled):
    assert not accepts(db, ada, enrolled[1].at(now), now)


def test_a_used_code_is_refused(db, ada, now, enrolled):
    code = enrolled[1].at(now + STEP)
    assert accepts(db, ada, code, now + STEP)
    assert not accepts(db, ada, code, now + STEP)


def test_a_code_before_a_used_one_is_refused(db, ada, now, enrolled):
    assert accepts(db, ada, enrolled[1].at(now + 3 * STEP), now + 3 * STEP)
    assert not accepts(db, ada, enrolled[1].at(now + 2 * STEP), now + 3 * STEP)


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_wrong(db, ada, now, enrolled, drift):
    assert accepts(db, ada, enrolled[1].at(now + (10 + drift) * STEP), now + 10 * STEP)


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_clock_may_not_be_more_wrong(db, ada, now, enrolled, drift):
    assert not accepts(db, ada, enrolled[1].at(now + (10 + drift) * STEP), now + 10 * STEP)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "      ", "٠٠٠٠٠٠"])
def test_a_malformed_code_is_wrong(db, ada, now, enrolled, code):
    assert not accepts(db, ada, code, now + STEP)


def test_ten_recovery_codes_are_shown_once_and_hashed(db, ada, enrolled):
    codes = enrolled[2]
    assert len(set(codes)) == 10
    assert all(len(base64.b32decode(code.replace("-", ""))) * 8 >= 112 for code in codes)
    with db.reading() as session:
        rows = session.scalars(select(RecoveryCode)).all()
    assert len(rows) == 10
    assert not any(code.replace("-", "").encode() in bytes(row.code_hash) for code in codes for row in rows)


def test_a_recovery_code_works_once_in_whatever_spelling(db, ada, now, enrolled):
    code = enrolled[2][0]
    assert accepts(db, ada, code.replace("-", " ").lower(), now)
    assert not accepts(db, ada, code, now)


def test_a_recovery_code_of_somebody_else_is_wrong(db, person, now, enrolled):
    assert not accepts(db, person("bob"), enrolled[2][0], now)


def test_deleting_the_last_totp_deletes_the_recovery_codes(db, ada, now, enrolled):
    with db.transaction() as session:
        factors.remove(session, ada.user_id, enrolled[0])
    with db.reading() as session:
        assert not session.scalars(select(RecoveryCode)).all()
        assert not totp.is_on(session, ada.user_id)


def test_nobody_deletes_another_persons_factor(db, person, enrolled):
    bob = person("bob")
    with pytest.raises(UnknownFactor), db.transaction() as session:
        factors.remove(session, bob.user_id, enrolled[0])


def test_starting_again_forgets_the_unconfirmed_secret(db, ada, now):
    first, app, _ = start(db, ada, now)
    start(db, ada, now)
    with pytest.raises(UnknownFactor):
        confirm(db, ada, first, app.at(now), now)


def test_an_account_holds_a_limited_number_of_factors(db, ada, now):
    for _ in range(MAX_FACTORS):
        with db.transaction() as session:
            factors.add(session, ada.user_id, "totp", "app", now).confirmed_at = now
    with pytest.raises(TooManyFactors):
        start(db, ada, now)
