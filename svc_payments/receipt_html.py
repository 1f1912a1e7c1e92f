"""Receipts as HTML: one file with its own style, without a script, a picture or a link."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from svc_payments.actions.receipts import Receipt

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;margin:0 auto;max-width:40rem;padding:2rem}
h1{font-size:1.5rem;margin:0}p{margin:.25rem 0 1.5rem;color:#57606a}
table{width:100%;border-collapse:collapse;margin-bottom:1.5rem}
th,td{text-align:start;vertical-align:top;padding:.4rem 0;border-bottom:1px solid #d0d7de;overflow-wrap:anywhere}
th{font-weight:400;color:#57606a;padding-inline-end:1.5rem;width:40%}
.sums td{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}
.sums tr:first-child>*,.sums tr:last-child>*{font-weight:600;color:inherit}
@media print{body{padding:0}}
"""


def html(receipt: Receipt) -> str:
    """Return a receipt as an HTML document; everything that people wrote is escaped."""
    title = f"{receipt.title} {receipt.number}"
    return (
        f'<!doctype html>\n<html lang="{escape(receipt.language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(receipt.title)}</h1><p>{escape(receipt.number)}</p>"
        f"{_table(receipt.lines, '')}{_table(receipt.sums, ' class=sums')}"
        f"{f'<p>{escape(receipt.remark)}</p>' if receipt.remark else ''}"
        f"<p>{escape(receipt.footer)}</p></main></body></html>\n"
    )


def _table(rows: Sequence[tuple[str, str]], attributes: str) -> str:
    cells = (f"<tr><th scope=row>{escape(label)}</th><td dir=auto>{escape(value)}</td></tr>" for label, value in rows)
    return f"<table{attributes}>{''.join(cells)}</table>"
