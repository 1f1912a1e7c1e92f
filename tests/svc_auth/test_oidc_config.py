"""What an operator may configure, and what is refused before anybody signs in with it."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager

import pytest

from contracts.base import Invalid
from svc_auth import checks
from svc_auth.oidc import config
from svc_auth.oidc.config import Misconfigured
from svc_auth.oidc.relying_party import relying_parties
from tests.svc_auth.conftest import forget_caches

GOOD = {"id": "school", "name": "School", "issuer": "https://id.example.org/realms/school", "client_id": "charla"}


@contextmanager
def set_to(**values):
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    forget_caches()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        forget_caches()


def providers_of(*described):
    with set_to(OIDC_PROVIDERS=json.dumps(described)):
        return relying_parties() and config.providers()


def test_nothing_configured_means_no_provider():
    with set_to(OIDC_PROVIDERS=""):
        assert config.providers() == {}


def test_providers_are_read_from_the_environment_or_from_a_file(tmp_path):
    path = tmp_path / "providers.json"
    path.write_text(json.dumps([GOOD]))
    with set_to(OIDC_PROVIDERS=str(path)):
        assert list(config.providers()) == ["school"]
    assert providers_of(GOOD)["school"].algorithms == ("RS256", "ES256", "EdDSA")


def test_a_secret_may_stand_in_a_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text("of the file\n")
    assert providers_of({**GOOD, "client_secret_file": str(path)})["school"].secret() == "of the file"


def test_a_secret_is_not_in_what_is_logged():
    assert "hush" not in repr(providers_of({**GOOD, "client_secret": "hush"})["school"])


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://id.example.org"},
        {"issuer": "http://localhost.example.org"},
        {"issuer": "https://id.example.org/?a=b"},
        {"issuer": "https://id.example.org/#x"},
        {"issuer": "https://user@id.example.org"},
        {"issuer": "https://"},
        {"issuer": "ftp://id.example.org"},
        {"issuer": "https://id.example.org:x"},
        {"algorithms": ["none"]},
        {"algorithms": ["RS256", "HS256"]},
        {"algorithms": []},
        {"scopes": ["profile"]},
        {"scopes": ["openid profile"]},
        {"id": "Sch ool"},
        {"id": ""},
        {"client_id": ""},
        {"client_id": "a\nb"},
        {"name": ""},
        {"client_secret": "x", "client_secret_file": "/etc/hostname"},
        {"client_secret_file": "/nowhere/at/all"},
        {"surprise": 1},
        {"sign_up": "yes"},
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start(change):
    with pytest.raises(Misconfigured):
        providers_of({**GOOD, **change})


@pytest.mark.parametrize("text", ["{", "{}", "[5]", '["x"]', "/nowhere/at/all", "null"])
def test_what_is_no_list_of_providers_is_refused_at_the_start(text):
    with set_to(OIDC_PROVIDERS=text), pytest.raises(Misconfigured):
        relying_parties()


def test_two_providers_of_one_id_are_refused():
    with pytest.raises(Misconfigured):
        providers_of(GOOD, {**GOOD, "name": "Other"})


@pytest.mark.parametrize(
    "url", ["charla:/done", "javascript:alert(1)", "http://example.org/done", "https://user@app.example/",
            "org.x:/a?b=c", "org.x:/a#b", "http://localhost/done", "data:text/html,x", "org.x:/" + "x" * 300],
)  # fmt: skip
def test_an_app_redirect_that_could_not_take_it_is_refused_at_the_start(url):
    with set_to(OIDC_APP_REDIRECTS=url), pytest.raises(Misconfigured):
        relying_parties()


ALLOWED = "org.example.charla:/signed-in,https://app.example.org/signed-in,http://127.0.0.1/done,http://[::1]/done"


@pytest.mark.parametrize(
    "url",
    [*ALLOWED.split(","), "http://127.0.0.1:49152/done", "http://[::1]:49152/done"],
)
def test_an_app_is_answered_at_its_own_address(url):
    with set_to(OIDC_APP_REDIRECTS=ALLOWED):
        assert checks.app_redirect(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://app.example.org/signed-in/..",
        "https://app.example.org:444/signed-in",
        "https://app.example.org.evil.example/signed-in",
        "https://evil.example@app.example.org/signed-in",
        "https://app.example.org/signed-in?next=https://evil.example",
        "https://app.example.org/signed-in#x",
        "HTTPS://app.example.org/signed-in",
        "//app.example.org/signed-in",
        "http://app.example.org/signed-in",
        "org.example.charla:/other",
        "org.example.evil:/signed-in",
        "javascript:alert(1)",
        "http://127.0.0.1:49152/other",
        "http://127.0.0.1:49152/done?x=1",
        "http://127.0.0.1:49152/done?",
        "http://127.0.0.1:49152/done#",
        "http://127.0.0.1:99999/done",
        "http://127.0.0.1:x/done",
        "http://127.0.0.1@evil.example/done",
        "http://evil.example:49152@127.0.0.1/done",
        "http://127.0.0.2:49152/done",
        "http://localhost:49152/done",
        "https://127.0.0.1:49152/done",
        "http://127.0.0.1:49152/done\r\nSet-Cookie: a=b",
        "http://127.0.0.1:49152/done\\@evil.example",
        "",
        5,
        ["https://app.example.org/signed-in"],
    ],
)
def test_nobody_is_sent_anywhere_else(url):
    with set_to(OIDC_APP_REDIRECTS=ALLOWED), pytest.raises(Invalid) as refused:
        checks.app_redirect(url)
    assert refused.value.code == "invalid_app_redirect"


def test_without_configured_apps_none_is_answered():
    with set_to(OIDC_APP_REDIRECTS=""), pytest.raises(Invalid):
        checks.app_redirect("http://127.0.0.1:49152/done")
