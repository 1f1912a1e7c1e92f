"""Deployments, Services, budgets, Jobs: made of `pods.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deploy import environment, pods, programs
from stack import topology

if TYPE_CHECKING:
    from deploy.programs import Batch
    from stack.topology import Program

Object = dict[str, Any]
# Which part of a roll-out an object belongs to (`roll-out.sh`).
RUN, MIGRATE = "run", "migrate"


def _metadata(name: str, step: str = RUN) -> Object:
    return {"name": name, "labels": {"charla.step": step}}


def deployment(program: Program) -> Object:
    """Returns a program that is kept running. How many of it: the overlay says, or what scales it."""
    named = {"app.kubernetes.io/name": program.name}
    container = pods.container(program, program.name, list(program.command)) | _probes(program) | _ports(program)
    before_s = programs.DEREGISTER_S if program.name in programs.DOORS else 0
    if before_s:
        container["lifecycle"] = {"preStop": {"sleep": {"seconds": before_s}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(program.name),
        "spec": {
            "selector": {"matchLabels": named},
            "revisionHistoryLimit": 3,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": pods.labels(program)},
                "spec": pods.pod(program, container, grace_s=program.stop_seconds + before_s),
            },
        },
    }


def _ports(program: Program) -> Object:
    found = [{"name": "health", "containerPort": programs.HEALTH_PORT}]
    if program.name in programs.DOORS:
        found.insert(0, {"name": "http", "containerPort": programs.DOORS[program.name]})
    return {"ports": found}


def _probes(program: Program) -> Object:
    # The gateway answers at its own door; what is behind METRICS_PORT belongs to one of its workers.
    port = "http" if program.name == "gateway" else "health"
    ready = "/healthz" if program.alone else "/readyz"
    return {
        "startupProbe": _probe(port, "/healthz", period_s=2, failures=60),
        "livenessProbe": _probe(port, "/healthz", period_s=10, failures=6),
        "readinessProbe": _probe(port, ready, period_s=5, failures=2),
    }


def _probe(port: str, path: str, *, period_s: int, failures: int) -> Object:
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period_s,
        "timeoutSeconds": 3,
        "failureThreshold": failures,
    }


def budget(name: str) -> Object:
    """Returns how many of a program may be missing when nodes are emptied: one at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _metadata(name),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": name}}},
    }


def door(program: Program) -> Object:
    """Returns the address by which others find a program that is called over HTTP."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(program.name),
        "spec": {
            "selector": {"app.kubernetes.io/name": program.name},
            "ports": [{"name": "http", "port": programs.DOORS[program.name], "targetPort": "http"}],
        },
    }


def migration(service: str) -> Object:
    """Returns the Job that brings a service's tables, and then its queues, to what its code expects."""
    program = _job_program(service)
    owner = topology.owner(service)
    tables = pods.container(program, "tables", ["python", "-m", "alembic", "-c", f"svc_{service}/alembic.ini"])
    tables["command"] += ["upgrade", "head"]
    tables["env"] = [*tables["env"][:2], *environment.stores(service, database=True, role=owner)]
    queues = pods.container(program, "queues", ["python", "-m", "plumbing.deploy", service])
    spec = pods.pod(program, queues, grace_s=30, spread=False)
    spec |= {"restartPolicy": "OnFailure", "initContainers": [tables]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(f"migrate-{service}", MIGRATE),
        "spec": {
            "backoffLimit": 6,
            "ttlSecondsAfterFinished": 86_400,
            "template": {"metadata": {"labels": _job_labels(program, f"migrate-{service}")}, "spec": spec},
        },
    }


def batch(job: Batch) -> Object:
    """Returns a job that runs by the clock."""
    program = _job_program(job.service)
    feed = f"python -m stack.shell {job.service} < svc_{job.service}/jobs/{job.job}.py"
    container = pods.container(program, job.name, ["sh", "-c", feed])
    spec = pods.pod(program, container, grace_s=30, spread=False)
    spec |= {"restartPolicy": "Never", "priorityClassName": "charla-batch"}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _metadata(job.name),
        "spec": {
            "schedule": job.schedule,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3_600,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "spec": {
                    "backoffLimit": 2,
                    "activeDeadlineSeconds": 4 * 3_600,
                    "template": {"metadata": {"labels": _job_labels(program, job.name)}, "spec": spec},
                }
            },
        },
    }


def _job_program(service: str) -> Program:
    return replace(topology.program(service), stop_seconds=30)


def _job_labels(program: Program, name: str) -> Object:
    return pods.labels(program) | {"app.kubernetes.io/name": name}
