"""Alembic's way into svc_auth's database."""

from plumbing.migrate import run
from svc_auth.models import Base

run(Base.metadata)
