from __future__ import annotations

import pytest

from contracts.auth import WeakPassword
from svc_auth.actions.strength import check_strength, common_passwords


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "Password2024!",
        "P@ssw0rd1234",
        "contraseña1",
        "Contrasena2025",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "QwErTyUiOp123",
        "1q2w3e4r5t6y",
        "abcdefghij",
        "aaaaaaaaaaaa",
        "abababababab",
        "passwordpassword",
        "iloveyou123",
        "tequieromucho",
        "dragon123456",
        "2024sunshine!",
        "ABCabc123123",
    ],
)
def test_a_common_password_or_a_pattern_is_refused(password):
    with pytest.raises(WeakPassword):
        check_strength(password)


@pytest.mark.parametrize(
    "password", ["terminator", "enterprise", "4815162342", "Aleksandra", "ghostrider", "1357924680"]
)
def test_what_became_known_in_breaches_is_refused(password):
    with pytest.raises(WeakPassword):
        check_strength(password)


@pytest.mark.parametrize(
    "password",
    [
        "an unlikely heron 47",
        "vT7#qpL2x!mZ",
        "sunshine over a grey ferry",
        "murciélago violinista",
        "плохая погода сегодня",
        "正しい馬電池ホチキス今日",
        "ada likes 19 green lamps",
    ],
)
def test_an_unusual_password_is_accepted(password):
    check_strength(password, ["ada", "Ada Lovelace", "ada@example.org"])


@pytest.mark.parametrize(
    ("password", "about"),
    [
        ("lovelace.1815", ["lovelace.1815"]),
        ("ADA.Lovelace99", ["ada.lovelace"]),
        ("ecalevol.ada!", ["ada.lovelace"]),
        ("José-María-12", ["jm", "Jose Maria"]),
        ("countess@1815", ["ada", "Ada", "countess@example.org"]),
    ],
)
def test_a_password_like_its_owner_is_refused(password, about):
    with pytest.raises(WeakPassword):
        check_strength(password, about)


def test_a_name_inside_a_long_password_does_no_harm():
    check_strength("ada walked 31 dogs home", ["ada"])


def test_the_list_holds_some_thousand_passwords():
    assert len(common_passwords()) > 3_000


def test_a_huge_password_is_judged_quickly():
    check_strength("".join(chr(33 + (i * i) % 90) for i in range(256)), ["ada"])
