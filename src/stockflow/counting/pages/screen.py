"""The counting screen: made for a phone or a scanner, and for several people at once."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.counting.commands import EnterLine, TakeBack
from stockflow.counting.entering import Entered, enter, take_back
from stockflow.counting.presenting import (
    ScreenFilters,
    asked_of,
    entered_href,
    screen_href,
    screen_of,
    what_was_saved,
)
from stockflow.counting.queries import CountedLines, get_count

pages = PageRouter("/counts/{stock_count_id:int}/screen")


@pages.get("")
async def screen(page: Page) -> Response:
    page.require("MOVE_STOCK")
    count = await get_count(page.scope, page.id("stock_count_id"))
    asked = page.filters(ScreenFilters)
    return page.show(
        "counting/screen.html",
        count=count,
        asked=asked,
        screen=await screen_of(page, count, asked),
        at=lambda **shown: page.path(screen_href(count.id, asked, **shown)),
    )


@pages.post("")
async def enter_line(post: Post) -> Response:
    count_id, asked = post.id("stock_count_id"), asked_of(post)

    def then(entered: Entered) -> Done:
        return Done(entered_href(count_id, asked, entered), what_was_saved(entered))

    return await post.submit(
        EnterLine, lambda scope, command: enter(scope, count_id, command), then, screen
    )


@pages.post("/undo")
async def undo(post: Post) -> Response:
    count_id, asked = post.id("stock_count_id"), asked_of(post)

    def then(left: CountedLines) -> Done:
        (line,) = left.lines
        now = "not counted" if line.counted is None else f"{line.counted:f}"
        return Done(screen_href(count_id, asked), f"Undone: {line.sku} is {now} again.")

    return await post.submit(
        TakeBack, lambda scope, command: take_back(scope, count_id, command), then, screen
    )
