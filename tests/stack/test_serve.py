import socket
import threading

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
