import socket
import threading

import pytest

from stack import serve


def test_a_service_waits_until_its_broker_listens() -> None:
    with socket.socket() as broker:
        broker.bind(("127.0.0.1", 0))
        address = f"amqp://user:secret@127.0.0.1:{broker.getsockname()[1]}/charla"
        waiting = threading.Thread(target=serve.await_stores, args=({"AMQP_URI": address},), daemon=True)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        broker.listen()
        waiting.join(5)
        assert not waiting.is_alive()


@pytest.mark.parametrize(
    "url",
    [
        "amqp://user:secret@one:1/charla;amqp://user:secret@two:2/charla",
        "redis+cluster://user:secret@one:1,two:2/0",
        "postgresql+psycopg2://user:secret@/auth?host=one:1&host=two:2&target_session_attrs=read-write",
    ],
)
def test_all_places_of_an_address_are_found(url: str) -> None:
    assert list(serve.places(url)) == [("one", 1), ("two", 2)]
