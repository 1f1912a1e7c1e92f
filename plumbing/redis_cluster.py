"""Redis Cluster behind the face of one Redis: each command goes to the node that holds its key.

redis-py's own cluster client finds the node and follows slots that move. What it lacks is added here: it connects
at once and so needs the cluster at start; in a pipeline it refuses scripts and PUBLISH; and MGET wants all keys in
one slot. Nothing here tries for long: what Redis holds can be missed for a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from redis import ConnectionError as NotConnected
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException, ResponseError
from redis.retry import Retry

from plumbing.endpoints import Endpoint

#: What keys a command names, where it is not its first word alone; what is not here has one key, as first word.
_SCRIPTS = {"EVAL", "EVALSHA"}
_KEY_OF_SCRIPT = 3
_TELLING = "PUBLISH"


class ClusterRedis(Redis):
    """The commands of `Redis`, on a cluster.

    Args:
        endpoints: Nodes to ask who else is there; one that answers is enough.
        options: For the connections to each node: user, password, time-outs.
    """

    def __init__(self, endpoints: Sequence[Endpoint], **options: Any) -> None:
        first = endpoints[0]
        super().__init__(host=first.host, port=first.port, **options)
        self._endpoints = endpoints
        self._options = options
        self._lock = Lock()
        self._nodes: RedisCluster | None = None
        self._speaker: ClusterNode | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command to the node that holds its key, or PUBLISH to any: the nodes tell each other."""
        if args[0] == _TELLING:
            return self.told([Command(0, args, options)])[0]
        return self._asked(lambda nodes: nodes.execute_command(*args, **options))

    def mget(self, keys: Any, *args: Any) -> Any:
        """Return the values of keys that may lie on several nodes; they are not all of the same moment."""
        return self._asked(lambda nodes: nodes.mget_nonatomic(keys, *args))

    def delete(self, *names: Any) -> Any:
        """Delete keys that may lie on several nodes."""
        return self._asked(lambda nodes: nodes.delete(*names))

    def flushdb(self, *args: Any, **options: Any) -> Any:
        """Delete everything on all nodes."""
        return self._asked(lambda nodes: nodes.flushdb(*args, target_nodes=RedisCluster.PRIMARIES, **options))

    def pipeline(self, transaction: Any = True, shard_hint: Any = None) -> Pipeline:
        """Return a pipeline whose parts go to several nodes; it is no transaction.

        Raises:
            ValueError: It shall be one.
        """
        if transaction:
            raise ValueError("a cluster has no transactions over its nodes")
        return _Spread(self)

    def of_node(self, key: Any) -> Redis:
        """Return the client of the node that holds `key`."""
        return self._client_of(self._asked(lambda nodes: nodes.get_node_from_key(key)))

    def _client_of(self, node: Any) -> Redis:
        client: Redis = self._asked(lambda nodes: nodes.get_redis_connection(node))
        return client

    def told(self, commands: Sequence[Command]) -> list[Any]:
        """Publish by whichever node answers, beginning with the one that did last time.

        Raises:
            RedisError: None does.
        """
        nodes = self._asked(lambda nodes: nodes.get_nodes())
        nodes.sort(key=lambda node: node != self._speaker)
        lost: Exception = NotConnected("no node is known")
        for node in nodes:
            try:
                answers = run_on(self._client_of(node), commands)
            except (RedisError, OSError) as error:
                lost = error
            else:
                self._speaker = node
                return answers
        raise lost

    def close(self) -> None:
        """Close all connections."""
        nodes, self._nodes = self._nodes, None
        if nodes is not None:
            nodes.close()
        super().close()

    def _asked(self, ask: Callable[[Any], Any]) -> Any:
        """Return what redis-py's client, whose methods have no types, is asked for."""
        try:
            return ask(self._known())
        except RedisClusterException as error:  # which is no RedisError, and mostly says that no node answers
            raise NotConnected(str(error)) from error

    def _known(self) -> RedisCluster:
        with self._lock:
            if self._nodes is None:
                self._nodes = RedisCluster(
                    startup_nodes=[ClusterNode(*each) for each in self._endpoints],  # type: ignore[no-untyped-call]
                    retry=Retry(NoBackoff(), 1),
                    require_full_coverage=False,
                    dynamic_startup_nodes=False,
                    reinitialize_steps=1,
                    **self._options,
                )
            return self._nodes


class Command:
    """One command of a pipeline, and its place there."""

    __slots__ = ("args", "options", "place")

    def __init__(self, place: int, args: Sequence[Any], options: dict[str, Any]) -> None:
        self.place, self.args, self.options = place, args, options


class _Spread(Pipeline):
    """A pipeline whose commands go to the nodes that hold their keys, in one round trip a node."""

    def __init__(self, cluster: ClusterRedis) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, False, None)
        self._cluster = cluster

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return self.pipeline_execute_command(*args, **options)

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Run what was gathered; what one node does not do keeps none of the others from their part."""
        commands = [Command(place, args, options) for place, (args, options) in enumerate(self.command_stack)]
        texts = {script.sha: script.script for script in self.scripts}
        self.reset()
        answers: list[Any] = [None] * len(commands)
        for ask, group in self._groups(commands):
            for command, answer in zip(group, _answers(ask, group), strict=True):
                answers[command.place] = self._again(command, answer, texts)
        failed = next((each for each in answers if isinstance(each, Exception)), None)
        if failed is not None and raise_on_error:
            raise failed
        return answers

    def _groups(self, commands: Sequence[Command]) -> list[tuple[Callable[[Sequence[Command]], list[Any]], Any]]:
        """Return how each part of `commands` is run: by one node, in their order."""
        told = [each for each in commands if each.args[0] == _TELLING]
        parts: dict[int, tuple[Redis, list[Command]]] = {}
        for each in commands:
            if each.args[0] != _TELLING:
                client = self._cluster.of_node(_key_of(each.args))
                parts.setdefault(id(client), (client, []))[1].append(each)
        groups: list[tuple[Callable[[Sequence[Command]], list[Any]], Any]] = [
            (lambda group, client=client: run_on(client, group), group)  # type: ignore[misc]
            for client, group in parts.values()
        ]
        return [*groups, (self._cluster.told, told)] if told else groups

    def _again(self, command: Command, answer: Any, texts: dict[str, Any]) -> Any:
        """Return `answer`, or that of a second try where the node was another one or lacks the script."""
        if not isinstance(answer, (ResponseError, NotConnected)) or command.args[0] == _TELLING:
            return answer
        args = list(command.args)
        if isinstance(answer, NoScriptError):
            args[:2] = "EVAL", texts[args[1]]
        elif isinstance(answer, ResponseError) and not str(answer).startswith(("MOVED", "ASK", "TRYAGAIN")):
            return answer
        try:
            return self._cluster.execute_command(*args, **command.options)
        except (RedisError, OSError) as error:
            return error


def run_on(client: Redis, commands: Sequence[Command]) -> list[Any]:
    """Return what a node answers to `commands`, errors among it.

    Raises:
        RedisError, OSError: It cannot be asked.
    """
    pipeline: Any = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command.args, **command.options)
    return list(pipeline.execute(raise_on_error=False))


def _answers(ask: Callable[[Sequence[Command]], list[Any]], group: Sequence[Command]) -> list[Any]:
    try:
        return ask(group)
    except (RedisError, OSError) as error:
        return [error] * len(group)


def _key_of(args: Sequence[Any]) -> Any:
    return args[_KEY_OF_SCRIPT] if args[0] in _SCRIPTS else args[1]
