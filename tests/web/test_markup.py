"""The reader of markup finds what is wrong, and leaves what is well alone."""

import pytest

from tests.web import markup

PAGE = """<!doctype html><html lang="en"><head><title>A page</title>
<link rel="stylesheet" href="/assets/app.css"><script src="/assets/app.js" defer></script></head>
<body><a href="#main">Skip</a><main id="main"><h1>A page</h1><img src="/a.png" alt="">
<form method="post"><label for="n">Name</label><input id="n" aria-describedby="h" value="&lt;b>">
<small id="h">None of your business is Nonesuch</small>
<label><input type="checkbox"> Yes</label><button>Save</button></form>
<svg aria-hidden="true"><use href="/assets/icons.svg#x"/></svg></main></body></html>"""
WELL = PAGE.replace("None of", "Nothing of")


def test_a_page_that_is_well() -> None:
    found = markup.read(WELL)
    assert found.complaints == []
    assert found.links == {"#main"}
    assert found.actions == {("post", "")}


@pytest.mark.parametrize(
    ("slip", "complaint"),
    [
        ("<p>", "</main> closes <p >"),
        ("<p id=n></p>", 'id="n" is there 2 times'),
        ("<p style='color:red'></p>", "has style of its own"),
        ("<script>alert(1)</script>", "has script of its own"),
        ("<p onclick='x()'></p>", "has onclick"),
        ("<a href='javascript:x()'>x</a>", "runs script"),
        ("<img src='//elsewhere.example/x.png' alt=''>", "loads from elsewhere"),
        ("<img src='/x.png'>", "has no alt"),
        ("<input>", "<input > has no label"),
        ("<select id=x></select>", "has no label"),
        ("<label for=nowhere>x</label>", 'for="nowhere" names nothing'),
        ("<label for=n></label>", "says nothing"),
        ("<h1>Again</h1>", "2 h1"),
        ("<button><svg></svg></button>", "has no name"),
        ("<a href='/x'><button>x</button></a>", "in something one presses"),
        ("<form><form></form></form>", "in a form"),
        ("<p>Price: None</p>", "shows 'None'"),
        ("<p title='undefined'></p>", "shows 'undefined'"),
        ("<p>{{ name }}</p>", "shows '{{ '"),
        ("<div/>", "is not closed by its slash"),
        ("<a href='#nowhere'>x</a>", 'href="nowhere" names nothing'),
    ],
)
def test_a_slip_is_found(slip: str, complaint: str) -> None:
    complaints = markup.read(WELL.replace("</main>", slip + "</main>")).complaints
    assert any(complaint in found for found in complaints), complaints


def test_a_part_of_a_page_needs_no_head() -> None:
    assert markup.read("<tr><td>1</td></tr>").complaints == []
