"""Alembic's way into svc_messaging's database."""

from plumbing.migrate import run
from svc_messaging import message_models, program_models  # noqa: F401 - their tables belong to the same database
from svc_messaging.models import Base

run(Base.metadata)
