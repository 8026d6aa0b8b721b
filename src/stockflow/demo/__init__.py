"""The demo company: a story told through StockFlow's own operations.

*Fell & Ferry* sells outdoor and kitchen goods from Kendal, Dublin and a shop in Leeds. `story` and
`assortment` say who and what there is, `trade` plays three months up to now, `load` posts them, and
`cli` is `stockflow demo`. The same clock gives the same story.
"""
