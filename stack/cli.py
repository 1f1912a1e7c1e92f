"""The commands of `./charla`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from stack import environment, kinds, scaling, status, topology
from stack.errors import StackError
from stack.rundir import ROOT, RunDir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stack.lifecycle import Stack


def _up(stack: Stack, options: argparse.Namespace) -> int:
    stack.build()
    kinds.keep(stack)  # what could not be built may still become another kind
    stack.scale = scaling.remember(stack.run, options.scale)
    stack.up()
    if options.demo:
        from stack import demo  # noqa: PLC0415

        demo.make(stack)
    return 0


def _down(stack: Stack, _options: argparse.Namespace) -> int:
    stack.down()
    return 0


def _status(stack: Stack, options: argparse.Namespace) -> int:
    return status.show(stack, as_json=options.json)


def _restart(stack: Stack, options: argparse.Namespace) -> int:
    _must_be_up(stack)
    if options.rolling:
        _must_be_native(stack)
        from stack import upgrade  # noqa: PLC0415

        upgrade.replace(stack, options.process)
        return 0
    if unknown := set(options.process) - set(known := stack.supervisor.states()):
        message = f"there is no process {', '.join(sorted(unknown))}; there are: {', '.join(known)}"
        raise StackError(message)
    for name in options.process:
        stack.supervisor.stop(name)
        stack.supervisor.start(name)
    return 0


def _upgrade(stack: Stack, options: argparse.Namespace) -> int:
    from stack import upgrade  # noqa: PLC0415

    _must_be_native(stack)
    _must_be_up(stack)
    return upgrade.run(stack, options.program, everything=options.all, patience_s=options.patience)


def _rotate(stack: Stack, options: argparse.Namespace) -> int:
    from stack import rotation  # noqa: PLC0415

    _must_be_native(stack)
    _must_be_up(stack)
    rotation.rotate(stack, options.what, options.service)
    return 0


def _backup(stack: Stack, options: argparse.Namespace) -> int:
    from stack import backup  # noqa: PLC0415

    _must_be_native(stack)
    if not options.list:
        _must_be_up(stack)
    return backup.run(stack, options)


def _restore(stack: Stack, options: argparse.Namespace) -> int:
    from stack import restore  # noqa: PLC0415

    _must_be_native(stack)
    return restore.run(stack, options)


def _migrate(stack: Stack, _options: argparse.Namespace) -> int:
    _must_be_up(stack)
    stack.migrate()
    return 0


def _logs(stack: Stack, options: argparse.Namespace) -> int:
    if options.trace:
        from stack import traces  # noqa: PLC0415

        return traces.show(stack, options.trace, options.process)
    return stack.logs(options.process)


def _shell(stack: Stack, options: argparse.Namespace) -> int:
    return stack.shell(options.service)


def _tool(stack: Stack, options: argparse.Namespace) -> int:
    if options.command == "drill" and "--cluster" in options.rest:
        rest = [each for each in options.rest if each != "--cluster"]
        around = dict(os.environ) | environment.basic() | {"CHARLA_RUN_DIR": str(stack.run.path)}
        return _replace([sys.executable, "-m", "drill.cluster", *rest], around)  # which has a stack of its own
    _must_be_up(stack)
    if stack.url.startswith("https:"):
        message = f"`{options.command}` speaks plain HTTP. Turn TLS off with: CHARLA_TLS=off ./charla up"
        raise StackError(message)
    around = dict(os.environ) | environment.basic()
    around |= {"CHARLA_RUN_DIR": str(stack.run.path), "CHARLA_URL": stack.url}
    return _replace([sys.executable, "-m", options.command, *options.rest], around)


def _fuzz(stack: Stack, options: argparse.Namespace) -> int:
    around = dict(os.environ) | environment.basic() | {"CHARLA_RUN_DIR": str(stack.run.path)}
    return _replace([sys.executable, "-m", "fuzz", *options.rest], around)  # which has a stack of its own


def _test(_stack: Stack, options: argparse.Namespace) -> int:
    from stack import suite  # noqa: PLC0415

    return suite.run(options.rest)


def _dead(stack: Stack, options: argparse.Namespace) -> int:
    from stack import dead  # noqa: PLC0415

    _must_be_up(stack)
    return dead.run(stack, options)


def _sbom(_stack: Stack, options: argparse.Namespace) -> int:
    from stack import sbom  # noqa: PLC0415

    return sbom.run(options.output)


def _audit(_stack: Stack, options: argparse.Namespace) -> int:
    from stack import audit  # noqa: PLC0415

    return audit.run(options.kind)


def _replace(command: list[str], around: dict[str, str]) -> NoReturn:
    os.chdir(ROOT)
    os.execvpe(command[0], command, around)  # noqa: S606


def _must_be_native(stack: Stack) -> None:
    from stack.lifecycle import Stack as Native  # noqa: PLC0415

    if type(stack) is not Native:
        message = "this is for processes of this machine; for containers see compose/README.md, 'What differs'"
        raise StackError(message)


def _must_be_up(stack: Stack) -> None:
    if not stack.supervisor.is_up:
        message = "Charla is not up. Start it with: ./charla up"
        raise StackError(message)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./charla", description="Runs Charla on this machine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, run: object, about: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(run=run)
        return command

    up = add("up", _up, "start everything and wait until it is ready")
    up.add_argument("--wait", action="store_true", help="accepted; waiting is what `up` always does")
    up.add_argument(
        "--scale", action="append", default=[], metavar="NAME=N", help="run N instances of a program, now and next time"
    )
    up.add_argument("--demo", action="store_true", help="make two people who talk, and tell their passwords")
    add("down", _down, "stop everything; the data is kept")
    shown = add("status", _status, "show every process, what it does, and what waits")
    shown.add_argument("--json", action="store_true", help="for programs")
    restart = add("restart", _restart, "restart processes, letting them drain")
    restart.add_argument("process", nargs="+")
    restart.add_argument("--rolling", action="store_true", help="replace programs while others of their kind work")
    upgrade = add("upgrade", _upgrade, "bring what runs to the code that is here, without anybody noticing")
    upgrade.add_argument("program", nargs="*", help="these alone; what has changed when none is named")
    upgrade.add_argument("--all", action="store_true", help="replace every program, changed or not")
    upgrade.add_argument(
        "--patience", type=float, default=90.0, metavar="S", help="how long a new instance may take to be ready"
    )
    rotate = add("rotate", _rotate, "change a secret while everything runs")
    rotate.add_argument("what", choices=("jwt", "database", "broker", "redis", "tokens"))
    rotate.add_argument("service", help="whose; `people` for the key that signs people's access tokens")
    _add_backup(add("backup", _backup, "copy all data, and archive the database's log from then on"))
    _add_restore(add("restore", _restore, "bring a backup to life in an empty run directory, and start it"))
    add("migrate", _migrate, "bring tables and queues up to date")
    logs = add("logs", _logs, "show what processes wrote")
    logs.add_argument("process", nargs="*")
    logs.add_argument("--trace", metavar="ID", help="the lines of one request, of all processes, in the order of time")
    add("shell", _shell, "open a Python shell with a service's settings").add_argument(
        "service", choices=topology.SERVICES
    )
    for name, about in (
        ("bench", "measure the running stack"),
        ("drill", "break the running stack on purpose, and count what is lost"),
    ):
        _takes_rest(add(name, _tool, about))
    _takes_rest(add("fuzz", _fuzz, "say at every door of a stack of its own what no honest client says"))
    _takes_rest(add("test", _test, "run all checks and tests on a stack of their own"))
    bill = add("sbom", _sbom, "write the bill of materials: all packages of the lock files, as CycloneDX JSON")
    bill.add_argument("--output", metavar="FILE", help="where to; it is printed otherwise")
    audit = add("audit", _audit, "ask what is known against these packages; fails where nobody can be asked")
    audit.add_argument("kind", nargs="*", help="python, npm, maven: these alone; all otherwise")
    _add_dead(add("dead", _dead, "list or replay parked messages"))
    return parser


def _add_backup(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--to", metavar="DIR", help="where to; the last time's folder, or `backups` of the run directory"
    )
    command.add_argument("--keep", type=_positive, default=7, metavar="N", help="remove all but the newest N (7)")
    command.add_argument("--passphrase-file", metavar="FILE", help="seal the secrets with what the file holds")
    command.add_argument(
        "--media", action="store_true", help="only copy media that are new; quick, for every few minutes"
    )
    command.add_argument("--list", action="store_true", help="only show what there is")
    command.add_argument("--off", action="store_true", help="only end the archiving of the log")


def _add_restore(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from", dest="source", required=True, metavar="DIR", help="the backup folder")
    command.add_argument(
        "--at", metavar="TIME", help="as it was then, such as 2026-11-27T14:05:00Z; the newest otherwise"
    )
    command.add_argument("--passphrase-file", metavar="FILE", help="opens sealed secrets")
    command.add_argument(
        "--wal", metavar="DIR", help="`pg_wal` of the lost cluster, where it is left: nothing is lost then"
    )
    command.add_argument("--replace", action="store_true", help="put aside the data that the run directory holds")
    command.add_argument("--no-start", action="store_true", help="leave it down")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _takes_rest(command: argparse.ArgumentParser) -> None:
    command.add_argument("rest", nargs=argparse.REMAINDER, metavar="…")


def _add_dead(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="show the queues of parked messages")
    replay = actions.add_parser("replay", help="hand parked messages to their handler again")
    replay.add_argument("queue", nargs="?", help="a queue, with or without `.dead`")
    replay.add_argument("--service", choices=topology.SERVICES, help="all queues of a service")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # argparse would take a first argument such as `-k` for one of its own.
    rest = words[1:] if words[:1] and words[0] in ("test", "bench", "drill", "fuzz") else None
    options = _parser().parse_args(words if rest is None else words[:1])
    if rest is not None:
        options.rest = rest
    try:
        return int(options.run(kinds.of(RunDir.current()), options))
    except StackError as error:
        print(f"charla: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
