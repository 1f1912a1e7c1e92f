"""In the service, which eventlet runs, a call that waits for the provider holds up no other."""

from __future__ import annotations

import os
import subprocess
import sys

from sandbox_process import KEY, ROOT, Sandbox

_CALLS = """
import eventlet
eventlet.monkey_patch()
import sys, time
from svc_payments.provider.stripe_provider import StripeProvider
provider = StripeProvider(sys.argv[1], "", sys.argv[2], 5.0)
ticks = []
def tick():
    while True:
        eventlet.sleep(0.05)
        ticks.append(time.monotonic())
eventlet.spawn(tick)
def call(number):
    try:
        provider.make_customer(call_id=f"{sys.argv[3]}-{number}", user_id="user")
    except Exception as error:
        return type(error).__name__
    return "made"
began = time.monotonic()
pool = eventlet.GreenPool(8)
done = list(pool.imap(call, range(8)))
spent = time.monotonic() - began
longest = max(b - a for a, b in zip(ticks, ticks[1:]))
print(done.count("made"), round(spent, 2), round(longest, 2))
"""


def test_calls_wait_side_by_side_under_eventlet(sandbox: Sandbox) -> None:
    # Each answer is two seconds late; the connection then breaks, and the client's second try gets it at once.
    sandbox.control("calls", path="/v1/customers", how="timeout", seconds=2, count=8)
    command = [sys.executable, "-W", "ignore", "-c", _CALLS, KEY, sandbox.url, sandbox.url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    made, spent, longest = printed.stdout.split()
    assert int(made) == 8, printed.stderr
    assert float(spent) < 16  # one after the other: more
    assert float(longest) < 2  # the rest of the service went on meanwhile
