"""The checker of uploads finds each that was acknowledged and is not whole."""

from __future__ import annotations

import pytest

from drill.promises.uploads import StoredUpload, UploadHistory, check_uploads

WHOLE = StoredUpload("ready", "abc")


def rules(stored: dict[str, StoredUpload], *forgotten: str) -> set[str]:
    return {finding.rule for finding in check_uploads(UploadHistory({"m1": "abc"}, list(forgotten)), stored)}


def test_a_whole_upload_is_not_blamed_nor_one_that_nobody_acknowledged() -> None:
    assert rules({"m1": WHOLE, "m2": StoredUpload("uploading", None)}) == set()


@pytest.mark.parametrize(
    ("stored", "rule"),
    [
        ({}, "upload_lost"),
        ({"m1": StoredUpload("processing", None)}, "upload_unready"),
        ({"m1": StoredUpload("failed", None)}, "upload_unready"),
        ({"m1": StoredUpload("ready", "abd")}, "upload_differs"),
        ({"m1": StoredUpload("ready", None)}, "upload_differs"),
    ],
)
def test_an_upload_that_is_not_whole_is_found(stored: dict[str, StoredUpload], rule: str) -> None:
    assert rules(stored) == {rule}


def test_a_begun_upload_that_nobody_knows_is_found() -> None:
    assert rules({"m1": WHOLE}, "m3") == {"upload_forgotten"}
