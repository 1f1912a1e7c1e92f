# ruff: noqa: N999 - gunicorn wants that name
"""How gunicorn runs the sandbox: one process, since its state is one file, with threads for calls that wait."""

from __future__ import annotations

import os

from svc_payments.sandbox.options import Options

bind = [Options.from_environment(os.environ).bind]
if os.environ.get("HEALTH_PORT", "0") != "0":
    # Where the stack asks all its programs.
    bind.append(f"{os.environ.get('HEALTH_HOST', '127.0.0.1')}:{os.environ['HEALTH_PORT']}")
workers = 1
worker_class = "gthread"
threads = 16
timeout = 60
graceful_timeout = 5
preload_app = False
accesslog = None
errorlog = "-"
loglevel = "warning"
proc_name = "charla-payments-sandbox"
