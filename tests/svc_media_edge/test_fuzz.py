"""Uploads take what no honest client sends: every answer is the client's mistake or none, and what was stored stays."""

from __future__ import annotations

import string
from collections.abc import Iterator

import psutil
import pytest
from edge_client import OFFSET_STREAM, Client, pairs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stack.running import RunningStack

CONTENT = b"0123456789" * 20
_CALM = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
#: What an HTTP client library lets through in a header.
_printable = st.text(string.ascii_letters + string.digits + string.punctuation + " ", max_size=40).map(str.strip)
_numbers = st.one_of(
    st.integers(-(1 << 70), 1 << 70).map(str),
    st.sampled_from(["0", "5", "200", "1e3", "0x10", "+5", "5 ", "", "5,5", "NaN"]),
)
_metadata = st.one_of(
    _printable,
    st.sampled_from(
        [
            "filename",
            "filename =",
            "filename a",
            "filename YQ==,filename YQ==",
            ",",
            "filename  YQ==",
            pairs(purpose="x"),
        ]
    ),
    st.dictionaries(st.sampled_from(["filename", "purpose", "filetype", "x"]), st.text(max_size=30), max_size=3).map(
        lambda found: pairs(**{name: value.encode(errors="ignore").decode() for name, value in found.items()})
    ),
)
_headers = {
    "Tus_Resumable": st.sampled_from(["1.0.0", "1.0.0", "1.0.0", "0.2.2", "", "2"]),
    "Upload_Length": _numbers,
    "Upload_Offset": _numbers,
    "Upload_Defer_Length": st.sampled_from(["1", "0", "x"]),
    "Upload_Concat": st.sampled_from(["partial", "final;", "final;/uploads/x", "final;/uploads/a /uploads/b", "both"]),
    "Upload_Metadata": _metadata,
    "Upload_Checksum": st.one_of(
        _printable, st.sampled_from(["sha256", "sha256 x", "md5 YQ==", "crc99 YQ==", "sha1 !!"])
    ),
    "X_HTTP_Method_Override": st.sampled_from(["PATCH", "DELETE", "TRACE", "get"]),
    "Content_Type": st.sampled_from([OFFSET_STREAM, "text/plain", "application/json; charset=klingon", ""]),
    "Range": st.sampled_from(
        ["bytes=0-", "bytes=5-2", "bytes=-0", "bytes=0-1,3-4", "lines=1-2", "bytes=" + "9" * 40 + "-"]
    ),
}
_some_headers = st.fixed_dictionaries({}, optional=_headers)


@pytest.fixture(scope="module", autouse=True)
def nobody_falls(stack: RunningStack) -> Iterator[None]:
    """The edge's processes are the same ones afterwards."""
    before = _processes(stack)
    yield
    assert _processes(stack) == before


def _processes(stack: RunningStack) -> dict[int, float]:
    master = psutil.Process(stack.pid("media-edge"))
    return {each.pid: each.create_time() for each in (master, *master.children())}


@settings(_CALM, max_examples=40)
@given(
    st.sampled_from(["POST", "PATCH", "HEAD", "DELETE", "OPTIONS", "GET", "PUT"]),
    st.one_of(
        st.sampled_from(["/uploads", "/uploads/", "/uploads/x", "/uploads/" + "a" * 300, "/media/x", "/media/%00"])
    ),
    _some_headers,
    st.binary(max_size=300),
)
def test_no_upload_request_is_our_mistake(
    ana: Client, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    assert ana.ask(method, path, body or None, **headers).status < 500


@settings(_CALM, max_examples=12)
@given(data=st.data())
def test_an_upload_survives_whatever_is_sent_to_it(ana: Client, data: st.DataObject) -> None:
    path = ana.begin(len(CONTENT))
    assert ana.patch(path, 0, CONTENT[:50]).offset == 50
    headers = data.draw(_some_headers) | {
        "Upload_Offset": data.draw(_numbers.filter(lambda text: text.strip() != "50"))
    }
    assert 400 <= ana.ask("PATCH", path, data.draw(st.binary(max_size=100)) or None, **headers).status < 500
    assert ana.head(path).offset == 50
    assert ana.patch(path, 50, CONTENT[50:]).offset == len(CONTENT)
