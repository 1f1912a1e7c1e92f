"""The ledger: the only place that says what money has moved (docs/payments.md). No other folder writes its tables."""
