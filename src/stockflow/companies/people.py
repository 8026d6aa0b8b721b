"""Who did something, by name: members, and API keys."""

from collections.abc import Iterable

from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope

Author = tuple[int | None, int | None]
"""The user and the API key of which one did it; neither where it was the operator's own shell."""

_NAMES = """
SELECT user_id, NULL::bigint, name
  FROM memberships
 WHERE company_id = %(company_id)s AND user_id = ANY(%(users)s::bigint[])
 UNION ALL
SELECT NULL, id, name
  FROM api_keys
 WHERE company_id = %(company_id)s AND id = ANY(%(keys)s::bigint[])
"""
OPERATOR = "The operator"
FORMER_MEMBER = "A former member"


async def names_of(scope: ReadScope, authors: Iterable[Author]) -> dict[Author, str]:
    """What each author is called in this company; one statement, none where nobody is asked for."""
    scope.require(Permission.READ)
    asked = set(authors)
    users = sorted({user for user, _ in asked if user is not None})
    keys = sorted({key for user, key in asked if user is None and key is not None})
    found: dict[Author, str] = {}
    if users or keys:
        names = {"company_id": scope.company_id, "users": users, "keys": keys}
        for user_id, key_id, name in await (await scope.execute(_NAMES, names)).fetchall():
            found[user_id, key_id] = name if key_id is None else f"{name} (API key)"
    return {author: _name(author, found) for author in asked}


def _name(author: Author, found: dict[Author, str]) -> str:
    user_id, key_id = author
    if user_id is not None:
        return found.get((user_id, None), FORMER_MEMBER)
    return found.get((None, key_id), OPERATOR)
