"""Our own rules: of what is committed, and of what each overlay comes to."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from manifests import (
    DEPLOY,
    OVERLAYS,
    WORKLOADS,
    committed,
    containers,
    name_of,
    of_kind,
    pod_of,
    rendered,
)

from deploy import programs
from stack import topology

if TYPE_CHECKING:
    from manifests import Object

Objects = tuple[dict[str, Any], ...]
# Those that the operators make pods of, by the labels that they put on them.
_OPERATED = {
    "RabbitmqCluster": lambda name: {"app.kubernetes.io/name": name, "app.kubernetes.io/component": "rabbitmq"},
    "Cluster": lambda name: {"cnpg.io/cluster": name},
}
# Namespaces that are not ours: of the cluster itself, of the operators, and of whoever watches.
_NEIGHBOURS = [
    {"kubernetes.io/metadata.name": "kube-system"},
    {"kubernetes.io/metadata.name": "keda"},
    {"kubernetes.io/metadata.name": "rabbitmq-system"},
    {"kubernetes.io/metadata.name": "cnpg-system"},
    {"charla.watches": "true"},
]


def test_every_container_is_bound(objects: Objects) -> None:
    for where, pod, each in containers(objects):
        assert {"cpu", "memory"} <= set(each["resources"]["limits"]), where
        assert {"cpu", "memory"} <= set(each["resources"]["requests"]), where
        mine, around = each["securityContext"], pod["securityContext"]
        assert mine["readOnlyRootFilesystem"] is True, where
        assert mine["allowPrivilegeEscalation"] is False, where
        assert mine["capabilities"] == {"drop": ["ALL"]}, where
        assert around["runAsNonRoot"] is True and around["runAsUser"] > 0, where
        assert around["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert pod["automountServiceAccountToken"] is False, where
        assert pod["enableServiceLinks"] is False, where
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), where


def test_whatever_is_kept_running_is_asked_how_it_is(objects: Objects) -> None:
    for thing in of_kind(objects, "Deployment", "StatefulSet"):
        for each in pod_of(thing)["spec"]["containers"]:
            ports = {port["name"] for port in each["ports"]}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                asked = each[probe].get("httpGet") or each[probe]["tcpSocket"]
                assert asked["port"] in ports, f"{name_of(thing)}: {probe}"


def test_whatever_may_be_several_has_a_budget(objects: Objects) -> None:
    budgets = [each["spec"]["selector"]["matchLabels"] for each in of_kind(objects, "PodDisruptionBudget")]
    most = _most(objects)
    for thing in of_kind(objects, "Deployment", "StatefulSet"):
        labels = pod_of(thing)["metadata"]["labels"]
        covering = [each for each in budgets if each.items() <= labels.items()]
        assert len(covering) == 1 or most[thing["metadata"]["name"]] == 1, name_of(thing)


def _most(objects: Objects) -> dict[str, int]:
    """Returns how many there may be of each workload."""
    found = {
        each["metadata"]["name"]: each["spec"].get("replicas", 1)
        for each in of_kind(objects, "Deployment", "StatefulSet")
    }
    for each in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject"):
        spec = each["spec"]
        found[spec["scaleTargetRef"]["name"]] = spec.get("maxReplicas") or spec["maxReplicaCount"]
    return found


def test_selectors_meet_their_pods(objects: Objects) -> None:
    for thing in of_kind(objects, "Deployment", "StatefulSet"):
        assert thing["spec"]["selector"]["matchLabels"].items() <= pod_of(thing)["metadata"]["labels"].items()
    for thing in of_kind(objects, "PodDisruptionBudget"):
        assert _met(thing["spec"]["selector"], _pods(objects)), name_of(thing)


def test_services_lead_to_a_port_of_their_pods(objects: Objects) -> None:
    for thing in of_kind(objects, "Service"):
        if thing["spec"].get("type") == "ExternalName":
            continue
        behind = [
            each
            for each in of_kind(objects, "Deployment", "StatefulSet")
            if thing["spec"]["selector"].items() <= pod_of(each)["metadata"]["labels"].items()
        ]
        assert len(behind) == 1, name_of(thing)
        named = {port["name"] for each in pod_of(behind[0])["spec"]["containers"] for port in each["ports"]}
        assert {port["targetPort"] for port in thing["spec"]["ports"]} <= named, name_of(thing)


def test_what_scales_exists_and_is_scaled_once(objects: Objects) -> None:
    scalers = of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject")
    targets = [each["spec"]["scaleTargetRef"]["name"] for each in scalers]
    deployments = {each["metadata"]["name"]: each for each in of_kind(objects, "Deployment")}
    assert set(targets) <= set(deployments)
    assert len(targets) == len(set(targets))
    for each in targets:
        assert "replicas" not in deployments[each]["spec"], f"{each}: two would decide how many there are"


def test_the_queues_that_scale_a_worker_exist() -> None:
    mine = _queues_by_program()
    for each in of_kind(committed(), "ScaledObject"):
        name = each["spec"]["scaleTargetRef"]["name"]
        pattern = next(one["metadata"]["queueName"] for one in each["spec"]["triggers"] if one["type"] == "rabbitmq")
        met = {queue for queue in mine[name] if re.search(pattern, queue)}
        assert met, name
        assert not any(part in queue for queue in met for part in (".retry.", ".dead")), name
        others = {queue for other, queues in mine.items() if other != name for queue in queues}
        assert not [queue for queue in others if re.search(pattern, queue)], name


_TELL_QUEUES = """
import json, sys
from plumbing import deploy
from stack import topology
found = {each.name.replace("_", "-"): [queue.name for queue in deploy.queues_of(each)]
         for service in topology.SERVICES for each in deploy.service_classes(service)}
json.dump(found, sys.stdout)
"""


def _queues_by_program() -> dict[str, list[str]]:
    """Returns the queues of each program; in a process of its own, since it loads every service."""
    done = subprocess.run([sys.executable, "-c", _TELL_QUEUES], cwd=DEPLOY.parent, capture_output=True, check=True)  # noqa: S603
    return json.loads(done.stdout) | {"media-celery": ["media.quick"], "media-celery-long": ["media.long"]}


def test_policies_are_about_somebody(objects: Objects) -> None:
    pods = _pods(objects)
    for thing in of_kind(objects, "NetworkPolicy"):
        spec = thing["spec"]
        assert _met(spec["podSelector"], pods), name_of(thing)
        rules = [*spec.get("ingress", []), *spec.get("egress", [])]
        for peer in (peer for rule in rules for peer in (*rule.get("from", []), *rule.get("to", []))):
            if "podSelector" in peer:
                assert _met(peer["podSelector"], pods), f"{name_of(thing)}: {peer}"
            if "namespaceSelector" in peer:
                assert peer["namespaceSelector"]["matchLabels"] in _NEIGHBOURS, f"{name_of(thing)}: {peer}"


def test_nobody_is_reached_unless_a_policy_says_so(objects: Objects) -> None:
    nobody = [each for each in of_kind(objects, "NetworkPolicy") if each["spec"]["podSelector"] == {}]
    both = [each for each in nobody if set(each["spec"]["policyTypes"]) == {"Ingress", "Egress"}]
    assert [each["metadata"]["name"] for each in both] == ["nobody"]
    assert "ingress" not in both[0]["spec"] and "egress" not in both[0]["spec"]


def test_only_who_needs_the_internet_reaches_it(objects: Objects) -> None:
    for thing in of_kind(objects, "Deployment"):
        outside = pod_of(thing)["metadata"]["labels"].get("charla.outside") == "true"
        program = next((each for each in topology.PROGRAMS if each.name == thing["metadata"]["name"]), None)
        assert outside == (program is not None and programs.speaks_outside(program)), name_of(thing)
    world = next(each for each in of_kind(objects, "NetworkPolicy") if each["metadata"]["name"] == "outside")
    block = world["spec"]["egress"][0]["to"][0]["ipBlock"]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"} <= set(block["except"])


def test_a_database_lets_its_own_service_in_alone() -> None:
    for thing in of_kind(rendered("large"), "NetworkPolicy"):
        name = thing["metadata"]["name"]
        if not name.startswith("postgres-"):
            continue
        service = name.removeprefix("postgres-")
        (rule,) = thing["spec"]["ingress"]
        assert rule["from"] == [{"podSelector": {"matchLabels": {"charla.database": service}}}]


def _pods(objects: Objects) -> list[dict[str, str]]:
    found = [pod_of(each)["metadata"]["labels"] for each in of_kind(objects, *WORKLOADS)]
    for each in of_kind(objects, *_OPERATED):
        found.append(_OPERATED[each["kind"]](each["metadata"]["name"]))
    return found


def _met(selector: Object, pods: list[dict[str, str]]) -> bool:
    return any(_selects(selector, each) for each in pods)


def _selects(selector: Object, labels: dict[str, str]) -> bool:
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    expressions = selector.get("matchExpressions", [])
    assert all(each["operator"] == "Exists" for each in expressions), "only this is understood here"
    return all(each["key"] in labels for each in expressions)


def test_what_is_mounted_is_there(objects: Objects) -> None:
    claims = {each["metadata"]["name"] for each in of_kind(objects, "PersistentVolumeClaim")}
    settings = {each["metadata"]["name"] for each in of_kind(objects, "ConfigMap")}
    for thing in of_kind(objects, *WORKLOADS):
        pod = pod_of(thing)["spec"]
        volumes = {each["name"]: each for each in pod.get("volumes", [])}
        volumes |= {each["metadata"]["name"]: {} for each in thing["spec"].get("volumeClaimTemplates", [])}
        for each in (*pod.get("initContainers", []), *pod["containers"]):
            assert {mount["name"] for mount in each.get("volumeMounts", [])} <= set(volumes), name_of(thing)
            assert {one["configMapRef"]["name"] for one in each.get("envFrom", [])} <= settings, name_of(thing)
        for each in volumes.values():
            assert each.get("persistentVolumeClaim", {}).get("claimName", "media") in claims, name_of(thing)
            assert each.get("configMap", {}).get("name", "settings") in settings, name_of(thing)


def test_variables_refer_to_what_was_said_before(objects: Objects) -> None:
    settings = next(each for each in of_kind(objects, "ConfigMap") if each["metadata"]["name"] == "settings")["data"]
    for where, _pod, each in containers(objects):
        said: set[str] = set()
        for variable in each.get("env", []):
            used = set(re.findall(r"\$\(([A-Z_]+)\)", variable.get("value", "")))
            assert used <= said, f"{where}: {variable['name']}"
            source = variable.get("valueFrom", {})
            if "configMapKeyRef" in source:
                assert source["configMapKeyRef"]["key"] in settings, where
            said.add(variable["name"])


def test_every_object_has_its_place_in_a_roll_out(objects: Objects) -> None:
    for each in objects:
        assert each["metadata"]["labels"]["charla.step"] in {"stores", "migrate", "run"}, name_of(each)


def test_no_secret_is_committed() -> None:
    for path in DEPLOY.rglob("*.yaml"):
        for each in yaml.safe_load_all(path.read_text()):
            assert not (isinstance(each, dict) and each.get("kind") == "Secret"), path
    secret = re.compile(r"(password|secret|token|key)", re.IGNORECASE)
    for where, _pod, each in containers(committed()):
        for variable in each.get("env", []):
            if secret.search(variable["name"]):
                assert set(variable["valueFrom"]) == {"secretKeyRef"}, f"{where}: {variable['name']}"


def test_images_have_a_version(overlay: str) -> None:
    for where, _pod, each in containers(rendered(overlay)):
        name, _, tag = each["image"].rpartition(":")
        assert name.startswith("charla/") and re.fullmatch(r"\d+\.\d+\.\d+", tag), f"{where}: {each['image']}"


def test_the_version_of_every_image_is_set_by_kustomize() -> None:
    used = {each["image"] for _where, _pod, each in containers(committed())}
    for overlay in OVERLAYS:
        said = yaml.safe_load((DEPLOY / "overlays" / overlay / "kustomization.yaml").read_text())["images"]
        assert all(each["newTag"] != "latest" for each in said)
        if overlay != "trial":
            assert {each["name"] for each in said} == used - {"charla/payments-sandbox"}


def test_every_image_is_a_target_of_the_dockerfile() -> None:
    dockerfile = DEPLOY.parent / "compose" / "Dockerfile"
    if not dockerfile.exists():
        pytest.skip("compose/Dockerfile is not there")
    targets = set(re.findall(r"^FROM \S+ AS (\S+)", dockerfile.read_text(), re.MULTILINE))
    used = {each["image"].removeprefix("charla/") for _where, _pod, each in containers(committed())}
    assert used <= targets


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_but_what_has_no_namespace_is_in_ours(overlay: str) -> None:
    for each in rendered(overlay):
        if each["kind"] not in {"Namespace", "PriorityClass"}:
            assert each["metadata"]["namespace"] == "charla", name_of(each)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_programs_know_of_how_many_brokers_and_caches_there_are(overlay: str) -> None:
    everything = rendered(overlay)
    said = next(each for each in of_kind(everything, "ConfigMap") if each["metadata"]["name"] == "settings")["data"]
    (broker,) = of_kind(everything, "RabbitmqCluster")
    assert int(said["AMQP_QUORUM_SIZE"]) == (broker["spec"]["replicas"] if broker["spec"]["replicas"] > 1 else 0)
    (cache,) = of_kind(everything, "StatefulSet")
    nodes = cache["spec"]["replicas"]
    assert said["REDIS_SCHEME"] == ("redis+cluster" if nodes > 1 else "redis")
    assert len(said["REDIS_ADDRESS"].split(",")) == nodes
