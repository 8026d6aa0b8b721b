"""Stock counts: what lies in a warehouse, against what the ledger says.

A count is a document of one warehouse with a line for each product to be counted. When a line is
counted, what the ledger expects at that moment is recorded beside it, so nothing has to stand still:
whatever moves afterwards moves both the shelf and the ledger. When the count is posted, only the
differences are, and the levels know when they were last counted.
"""
