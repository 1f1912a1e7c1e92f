"""Prints the OpenAPI document, without a running stack: `python -m gateway_flask.print_openapi`."""

from __future__ import annotations

import sys

from gateway_flask.app import create_flask
from gateway_flask.openapi import document
from plumbing import codec

if __name__ == "__main__":
    sys.stdout.buffer.write(codec.encode(document(create_flask())))
