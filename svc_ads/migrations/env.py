"""Alembic's way into svc_ads's database."""

from plumbing.migrate import run
from svc_ads.models import Base

run(Base.metadata)
