"""Rate limits: a token bucket for each client, in memory only.

Network addresses are never stored. The key of a bucket is a hash of the address under a secret that the process draws when
it starts. The least recently used buckets are dropped.
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

_MAX_BUCKETS = 20_000
_IPV4_PREFIX = 32
_IPV6_PREFIX = 64  # the network of one household or device


@dataclass(frozen=True)
class Rate:
    """A token bucket: burst size, and refill rate per second."""

    burst: float
    per_second: float


class TokenBuckets:
    """Token buckets with the same rate, one for each key.

    Parameters
    ----------
    rate : Rate
    clock : callable
        Returns monotonic seconds.

    Examples
    --------
    >>> buckets = TokenBuckets(Rate(burst=2, per_second=0.5), clock=lambda: 0.0)
    >>> [buckets.take("client") for _ in range(3)]
    [0.0, 0.0, 2.0]
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Take a token and return 0; if the bucket is empty, take none and return the seconds to wait for one."""
        with self._lock:
            now = self._clock()
            tokens, then = self._buckets.pop(key, (self._rate.burst, now))
            tokens = min(self._rate.burst, tokens + (now - then) * self._rate.per_second)
            missing = 1 - tokens
            self._buckets[key] = (tokens if missing > 0 else tokens - 1, now)
            while len(self._buckets) > _MAX_BUCKETS:
                self._buckets.popitem(last=False)
        return max(0.0, missing / self._rate.per_second)


@dataclass(frozen=True)
class RateLimits:
    """The rate limits of a server. They allow for many participants behind one address, as in a lecture hall.

    Attributes
    ----------
    requests : Rate
        All requests, per address.
    entries : Rate
        New participants, per address.
    answers : Rate
        Requests of one participant.
    wrong_tokens : Rate
        Unknown tokens of participants, per address.
    wrong_organisers : Rate
        Wrong tokens of the organiser, per address.
    """

    requests: Rate = Rate(12_000, 800)
    entries: Rate = Rate(600, 5)
    answers: Rate = Rate(60, 4)
    wrong_tokens: Rate = Rate(60, 1)
    wrong_organisers: Rate = Rate(10, 0.1)


class RateLimiter:
    """The token buckets of a server, one set for each limit of `RateLimits`."""

    def __init__(self, limits: RateLimits | None = None) -> None:
        limits = limits or RateLimits()
        self.requests = TokenBuckets(limits.requests)
        self.entries = TokenBuckets(limits.entries)
        self.answers = TokenBuckets(limits.answers)
        self.wrong_tokens = TokenBuckets(limits.wrong_tokens)
        self.wrong_organisers = TokenBuckets(limits.wrong_organisers)
        self._secret = secrets.token_bytes(32)

    def client_key(self, host: str | None) -> str:
        """Return the key of an address: a keyed hash, of the network for IPv6."""
        try:
            address = ipaddress.ip_address(host or "")
            prefix = _IPV4_PREFIX if address.version == 4 else _IPV6_PREFIX
            text = str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
        except ValueError:
            text = host or ""
        return hashlib.blake2b(text.encode("utf-8", "replace"), key=self._secret, digest_size=16).hexdigest()
