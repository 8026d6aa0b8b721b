"""One person's turn: what somebody does next, chosen by dice that fall the same way every time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.factories import Json
from tests.together.world import PATHS, Call, World


@dataclass(frozen=True)
class Turn:
    """A choice among what there is in the world; the quantities are such that stock runs short."""

    world: World
    dice: Random

    def likely(self, chance: float) -> bool:
        return self.dice.random() < chance

    def warehouse_id(self) -> int:
        found: int = self.dice.choice(self.world.warehouses)["id"]
        return found

    def quantity(self, most: int = 6) -> str:
        """Mostly a few whole units, sometimes a broken one."""
        if self.likely(0.8):
            return str(self.dice.randint(1, most))
        return f"{self.dice.randint(1, 60_000) / 1e4:.4f}"

    def cost(self) -> str:
        return f"{self.dice.randint(1, 90_000) / 1e4:.4f}"

    def part_of(self, quantity: float, *, whole: bool = False) -> float:
        """Mostly all or half of it, rounded to what is kept; sometimes a little too much."""
        part = round(quantity * self.dice.choice([1, 1, 0.5, 0.25, 1.1]), 0 if whole else 4)
        return max(part, 1 if whole else 0.0001)

    def split(self, line_id: int, quantity: float) -> Json:
        """All or a part of what is to come of a line, not always in good condition."""
        part = self.part_of(quantity)
        if self.likely(0.5):
            return {"line_id": line_id, "good": part}
        half = round(part / 2, 4)
        good = round(part - half, 4)
        return {"line_id": line_id, "good": good, self.dice.choice(["damaged", "missing"]): half}

    def some(self, lines: Sequence[Json]) -> list[Json]:
        """One or more of these."""
        return self.dice.sample(lines, self.dice.randint(1, len(lines)))

    def some_of(self, products: Sequence[Json]) -> list[Json]:
        """1 to 3 of these products, some perhaps more than once."""
        return [self.dice.choice(products) for _ in range(self.dice.randint(1, 3))]

    def pick(self, kind: str, statuses: Collection[str]) -> Json | None:
        """One of the newest documents in these statuses, now and then in any; None without one."""
        found = list(self.world.documents[kind].values())
        if self.likely(0.9):
            found = [document for document in found if document["status"] in statuses]
        return self.dice.choice(found[-4:]) if found else None

    def create(self, kind: str, body: Json) -> Call:
        return Call(self.world.anybody(self.dice), "POST", PATHS[kind], body)

    def act(self, document: Json, action: str, body: Any = None) -> Call:
        """An action on a document, or a change of it; one in two says which version was seen."""
        kind, document_id = document["kind"], document["id"]
        own = f"{PATHS[kind]}/{document_id}"
        version = max(document["version"] - self.likely(0.2), 1)
        headers = {"If-Match": f'"{version}"'} if self.likely(0.5) else {}
        method, path = ("POST", f"{own}/{action}") if action else ("PATCH", own)
        actor = self.world.anybody(self.dice)
        return Call(actor, method, path, body, (kind, document_id), headers)
