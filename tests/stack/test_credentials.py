import json
from pathlib import Path

import jwt
import pytest

from stack.credentials import KEY_FOLDERS, USER_ISSUER, Passwords, keys_folder, make_keys
from stack.rundir import RunDir


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_password_is_made_once_and_kept(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    first = Passwords(run).get("x")
    assert Passwords(run).get("x") == first
    assert Passwords(run).get("y") != first


def test_making_keys_again_changes_nothing(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    make_keys(run)
    before = snapshot(tmp_path)
    make_keys(run)
    assert snapshot(tmp_path) == before


def test_only_the_owner_reads_secrets(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    make_keys(run)
    Passwords(run).get("x")
    open_to_others = [path for path in run.secrets.rglob("*") if path.stat().st_mode & 0o077 and path.suffix != ".lock"]
    assert open_to_others == []


@pytest.mark.parametrize(("folder", "issuer"), KEY_FOLDERS.items())
def test_what_a_folder_signs_is_verified_by_the_public_set(tmp_path: Path, folder: str, issuer: str) -> None:
    run = RunDir(tmp_path)
    make_keys(run)
    (pem,) = (keys_folder(run) / folder).glob("*.pem")
    token = jwt.encode({"iss": issuer}, pem.read_bytes(), algorithm="EdDSA")
    public = json.loads((keys_folder(run) / "jwks.json").read_text())["keys"]
    (key,) = (each for each in public if each["kid"] == pem.stem)
    assert key["iss"] == issuer
    assert jwt.decode(token, jwt.PyJWK(key), algorithms=["EdDSA"]) == {"iss": issuer}


def test_a_key_that_the_auth_service_published_is_kept(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    make_keys(run)
    path = keys_folder(run) / "jwks.json"
    public = json.loads(path.read_text())["keys"]
    public.append({**public[0], "kid": "old", "iss": USER_ISSUER})
    path.write_text(json.dumps({"keys": public}))
    make_keys(run)
    assert json.loads(path.read_text())["keys"] == public
