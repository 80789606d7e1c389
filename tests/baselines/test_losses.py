from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='torch is not installed: pip install "pixelfes[gan]"')

from pixelfes.baselines import losses
from pixelfes.baselines.networks import Critic, Generator
from pixelfes.baselines.objectives import TrainingBatch, critic_terms, generator_terms, weighted_sum
from pixelfes.baselines.settings import NetworkMethod, NetworkSettings


def test_wasserstein() -> None:
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([-1.0, 2.0])
    assert float(losses.wasserstein(real, fake)) == 0.5 - 2.0


def test_domain_loss() -> None:
    logits, wanted = torch.tensor([[0.0, math.log(3)], [0.0, 0.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    expected = (-math.log(3 / 4) - math.log(1 / 2)) / 2
    assert float(losses.domain_loss(logits, wanted)) == pytest.approx(expected)


def test_unit_loss() -> None:
    assert float(losses.unit_loss(torch.tensor([[0.0, 1.0]]), torch.tensor([[0.5, 3.0]]))) == (0.25 + 4) / 2


def test_cycle_loss() -> None:
    assert float(losses.cycle_loss(torch.tensor([0.0, 1.0]), torch.tensor([0.5, -1.0]))) == (0.5 + 2) / 2


def test_total_variation() -> None:
    mask = torch.tensor([[[[0.0, 1.0], [3.0, 3.0]]]])
    down, across = 3.0**2 + 2.0**2, 1.0**2 + 0.0
    assert float(losses.total_variation(mask)) == down + across
    assert float(losses.total_variation(torch.cat([mask, torch.ones_like(mask)]))) == (down + across) / 2


def test_attention_size() -> None:
    mask = torch.tensor([[[[0.0, 0.6], [0.8, 0.0]]], [[[1.0, 1.0], [1.0, 1.0]]]])
    assert float(losses.attention_size(mask)) == pytest.approx((1 / 2 + 1) / 2)


def test_the_gradient_penalty_of_a_linear_critic() -> None:
    slope = torch.zeros(3, 2, 2)
    slope[0, 0] = torch.tensor([3.0, 4.0])  # a gradient of norm 5 everywhere
    penalty = losses.gradient_penalty(
        lambda x: (x * slope).sum((1, 2, 3)), torch.rand(4, 3, 2, 2), torch.rand(4, 3, 2, 2), torch.rand(4)
    )
    assert float(penalty) == pytest.approx((5 - 1) ** 2)


def _double_critic() -> tuple[Any, Any, Any, Any]:
    torch.manual_seed(1)
    critic = Critic(NetworkSettings("stargan", 32, 4, 2)).double()
    real, fake = (torch.rand(2, 3, 32, 32, dtype=torch.float64) for _ in range(2))
    return critic, real, fake, torch.tensor([0.25, 0.75], dtype=torch.float64)


def test_the_gradient_penalty_against_finite_differences() -> None:
    critic, real, fake, share = _double_critic()

    def realness(x: Any) -> Any:
        return critic.patches(critic.trunk(x))

    mixed = share.view(-1, 1, 1, 1) * real + (1 - share.view(-1, 1, 1, 1)) * fake
    step, norms = 1e-5, []
    with torch.no_grad():
        for picture in mixed:
            nudges = step * torch.eye(picture.numel(), dtype=torch.float64).view(-1, *picture.shape)
            up, down = (realness(picture + sign * nudges).sum((1, 2, 3)) for sign in (1, -1))
            norms.append(float(((up - down) / (2 * step)).norm()))
    expected = sum((norm - 1) ** 2 for norm in norms) / 2
    assert losses.gradient_penalty(realness, real, fake, share).item() == pytest.approx(expected, rel=1e-5)


def test_the_gradient_of_the_gradient_penalty_against_finite_differences() -> None:
    critic, real, fake, share = _double_critic()

    def penalty() -> Any:
        return losses.gradient_penalty(lambda x: critic.patches(critic.trunk(x)), real, fake, share)

    weight = critic.trunk[2].weight
    (gradient,) = torch.autograd.grad(penalty(), weight)
    place = tuple(int(n) for n in (gradient.abs() == gradient.abs().max()).nonzero()[0])
    step, values = 1e-5, []
    for sign in (1, -1):
        with torch.no_grad():
            weight[place] += sign * step
        values.append(penalty().item())
        with torch.no_grad():
            weight[place] -= sign * step
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(gradient[place].item(), rel=1e-4)


@pytest.mark.parametrize(("method", "weight"), [("stargan", 1.0), ("ganimation", 160.0)])
def test_the_objectives_are_the_published_sums(method: NetworkMethod, weight: float) -> None:
    torch.manual_seed(0)
    settings = NetworkSettings(method, 32, 4, 3)
    generator, critic = Generator(settings), Critic(settings)
    batch = TrainingBatch(torch.rand(2, 3, 32, 32), torch.eye(3)[:2], torch.eye(3)[1:], torch.rand(2))
    of_critic, of_generator = critic_terms(generator, critic, batch), generator_terms(generator, critic, batch)
    total = of_critic["adversarial"] + 10 * of_critic["penalty"] + weight * of_critic["condition"]
    assert weighted_sum(generator, of_critic).item() == pytest.approx(total.item())
    total = of_generator["adversarial"] + weight * of_generator["condition"] + 10 * of_generator["cycle"]
    if method == "ganimation":
        total = total + 0.1 * of_generator["attention"] + 1e-4 * of_generator["variation"]
    assert weighted_sum(generator, of_generator).item() == pytest.approx(total.item(), rel=1e-5)
    assert ("attention" in of_generator) == (method == "ganimation")


def test_the_loss_of_the_critic_leaves_the_generator_alone() -> None:
    torch.manual_seed(0)
    settings = NetworkSettings("stargan", 32, 4, 2)
    generator, critic = Generator(settings), Critic(settings)
    batch = TrainingBatch(torch.rand(2, 3, 32, 32), torch.eye(2), torch.eye(2).flip(0), torch.rand(2))
    weighted_sum(generator, critic_terms(generator, critic, batch)).backward()
    assert all(parameter.grad is None for parameter in generator.parameters())
    assert all(parameter.grad is not None for parameter in critic.parameters())
