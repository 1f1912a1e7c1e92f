"""The store keeps what shall outlive the process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from charla_sdk import StoreInUse
from charla_sdk.store import Store


def test_what_was_added_is_there_after_the_process(tmp_path: Path) -> None:
    async def add() -> None:
        store = Store(tmp_path / "x.db")
        await store.open()
        for number in range(3):
            await store.add("conv", {"client_msg_id": f"id{number}", "text": "ñ"})
        await store.add("conv", {"client_msg_id": "id0", "text": "another"})
        await store.refuse("id1", {"code": "invalid_field"})
        await store.remove("id2")
        await store.set_head("conv:a", 3)
        await store.set_head("conv:b", 4)
        await store.set_head("conv:a", None)
        await store.close()

    async def look() -> None:
        store = Store(tmp_path / "x.db")
        await store.open()
        first = await store.first_waiting("conv")
        assert first is not None
        assert first.body == {"client_msg_id": "id0", "text": "ñ"}
        assert [(each.client_msg_id, each.problem) for each in await store.entries()] == [
            ("id0", None),
            ("id1", {"code": "invalid_field"}),
        ]
        assert await store.heads() == {"conv:b": 4}
        await store.close()

    asyncio.run(add())
    asyncio.run(look())


def test_a_file_is_open_once(tmp_path: Path) -> None:
    async def act() -> None:
        first, second = Store(tmp_path / "x.db"), Store(tmp_path / "x.db")
        await first.open()
        with pytest.raises(StoreInUse):
            await second.open()
        await first.close()
        await second.open()
        await second.close()

    asyncio.run(act())
