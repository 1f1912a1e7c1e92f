"""What Nginx says around the web client, on the running stack."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

URL = os.environ.get("CHARLA_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="no stack is running")


@pytest.fixture(scope="module")
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(base_url=URL) as client:
        yield client


def page(browser: httpx.Client, path: str = "/es/") -> httpx.Response:
    return browser.get(path)


@pytest.mark.parametrize(
    ("preferred", "chosen", "language"),
    [
        ("", "", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "", "es"),
        ("en-GB,en;q=0.9,es;q=0.8", "", "en"),
        ("en", "", "en"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "", "en"),
        ("fr-FR,fr;q=0.9", "", "es"),
        ("en-GB,en", "es", "es"),
        ("es", "en", "en"),
        ("es", "nonsense", "es"),
    ],
)
def test_an_address_without_a_language_gets_one(
    browser: httpx.Client, preferred: str, chosen: str, language: str
) -> None:
    headers = {"Accept-Language": preferred, "Cookie": f"__Host-charla_refresh=x; __Host-charla_lang={chosen}; other=1"}
    answer = browser.get("/c/1?message=2", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (307, f"/{language}/c/1?message=2")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_place_of_the_client_is_its_page(browser: httpx.Client, language: str) -> None:
    for path in (f"/{language}/", f"/{language}/c/0190", f"/{language}/settings/devices"):
        answer = page(browser, path)
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.text
        assert "<base" not in answer.text
        # So each address in it is whole, however deep the page's own is.
        assert set(re.findall(r' (?:src|href)="(/[^/"]*/|[^"]*)', answer.text)) == {f"/{language}/"}
        assert answer.headers["Cache-Control"] == "no-cache"


def test_a_missing_file_is_not_the_page(browser: httpx.Client) -> None:
    assert page(browser, "/es/chunk-AAAAAAAA.js").status_code == 404


def test_what_has_its_hash_in_its_name_is_kept_for_a_year_and_sent_compressed(browser: httpx.Client) -> None:
    names = re.findall(r'(?:src|href)="([^"]+-[A-Z0-9]{8}\.(?:js|css))"', page(browser).text)
    assert len(names) > 2
    for name in names:
        answer = page(browser, name)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert page(browser, max(names, key=len)).headers["X-Content-Type-Options"] == "nosniff"
    scripts = [browser.get(name, headers={"Accept-Encoding": "gzip"}) for name in names]
    assert any(each.headers.get("Content-Encoding") == "gzip" for each in scripts)


@pytest.mark.parametrize("name", ["sw.js", "ngsw.json", "icons.svg", "manifest.webmanifest"])
def test_what_has_none_is_asked_for_again(browser: httpx.Client, name: str) -> None:
    answer = page(browser, f"/es/{name}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_page_runs_no_script_but_its_own_and_makes_no_markup(browser: httpx.Client) -> None:
    answer = page(browser)
    policy = dict(each.strip().partition(" ")[::2] for each in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert "frame-src" not in policy
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=", answer.text)


def test_the_policy_names_the_origin_of_media(browser: httpx.Client) -> None:
    media = browser.get("/v1/installation").json()["media_url"]
    policy = page(browser).headers["Content-Security-Policy"]
    for directive in ("connect-src", "img-src", "media-src"):
        assert media in re.search(f"{directive} ([^;]+)", policy)[1].split()  # type: ignore[index]


def test_pages_of_the_other_name_of_this_machine_may_upload_too(browser: httpx.Client) -> None:
    media = browser.get("/v1/installation").json()["media_url"]
    for origin in (URL, URL.replace("127.0.0.1", "localhost")):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = httpx.options(f"{media}/uploads", headers=headers)
        assert answer.headers.get("Access-Control-Allow-Origin") == origin


def test_the_api_stays_the_gateways(browser: httpx.Client) -> None:
    for path in ("/v1/openapi.json", "/.well-known/jwks.json", "/healthz", "/readyz"):
        assert browser.get(path).headers["Content-Type"].startswith("application/json"), path
    assert browser.get("/v1/nothing").json()["code"] == "unknown_path"
    policy = browser.get("/v1/docs").headers.get_list("Content-Security-Policy")
    assert len(policy) == 1


def test_each_manifest_is_in_its_language(browser: httpx.Client) -> None:
    for language in ("en", "es"):
        manifest = page(browser, f"/{language}/manifest.webmanifest").json()
        assert manifest["lang"] == language
        for icon in manifest["icons"]:
            assert page(browser, f"/{language}/{icon['src']}").status_code == 200


def test_every_icon_that_the_client_names_is_in_its_sprite() -> None:
    home = Path(__file__).resolve().parents[2] / "web"
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (home / "public" / "icons.svg").read_text()))
    named: set[str] = set()
    for path in (home / "src" / "app").rglob("*"):
        if path.suffix in {".ts", ".html"} and not path.name.endswith(".spec.ts"):
            found = re.findall(r'<app-icon name="([^"]+)"|\bicon="([^"{]+)"', path.read_text())
            named |= {one or two for one, two in found}
    assert len(named) > 10
    assert named <= sprite, named - sprite
