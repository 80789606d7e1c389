from __future__ import annotations

from pixelfes.study.server.rate_limits import Rate, RateLimiter, TokenBuckets


def test_buckets_refill() -> None:
    now = [0.0]
    buckets = TokenBuckets(Rate(2, 0.5), clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 2]
    assert buckets.take("b") == 0
    now[0] = 2.0
    assert [buckets.take("a"), buckets.take("a")] == [0, 2]


def test_keys_hide_addresses_and_differ_between_servers() -> None:
    one, two = RateLimiter(), RateLimiter()
    assert "192.0.2.7" not in one.client_key("192.0.2.7")
    assert one.client_key("192.0.2.7") == one.client_key("192.0.2.7") != two.client_key("192.0.2.7")
    assert one.client_key("2001:db8::1") == one.client_key("2001:db8::2") != one.client_key("2001:db8:0:1::1")
    assert one.client_key(None) == one.client_key("")
