"""The commands of `./charla`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from stack import environment, status, topology
from stack.errors import StackError
from stack.lifecycle import Stack
from stack.rundir import ROOT, RunDir

if TYPE_CHECKING:
    from collections.abc import Sequence


def _up(stack: Stack, options: argparse.Namespace) -> int:
    stack.up()
    if options.demo:
        from stack import demo  # noqa: PLC0415

        demo.make(stack)
    return 0


def _down(stack: Stack, _options: argparse.Namespace) -> int:
    stack.down()
    return 0


def _status(stack: Stack, _options: argparse.Namespace) -> int:
    return status.show(stack)


def _restart(stack: Stack, options: argparse.Namespace) -> int:
    _must_be_up(stack)
    for name in options.process:
        stack.supervisor.stop(name)
        stack.supervisor.start(name)
    return 0


def _migrate(stack: Stack, _options: argparse.Namespace) -> int:
    _must_be_up(stack)
    stack.migrate()
    return 0


def _logs(stack: Stack, options: argparse.Namespace) -> int:
    wanted = options.process or ["*"]
    files = [str(path) for name in wanted for path in sorted(stack.run.logs.glob(f"{name}.log"))]
    if not files:
        message = "there is no such log"
        raise StackError(message)
    follow = ["-F"] if sys.stdout.isatty() else []
    os.execvp("tail", ["tail", "-n", "40", *follow, *files])  # noqa: S606, S607


def _shell(stack: Stack, options: argparse.Namespace) -> int:
    program = topology.program(options.service)
    around = environment.of_program(stack.run, stack.ports, program)
    return _replace([sys.executable, "-m", "stack.shell", options.service], around)


def _tool(stack: Stack, options: argparse.Namespace) -> int:
    _must_be_up(stack)
    around = dict(os.environ) | environment.basic()
    around |= {"CHARLA_RUN_DIR": str(stack.run.path), "CHARLA_URL": stack.url}
    return _replace([sys.executable, "-m", options.command, *options.rest], around)


def _test(_stack: Stack, options: argparse.Namespace) -> int:
    from stack import suite  # noqa: PLC0415

    return suite.run(options.rest)


def _dead(stack: Stack, options: argparse.Namespace) -> int:
    from stack import dead  # noqa: PLC0415

    _must_be_up(stack)
    return dead.run(stack, options)


def _replace(command: list[str], around: dict[str, str]) -> NoReturn:
    os.chdir(ROOT)
    os.execvpe(command[0], command, around)  # noqa: S606


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
    up.add_argument("--demo", action="store_true", help="make two people who talk, and tell their passwords")
    add("down", _down, "stop everything; the data is kept")
    add("status", _status, "show every process")
    add("restart", _restart, "restart processes, letting them drain").add_argument("process", nargs="+")
    add("migrate", _migrate, "bring tables and queues up to date")
    add("logs", _logs, "show what processes wrote").add_argument("process", nargs="*")
    add("shell", _shell, "open a Python shell with a service's settings").add_argument(
        "service", choices=topology.SERVICES
    )
    for name, about in (
        ("bench", "measure the running stack"),
        ("drill", "break the running stack on purpose, and count what is lost"),
    ):
        _takes_rest(add(name, _tool, about))
    _takes_rest(add("test", _test, "run all checks and tests on a stack of their own"))
    _add_dead(add("dead", _dead, "list or replay parked messages"))
    return parser


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
    rest = words[1:] if words[:1] and words[0] in ("test", "bench", "drill") else None
    options = _parser().parse_args(words if rest is None else words[:1])
    if rest is not None:
        options.rest = rest
    try:
        return int(options.run(Stack(RunDir.current()), options))
    except StackError as error:
        print(f"charla: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
