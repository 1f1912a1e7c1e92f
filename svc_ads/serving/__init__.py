"""From a channel that opens to the bill: index, auction, leases, tickets, views."""
