"""How much anybody may ask of the server: buckets that refill, in memory only.

Addresses on the network are never kept: a bucket is found by a hash under a key that the process draws when it starts and
never writes down, and is forgotten when it is full again.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST_BUCKETS = 20_000
_IPV6_PREFIX = 64  # what one household or device has


@dataclass(frozen=True)
class Rate:
    """What is allowed: so many at once, and then so many a second."""

    burst: float
    per_second: float


class TokenBuckets:
    """Token buckets by name.

    Parameters
    ----------
    rate : Rate
    clock : callable
        Seconds that only grow.

    Examples
    --------
    >>> buckets = TokenBuckets(Rate(burst=2, per_second=0.5), clock=lambda: 0.0)
    >>> [buckets.wait("somebody") for _ in range(3)]
    [0.0, 0.0, 2.0]
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, cost: float = 1.0) -> float:
        """Take from a bucket and return 0; or take nothing, and return after how many seconds to come again."""
        with self._lock:
            now = self._clock()
            level, then = self._levels.pop(name, (self._rate.burst, now))
            level = min(self._rate.burst, level + (now - then) * self._rate.per_second)
            missing = cost - level
            self._levels[name] = (level if missing > 0 else level - cost, now)
            while len(self._levels) > _MOST_BUCKETS:
                self._levels.popitem(last=False)
        return max(0.0, missing / self._rate.per_second)


@dataclass(frozen=True)
class RateLimits:
    """The limits of a server; generous where many sit behind one address, as in a lecture hall.

    Attributes
    ----------
    requests : Rate
        Of any sort, by address.
    entries : Rate
        New participants, by address.
    answers : Rate
        Of one participant.
    wrong_tokens : Rate
        Tokens of nobody, by address.
    wrong_organisers : Rate
        Wrong tokens of the organiser, by address.
    """

    requests: Rate = Rate(12_000, 800)
    entries: Rate = Rate(600, 5)
    answers: Rate = Rate(60, 4)
    wrong_tokens: Rate = Rate(60, 1)
    wrong_organisers: Rate = Rate(10, 0.1)


class RateLimiter:
    """The buckets of a server."""

    def __init__(self, rates: RateLimits | None = None) -> None:
        rates = rates or RateLimits()
        self.requests = TokenBuckets(rates.requests)
        self.entries = TokenBuckets(rates.entries)
        self.answers = TokenBuckets(rates.answers)
        self.wrong_tokens = TokenBuckets(rates.wrong_tokens)
        self.wrong_organisers = TokenBuckets(rates.wrong_organisers)
        self._key = secrets.token_bytes(32)

    def client_key(self, host: str | None) -> str:
        """Return the name of the bucket of an address, which nobody can turn back."""
        try:
            address = ipaddress.ip_address(host or "")
            whole = 32 if address.version == 4 else _IPV6_PREFIX
            text = str(ipaddress.ip_network(f"{address}/{whole}", strict=False))
        except ValueError:
            text = host or ""
        return hashlib.blake2b(text.encode("utf-8", "replace"), key=self._key, digest_size=16).hexdigest()
