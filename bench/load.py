"""A cheap HTTP client: it shares the machine with what it measures, so it does next to nothing."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

Script = Callable[[bytes], bytes | None]
"""Given the body of the last answer (empty at first), the next request, or None when done."""

_SLACK_SECONDS = 120
_clock = time.perf_counter


@dataclass(frozen=True, slots=True)
class Load:
    """How requests went: how long each took, and how many a second there were."""

    milliseconds: list[float]
    seconds: float
    answered: int
    """All requests, also those of the warm-up."""

    @property
    def rate(self) -> float:
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: float) -> float:
        """The time that `share` of all requests needed at most."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class _Run:
    measured_from: float
    deadline: float
    milliseconds: list[float] = field(default_factory=list)
    last: float = 0
    answered: int = 0
    failure: str | None = None


class _Client(asyncio.Protocol):
    """One connection that sends a request when the last one is answered."""

    def __init__(self, script: Script, run: _Run, done: asyncio.Future[None]) -> None:
        self._script, self._run, self._done = script, run, done
        self._buffer = bytearray()
        self._missing = -1
        self._head = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._send(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._run.failure = self._run.failure or f"the server hung up: {exc}"
            self._done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._missing < 0:
            self._head = self._buffer.find(b"\r\n\r\n") + 4
            if self._head < 4:
                return
            place = self._buffer.find(b"content-length: ", 0, self._head) + 16
            end = self._buffer.find(b"\r", place)
            self._missing = self._head + int(self._buffer[place:end])
        if len(self._buffer) >= self._missing:
            self._answered()

    def _answered(self) -> None:
        now = _clock()
        answer = self._buffer
        self._run.answered += 1
        if answer[9:10] != b"2":
            self._run.failure = answer[:1500].decode(errors="replace")
        elif self._sent >= self._run.measured_from:
            self._run.milliseconds.append((now - self._sent) * 1000)
            self._run.last = now
        body = bytes(answer[self._head :])
        self._buffer = bytearray()
        self._missing = -1
        self._send(body)

    def _send(self, body: bytes) -> None:
        request = None
        if self._run.failure is None and _clock() < self._run.deadline:
            try:
                request = self._script(body)
            except Exception as error:  # raised in a callback it would be lost
                self._run.failure = f"{type(error).__name__}: {error}"
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._sent = _clock()
        self._transport.write(request)


def drive(port: int, scripts: Sequence[Script], *, seconds: float, warm_up: float = 0) -> Load:
    """Run each script on a connection of its own until all are done or the time is over.

    Raises:
        RuntimeError: an answer was not a success; the message shows it.
    """
    return uvloop.run(_drive(port, scripts, seconds, warm_up))


async def _drive(port: int, scripts: Sequence[Script], seconds: float, warm_up: float) -> Load:
    loop = asyncio.get_running_loop()
    measured_from = _clock() + warm_up
    run = _Run(measured_from, measured_from + seconds)
    futures = []
    for script in scripts:
        done: asyncio.Future[None] = loop.create_future()
        client = _Client(script, run, done)
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
        futures.append(done)
    async with asyncio.timeout(seconds + warm_up + _SLACK_SECONDS):
        await asyncio.gather(*futures)
    if run.failure is not None:
        raise RuntimeError(run.failure)
    if not run.milliseconds:
        raise RuntimeError("no request was answered in time")
    return Load(run.milliseconds, run.last - measured_from, run.answered)


def get(path: str, api_key: str) -> bytes:
    """A GET request."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api_key}\r\n\r\n"
    ).encode()


def post(path: str, api_key: str, body: bytes, idempotency_key: str | None = None) -> bytes:
    """A POST request with a JSON body."""
    key = f"Idempotency-Key: {idempotency_key}\r\n" if idempotency_key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api_key}\r\n"
        f"Content-Type: application/json\r\n{key}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def repeated(requests: Sequence[bytes]) -> Script:
    """A script of these requests, once each."""
    rest = iter(requests)
    return lambda _: next(rest, None)
