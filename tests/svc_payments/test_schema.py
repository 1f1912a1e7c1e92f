from svc_payments import payment_models, plan_models  # noqa: F401 - their tables count too
from svc_payments.models import Base


def test_what_must_balance_lies_together():
    entries = Base.metadata.tables["ledger_entries"]
    assert next(iter(entries.primary_key.columns)).name == "transaction_id"


def test_the_service_may_use_every_table_and_own_none(configured, db):
    from sqlalchemy import text

    everything = text(
        "SELECT relname, has_table_privilege(current_user, oid, 'SELECT'), pg_get_userbyid(relowner) = 'payments_owner'"
        "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"
    )
    mine = text(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
        "AND has_table_privilege(current_user, oid, 'UPDATE')"
    )
    with db.reading() as session:
        rows = session.execute(everything).all()
        changeable = set(session.execute(mine).scalars())
    assert {row[0] for row in rows} == set(Base.metadata.tables)
    assert all(readable and owned for _, readable, owned in rows)
    assert set(Base.metadata.tables) - changeable == {"ledger_transactions", "ledger_entries"}
