"""Alembic's way into svc_subscriptions's database."""

from plumbing.migrate import run
from svc_subscriptions import notification_models, post_models  # noqa: F401 - their tables belong to the same database
from svc_subscriptions.models import Base

run(Base.metadata)
