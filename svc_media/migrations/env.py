"""Alembic's way into svc_media's database."""

from plumbing.migrate import run
from svc_media.models import Base

run(Base.metadata)
