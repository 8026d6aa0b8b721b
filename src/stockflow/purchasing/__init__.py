"""Purchasing: orders to suppliers, and what is received of them.

A purchase order is drafted, submitted and approved; from then on its open quantities are on order. Each
receipt posts what arrived to the ledger, good units as available and damaged ones as damaged, at the cost
of the order, and notes what is missing. What is complete, or closed by a cancellation, is on order no more.
"""
