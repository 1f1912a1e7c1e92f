from __future__ import annotations

import pytest

from contracts.auth import InvalidUsername, WeakPassword
from contracts.base import Invalid
from svc_auth import checks

WRONG_TYPES = [None, 1, 1.5, True, [], {}, b"ada"]


@pytest.mark.parametrize("value", ["ada", "Ada", "a.b_c9", "x" * 32])
def test_a_well_formed_username_is_kept_as_typed(value):
    assert checks.username(value) == value


@pytest.mark.parametrize(
    "value", [*WRONG_TYPES, "", "ab", "x" * 33, "9ada", ".ada", "ada ", "ada\n", "ad\0a", "añada", "аda", "a-b"]
)
def test_a_malformed_username_is_refused(value):
    with pytest.raises(InvalidUsername):
        checks.username(value)


@pytest.mark.parametrize("value", [*WRONG_TYPES, "", "   ", "a\0b", "a\nb", "x" * 81, "\ud800", "a\u2028b", "\x1b[1m"])
def test_a_display_name_without_plain_text_is_refused(value):
    with pytest.raises(Invalid) as refused:
        checks.display_name(value)
    assert refused.value.code == "invalid_display_name"


def test_a_display_name_is_trimmed_and_composed():
    assert checks.display_name("  Jose\u0301 ") == "José"


def test_a_display_name_may_join_emoji():
    assert checks.display_name("👩‍👩‍👧 Ada")


@pytest.mark.parametrize("value", [*WRONG_TYPES, "", "short", "x" * 257, "with\0nul-inside"])
def test_a_password_of_a_wrong_form_is_weak(value):
    with pytest.raises(WeakPassword):
        checks.new_password(value)


@pytest.mark.parametrize("value", [*WRONG_TYPES, "", "x" * 257, "\ud800 lone surrogate"])
def test_an_absurd_password_is_not_even_tried(value):
    with pytest.raises(Invalid):
        checks.tried_password(value)


@pytest.mark.parametrize(
    "value",
    [1, "a", "a@b", "a@b.c\nBcc: x@y.z", "a b@c.de", "@c.de", "a@-", "x" * 250 + "@c.de", "a@b..de", "<a@b.de>"],
)
def test_a_malformed_address_is_refused(value):
    with pytest.raises(Invalid) as refused:
        checks.email(value)
    assert refused.value.code == "invalid_email"


@pytest.mark.parametrize("value", ["ada@example.org", "a.b+c@mail.example.co.uk"])
def test_a_usual_address_is_accepted(value):
    assert checks.email(value) == value


@pytest.mark.parametrize("value", ["en", "es", "en-GB", "zh-Hant-TW", "es-419"])
def test_a_language_tag_is_accepted(value):
    assert checks.locale(value) == value


@pytest.mark.parametrize("value", [*WRONG_TYPES, "", "english", "EN", "en_GB", "../../etc", "e\0"])
def test_a_malformed_language_tag_is_refused(value):
    with pytest.raises(Invalid):
        checks.locale(value)


@pytest.mark.parametrize("value", ["UTC", "Europe/Madrid", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_accepted(value):
    assert checks.time_zone(value) == value


@pytest.mark.parametrize(
    "value", [*WRONG_TYPES, "", "Mars/Olympus", "../../../etc/passwd", "/etc/passwd", "UTC\0", "Europe", "x" * 65]
)
def test_a_false_time_zone_is_refused(value):
    with pytest.raises(Invalid) as refused:
        checks.time_zone(value)
    assert refused.value.code == "invalid_time_zone"


@pytest.mark.parametrize("value", [*WRONG_TYPES, "", "x", "0" * 36, "g" * 36, "00000000-0000-0000-0000-00000000000\0"])
def test_a_malformed_id_is_refused(value):
    with pytest.raises(Invalid):
        checks.identifier(value, "user_id")


@pytest.mark.parametrize("value", [*WRONG_TYPES, "", "localhost", "300.1.1.1", "1.2.3.4, 5.6.7.8"])
def test_an_address_that_is_no_ip_is_refused(value):
    with pytest.raises(Invalid):
        checks.address(value)


def test_ipv6_is_shortened():
    assert checks.address("2001:0db8:0000:0000:0000:0000:0000:0001") == "2001:db8::1"


@pytest.mark.parametrize("value", [None, "5", 0, -1, 51, 1.0, True])
def test_a_wrong_page_size_is_refused(value):
    with pytest.raises(Invalid):
        checks.limit(value, 50)


@pytest.mark.parametrize("value", [None, "admin", ["root"], [1], [["admin"]], {"admin": 1}])
def test_unknown_roles_are_refused(value):
    with pytest.raises(Invalid):
        checks.roles(value)


def test_everybody_stays_a_user():
    assert checks.roles(["admin", "admin"]) == ["user", "admin"]
    assert checks.roles([]) == ["user"]


@pytest.mark.parametrize("value", [None, [], "x", {"roles": ["admin"]}, {"user_id": "x"}, {1: 2}])
def test_a_profile_takes_no_other_changes(value):
    with pytest.raises(Invalid):
        checks.changes(value)


def test_an_address_may_be_taken_away():
    assert checks.changes({"email": None}) == {"email": None}


@pytest.mark.parametrize("value", [1, "", "yesterday", "2026-01-01T00:00:00", "2026-13-01T00:00:00+00:00"])
def test_a_moment_needs_its_zone(value):
    with pytest.raises(Invalid):
        checks.moment(value, "since")
