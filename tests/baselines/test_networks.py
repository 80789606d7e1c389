from __future__ import annotations

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch", reason='torch is not installed: pip install "pixelfes[gan]"')

from pixelfes.baselines.networks import Critic, Generator, parameter_count
from pixelfes.baselines.settings import NetworkMethod, NetworkSettings
from pixelfes.errors import InputError


@pytest.mark.parametrize(
    ("method", "conditions", "parameters"),
    [
        ("stargan", 5, 8_430_528),
        ("stargan", 8, 8_439_936),
        ("ganimation", 17, 8_471_296),
        ("usgan", 7, 2_533_440),
    ],
)
def test_generators_have_the_published_number_of_parameters(
    method: NetworkMethod, conditions: int, parameters: int
) -> None:
    assert parameter_count(Generator(NetworkSettings(method, 128, 64, conditions))) == parameters


def test_the_critic_has_the_published_number_of_parameters() -> None:
    critic = Critic(NetworkSettings("stargan", 128, 64, 5))
    # six convolutions of 4 x 4 with bias, doubling from 64 channels; a 3 x 3 to one channel; a 2 x 2 to the domains
    channels = [3, 64, 128, 256, 512, 1024, 2048]
    convolutions = sum(16 * a * b + b for a, b in pairwise(channels))
    assert parameter_count(critic) == convolutions + 9 * 2048 + 4 * 2048 * 5


@pytest.mark.parametrize("method", ["stargan", "ganimation", "usgan"])
@pytest.mark.parametrize("size", [32, 36, 64])
def test_shapes_and_ranges(method: NetworkMethod, size: int) -> None:
    torch.manual_seed(0)
    settings = NetworkSettings(method, size, 8, 3)
    x = torch.rand(2, 3, size, size) * 2 - 1
    made = Generator(settings)(x, torch.eye(3)[:2])
    assert made.picture.shape == x.shape
    assert made.picture.abs().max() <= 1
    assert (made.attention is not None) == (method == "ganimation")
    real, condition = Critic(settings)(x)
    assert real.shape[:2] == (2, 1)
    assert condition.shape == (2, 3)


def test_the_picture_depends_on_the_condition() -> None:
    torch.manual_seed(0)
    generator = Generator(NetworkSettings("stargan", 32, 8, 2))
    x = torch.rand(1, 3, 32, 32) * 2 - 1
    off, on = (generator(x, torch.eye(2)[n : n + 1]).picture for n in range(2))
    assert (off - on).abs().max() > 1e-3


def test_full_attention_returns_the_input() -> None:
    generator = Generator(NetworkSettings("ganimation", 32, 8, 17))
    with torch.no_grad():
        generator.attention.weight.zero_()
        x = torch.rand(1, 3, 32, 32) * 2 - 1
        made = generator(x, torch.zeros(1, 17))
        assert (made.attention == 0.5).all()
        colour = torch.tanh(generator.colour(generator.trunk(torch.cat([x, torch.zeros(1, 17, 32, 32)], 1))))
        torch.testing.assert_close(made.picture, 0.5 * x + 0.5 * colour)


def test_the_ultimate_skip_connection_adds_the_input() -> None:
    generator = Generator(NetworkSettings("usgan", 32, 8, 2))
    with torch.no_grad():
        generator.colour.weight.zero_()
        x = torch.rand(1, 3, 32, 32) * 2 - 1
        torch.testing.assert_close(generator(x, torch.eye(2)[:1]).picture, x)


@pytest.mark.parametrize(
    "wrong", [{"method": "gan"}, {"size": 30}, {"size": 34}, {"size": True}, {"width": 2}, {"conditions": 1}]
)
def test_wrong_settings_are_errors(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        NetworkSettings(**({"method": "stargan"} | wrong))  # type: ignore[arg-type]
