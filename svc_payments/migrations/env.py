"""Alembic's way into svc_payments's database."""

from plumbing.migrate import run
from svc_payments import payment_models, plan_models  # noqa: F401 - their tables belong to the same database
from svc_payments.models import Base

run(Base.metadata)
