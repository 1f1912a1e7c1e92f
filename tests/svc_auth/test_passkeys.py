from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.auth import AccountDeactivated, FactorAlreadyConfirmed, PasskeyRefused, UnknownFactor
from contracts.base import new_id
from svc_auth.actions import factors, passkeys, people, totp
from tests.svc_auth.authenticator import PRESENT, VERIFIED, Authenticator, tampered


def start(db, user_id, now, label="key"):
    with db.transaction() as session:
        factor, options = passkeys.start_registration(session, people.get(session, user_id), label, now)
    return factor.factor_id, options


def finish(db, user_id, factor_id, answer, now):
    with db.transaction() as session:
        return passkeys.finish_registration(session, user_id, factor_id, answer, now)


def enrol(db, user_id, now, device=None):
    device = device or Authenticator()
    factor_id, options = start(db, user_id, now)
    finish(db, user_id, factor_id, device.create(options), now)
    return device, factor_id


def sign_in(db, device, now, change=lambda answer: answer):
    challenge_id, options = passkeys.start_login()
    with db.transaction() as session:
        return passkeys.finish_login(session, challenge_id, change(device.get(options)), now)


def test_a_passkey_is_registered_and_signs_in(db, person, now):
    ada = person("ada")
    device, factor_id = enrol(db, ada.user_id, now)
    assert sign_in(db, device, now).user_id == ada.user_id
    with db.reading() as session:
        factor = factors.get(session, ada.user_id, factor_id)
        assert factor.sign_count == device.counter
        assert factor.last_used_at is not None


def test_options_are_bound_to_the_public_url(db, person, now):
    _, options = start(db, person("ada").user_id, now)
    assert options["rp"]["id"] == "chat.example.org"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"


def test_a_known_passkey_is_excluded_from_the_next_registration(db, person, now):
    ada = person("ada")
    enrol(db, ada.user_id, now)
    _, options = start(db, ada.user_id, now)
    assert len(options["excludeCredentials"]) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://chat.example.org"},
        {"relying_party": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
    ],
)
def test_a_registration_of_elsewhere_or_unverified_is_refused(db, person, now, facts):
    ada = person("ada")
    factor_id, options = start(db, ada.user_id, now)
    with pytest.raises(PasskeyRefused):
        finish(db, ada.user_id, factor_id, Authenticator(**facts).create(options), now)


def test_a_registration_answer_to_another_challenge_is_refused(db, person, now):
    ada = person("ada")
    _, old = start(db, ada.user_id, now)
    factor_id, _ = start(db, ada.user_id, now)
    with pytest.raises(PasskeyRefused):
        finish(db, ada.user_id, factor_id, Authenticator().create(old), now)


def test_a_registration_takes_at_most_five_minutes(db, person, now):
    ada = person("ada")
    factor_id, options = start(db, ada.user_id, now)
    with pytest.raises(PasskeyRefused):
        finish(db, ada.user_id, factor_id, Authenticator().create(options), now + timedelta(minutes=6))


def test_a_registration_is_finished_once(db, person, now):
    ada = person("ada")
    factor_id, options = start(db, ada.user_id, now)
    finish(db, ada.user_id, factor_id, Authenticator().create(options), now)
    with pytest.raises(FactorAlreadyConfirmed):
        finish(db, ada.user_id, factor_id, Authenticator().create(options), now)


def test_nobody_finishes_another_persons_registration(db, person, now):
    ada, bob = person("ada"), person("bob")
    factor_id, options = start(db, ada.user_id, now)
    with pytest.raises(UnknownFactor):
        finish(db, bob.user_id, factor_id, Authenticator().create(options), now)


def test_a_totp_factor_is_no_passkey(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        factor, _, _ = totp.start(session, people.get(session, ada.user_id), "app", now)
    with pytest.raises(UnknownFactor):
        finish(db, ada.user_id, factor.factor_id, {}, now)


def test_a_credential_belongs_to_one_account(db, person, now):
    ada, bob = person("ada"), person("bob")
    device, _ = enrol(db, ada.user_id, now)
    factor_id, options = start(db, bob.user_id, now)
    with pytest.raises(PasskeyRefused):
        finish(db, bob.user_id, factor_id, device.create(options), now)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"rawId": 5},
        {"rawId": "!!"},
        {"id": "x", "rawId": "eA", "type": "public-key", "response": {}},
        {"response": []},
    ],
)
def test_garbage_instead_of_an_answer_is_refused(db, person, now, answer):
    ada = person("ada")
    factor_id, _ = start(db, ada.user_id, now)
    with pytest.raises(PasskeyRefused):
        finish(db, ada.user_id, factor_id, answer, now)
    challenge_id, _ = passkeys.start_login()
    with pytest.raises(PasskeyRefused), db.transaction() as session:
        passkeys.finish_login(session, challenge_id, answer, now)


def test_a_login_answer_works_once(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now)
    challenge_id, options = passkeys.start_login()
    answer = device.get(options)
    with db.transaction() as session:
        passkeys.finish_login(session, challenge_id, answer, now)
    with pytest.raises(PasskeyRefused), db.transaction() as session:
        passkeys.finish_login(session, challenge_id, answer, now)


def test_a_login_answer_to_another_challenge_is_refused(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now)
    _, other = passkeys.start_login()
    challenge_id, _ = passkeys.start_login()
    with pytest.raises(PasskeyRefused), db.transaction() as session:
        passkeys.finish_login(session, challenge_id, device.get(other), now)


@pytest.mark.parametrize("member", ["signature", "authenticatorData", "clientDataJSON"])
def test_a_tampered_login_is_refused(db, person, now, member):
    device, _ = enrol(db, person("ada").user_id, now)
    with pytest.raises(PasskeyRefused):
        sign_in(db, device, now, lambda answer: tampered(answer, member))


def test_another_key_under_the_same_credential_is_refused(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now)
    device.key = Authenticator().key
    with pytest.raises(PasskeyRefused):
        sign_in(db, device, now)


def test_a_counter_that_goes_back_is_a_copied_passkey(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now, Authenticator(counter=5))
    sign_in(db, device, now)
    device.counter = 3
    with pytest.raises(PasskeyRefused):
        sign_in(db, device, now)


def test_a_login_without_user_verification_is_refused(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now)
    device.flags = PRESENT
    with pytest.raises(PasskeyRefused):
        sign_in(db, device, now)


def test_a_login_from_another_origin_is_refused(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now)
    device.origin = "https://evil.example"
    with pytest.raises(PasskeyRefused):
        sign_in(db, device, now)


def test_a_user_handle_of_somebody_else_is_refused(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now)
    device.user_handle = "AAAAAAAAAAAAAAAAAAAAAA"
    with pytest.raises(PasskeyRefused):
        sign_in(db, device, now)


def test_a_deleted_passkey_signs_nobody_in_and_can_be_registered_again(db, person, now):
    ada = person("ada")
    device, factor_id = enrol(db, ada.user_id, now)
    with db.transaction() as session:
        factors.remove(session, ada.user_id, factor_id)
    with pytest.raises(PasskeyRefused):
        sign_in(db, device, now)
    enrol(db, ada.user_id, now, device)


def test_a_forged_challenge_is_refused(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now)
    _, options = passkeys.start_login()
    with pytest.raises(PasskeyRefused), db.transaction() as session:
        passkeys.finish_login(session, new_id(), device.get(options), now)


def test_a_challenge_lives_five_minutes(db, person, now):
    device, _ = enrol(db, person("ada").user_id, now)
    challenge_id, options = passkeys.start_login()
    with pytest.raises(PasskeyRefused), db.transaction() as session:
        passkeys.finish_login(session, challenge_id, device.get(options), now + timedelta(minutes=6))


def test_challenges_cannot_be_foreseen():
    made = [passkeys.start_login() for _ in range(20)]
    assert len({options["challenge"] for _, options in made}) == 20
    assert all(challenge_id not in options["challenge"] for challenge_id, options in made)


def test_a_deactivated_person_has_no_way_in_by_passkey(db, person, now):
    from svc_auth.actions import sessions

    ada = person("ada")
    device, _ = enrol(db, ada.user_id, now)
    with db.transaction() as session:
        people.set_deactivated(session, ada.user_id, True, ada.user_id, now)
    user = sign_in(db, device, now)
    with pytest.raises(AccountDeactivated), db.transaction() as session:
        sessions.open_session(session, user, device="", address="203.0.113.9", now=now)
