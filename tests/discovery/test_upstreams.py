"""What Nginx reads of who is up."""

from discovery.balancer.upstreams import upstream, wanted
from plumbing.registry import Instance, Port


def instance(number: int, status: str = "UP") -> Instance:
    return Instance(f"here:gateway:{number}", "GATEWAY", "127.0.0.1", Port(8000 + number), status)


def test_a_single_instance_is_all_there_is():
    assert upstream([instance(1)]) == "server 127.0.0.1:8001 max_fails=0;\n"


def test_of_several_one_that_fails_is_passed_over():
    lines = upstream([instance(1), instance(2)]).splitlines()
    assert lines == [
        "server 127.0.0.1:8001 max_fails=1 fail_timeout=2s;",
        "server 127.0.0.1:8002 max_fails=1 fail_timeout=2s;",
    ]


def test_where_nobody_is_up_the_list_stays():
    assert wanted("server 127.0.0.1:8001 max_fails=0;\n", []) == "server 127.0.0.1:8001 max_fails=0;\n"
