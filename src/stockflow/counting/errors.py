"""What can be refused about stock counts."""

from stockflow.foundation.errors import Conflict, Forbidden, NotFound


class CountNotFound(NotFound):
    """There is no such stock count in this company."""

    code = "stock-count-not-found"
    title = "Stock count not found"


class NothingToCount(Conflict):
    """The warehouse holds no product that this count would be of."""

    code = "nothing-to-count"
    title = "Nothing to count"


class CountTooLarge(Conflict):
    """A count has at most 99,999 lines; count the warehouse in parts."""

    code = "stock-count-too-large"
    title = "Too many lines in one count"


class CountTooLongToPrint(Conflict):
    """A count sheet has at most 10,000 lines; count the warehouse in parts."""

    code = "stock-count-too-long-to-print"
    title = "Too many lines to print"


class CountedElsewhere(Conflict):
    """Products are on another open count of the warehouse; `documents` names the counts.

    Two counts of the same shelf would both correct it.
    """

    code = "counted-elsewhere"
    title = "On another open count"


class LinesUncounted(Conflict):
    """Nobody counted some lines: say whether to `leave` them or that there is `zero` of them."""

    code = "lines-uncounted"
    title = "Lines are uncounted"


class RecountDue(Conflict):
    """Some lines differ by more than the company's limit and must be counted a second time."""

    code = "recount-due"
    title = "Lines must be recounted"


class NothingCounted(Conflict):
    """No line has been counted, so there is nothing to post."""

    code = "nothing-counted"
    title = "Nothing counted"


class CountedMeanwhile(Conflict):
    """Somebody counted it since you looked; `counted` is what is written down now."""

    code = "counted-meanwhile"
    title = "Counted meanwhile"


class NotInCount(NotFound):
    """The count has no line of this product."""

    code = "product-not-in-count"
    title = "Not in this count"


class CountedSince(Conflict):
    """Stock was recounted in another way after it was counted here; count these lines again."""

    code = "counted-since"
    title = "Counted again meanwhile"


class OwnCount(Forbidden):
    """Who submitted a count, or counted all of it alone, cannot approve it."""

    code = "own-count"
    title = "Not your own count"


class BlindCount(Forbidden):
    """In a blind count, who counts does not see which lines differ."""

    code = "blind-count"
    title = "Blind count"


class ProductBeingCounted(Conflict):
    """A difference counted of the product has not been posted yet; `documents` names some of the counts."""

    code = "product-being-counted"
    title = "Product is being counted"
