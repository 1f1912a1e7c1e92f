from stack import topology
from stack.topology import CLIENTS, INFRASTRUCTURE, PORTS, PROGRAMS, SERVICES


def test_names_are_unique() -> None:
    names = [*INFRASTRUCTURE, *(each.name for each in PROGRAMS)]
    assert len(set(names)) == len(names)
    assert len(set(PORTS.values())) == len(PORTS)


def test_every_process_belongs_to_somebody_who_can_sign_in() -> None:
    assert {each.service for each in PROGRAMS} <= {*SERVICES, *CLIENTS}


def test_every_process_has_a_port_for_its_health() -> None:
    assert {f"{each.name}-health" for each in PROGRAMS} == {name for name in PORTS if name.endswith("-health")}


def test_every_service_has_a_process_of_its_own_name() -> None:
    for service in SERVICES:
        assert topology.program(service).service == service
