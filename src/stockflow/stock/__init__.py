"""Stock: what lies where, and why.

A *posting* is a set of *movements* with one cause. A movement changes one *bucket* (available,
reserved, damaged, in transit) of one *level*, the stock of one product in one warehouse. Levels change
through movements only, so every bucket equals the sum of its movements, now and at any past moment.
Movements are never changed or deleted: a mistake is corrected by a *reversal*, a posting of its own.
A day of a level is summed up in `stock_days`, from which demand and past balances are read.
"""
