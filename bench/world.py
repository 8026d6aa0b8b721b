"""What the figures share: one deployment, one server, and companies that are made when first used."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

from bench import data
from bench.data import Company, Shape
from bench.server import Deployment, Server, deployed, serving

WORKERS = 2
_TRADING_WAREHOUSES = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How much is loaded, and how long is measured."""

    products: int = 100_000
    stocked: int = 50_000
    warehouses: int = 10
    written_products: int = 5_000
    history_factor: int = 10
    seconds: float = 6
    turns: int = 3
    requests: int = 400


QUICK = Size(
    products=2_000,
    stocked=500,
    warehouses=4,
    written_products=1_000,
    history_factor=3,
    seconds=1,
    turns=1,
    requests=40,
)


class World:
    """Makes what a figure asks for, once; everything ends with the stack."""

    def __init__(self, size: Size, stack: ExitStack, *, long_history: bool, verify: bool) -> None:
        self.size = size
        self._stack = stack
        self._long_history = long_history
        self._verify = verify

    @cached_property
    def deployment(self) -> Deployment:
        return self._stack.enter_context(deployed())

    @cached_property
    def server(self) -> Server:
        data_dir = self.deployment.data_dir
        return self._stack.enter_context(serving(data_dir, "--workers", str(WORKERS)))

    @cached_property
    def writers(self) -> Company:
        """A company with much stock of everything, to take from."""
        stocked = self.size.written_products
        return self._load(Shape(stocked, stocked, 4, plenty=True))[0]

    @cached_property
    def traders(self) -> Company:
        """A company with much stock of everything, for documents."""
        stocked = self.size.stocked
        return self._load(Shape(stocked, stocked, _TRADING_WAREHOUSES, plenty=True))[0]

    @property
    def year(self) -> Company:
        """A company with a year of trade."""
        return self._histories[0]

    @property
    def long(self) -> Company:
        """The same company with many years of trade."""
        return self._histories[1]

    @cached_property
    def _histories(self) -> list[Company]:
        # loaded together, because indexes are made anew at the end of loading
        years = [1, self.size.history_factor] if self._long_history else [1]
        size = self.size
        return self._load(
            *(Shape(size.products, size.stocked, size.warehouses, number) for number in years)
        )

    def _load(self, *shapes: Shape) -> list[Company]:
        companies = data.load(self.deployment, *shapes)
        if self._verify:
            for company in companies:
                self.deployment.run("check", "--company", str(company.id), timeout=3600)
                print(f"stockflow check: every invariant of company {company.id} holds", flush=True)
        return companies
