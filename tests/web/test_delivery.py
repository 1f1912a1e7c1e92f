"""What Nginx sends of the client: strictly fenced, and small."""

from __future__ import annotations

import re

import pytest
import requests

#: What the scripts of a first visit may weigh, compressed.
SCRIPT_BUDGET_BYTES = 250_000
#: Compressing these gains nothing.
SMALL_BYTES = 1024

both_languages = pytest.mark.parametrize("language", ["es", "en"])


def page_of(url: str, language: str) -> requests.Response:
    answer = requests.get(f"{url}/{language}/sign-in", timeout=10)
    assert answer.status_code == 200, answer.text
    return answer


@both_languages
def test_no_script_or_style_stands_in_the_page(url: str, language: str) -> None:
    page = page_of(url, language).text
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page) == []


@both_languages
def test_the_policy_lets_only_our_own_scripts_run(url: str, language: str) -> None:
    policy = page_of(url, language).headers["Content-Security-Policy"]
    rules = {name: values for name, *values in (rule.split() for rule in policy.split(";"))}
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == rules["style-src"] == ["'self'"]
    assert rules["require-trusted-types-for"] == ["'script'"]
    assert rules["frame-ancestors"] == ["'none'"]
    assert not re.search(r"unsafe|\*|nonce", policy), policy


@both_languages
def test_the_scripts_of_a_first_visit_are_small(url: str, language: str, figures: list[str]) -> None:
    page = page_of(url, language).text
    names = re.findall(r'(?:src|href)="([^"]+\.js)"', page)
    assert names, "the page loads no script"
    bytes_sent = sum(len(sent(f"{url}{name}")) for name in names)
    figures.append(
        f"{language}: a first visit loads {bytes_sent / 1000:.1f} kB of scripts in {len(names)} files, as sent"
    )
    assert bytes_sent <= SCRIPT_BUDGET_BYTES


def sent(address: str) -> bytes:
    """Return a file as it travels: compressed."""
    answer = requests.get(address, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=10)
    assert answer.status_code == 200, address
    kept = "max-age=86400" if address.endswith("/early.js") else "immutable"
    assert kept in answer.headers["Cache-Control"]
    body: bytes = answer.raw.read(decode_content=False)
    assert answer.headers.get("Content-Encoding") == "gzip" or len(body) < SMALL_BYTES, address
    return body


@pytest.mark.parametrize(
    ("prefers", "cookie", "language"),
    [
        ("en-GB,en;q=0.9", "", "en"),
        ("es-AR,es;q=0.9,en;q=0.8", "", "es"),
        ("fr-FR,fr;q=0.9", "", "es"),
        ("", "", "es"),
        ("es-ES", "en", "en"),
    ],
)
def test_the_first_address_leads_to_the_language_of_the_browser(
    url: str, prefers: str, cookie: str, language: str
) -> None:
    headers = {"Accept-Language": prefers} | ({"Cookie": f"__Host-charla_lang={cookie}"} if cookie else {})
    answer = requests.get(f"{url}/c/x?message=y", headers=headers, allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (307, f"/{language}/c/x?message=y")
