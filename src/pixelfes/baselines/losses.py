"""The loss terms. Each is a mean over the batch, and so independent of the batch size."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    """Return the critic's loss ``mean D(fake) - mean D(real)``: low if it scores real pictures above fake ones."""
    return fake.mean() - real.mean()


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """Return ``mean (||grad D(x)|| - 1)^2`` at the points ``x = share real + (1 - share) fake``.

    The result can be differentiated with respect to the weights of the critic.

    Parameters
    ----------
    critic : callable
        Maps pictures (B, 3, S, S) to realness (B, ...). D(x) is the sum of the realness over all patches of a picture.
    real, fake : (B, 3, S, S)
    share : (B,), from 0 to 1
        Share of the real picture in each mixture.

    References
    ----------
    Gulrajani et al., "Improved TrainingState of Wasserstein GANs", NeurIPS 2017, eq. 3.
    """
    weight = share.view(-1, 1, 1, 1)
    mixed = (weight * real + (1 - weight) * fake).detach().requires_grad_(True)
    with torch.autocast(mixed.device.type, enabled=False):  # squares of small gradients underflow in half precision
        (gradient,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()


def domain_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Return the cross entropy of exclusive domains; ``wanted`` (B, K) is one-hot."""
    return functional.cross_entropy(logits, wanted)


def unit_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean squared error of action units, both (B, K)."""
    return ((found - wanted) ** 2).mean()


def cycle_loss(picture: Tensor, reconstruction: Tensor) -> Tensor:
    """Return the mean absolute difference between a picture and its reconstruction."""
    return (picture - reconstruction).abs().mean()


def total_variation(mask: Tensor) -> Tensor:
    """Return the squared differences of neighbours in a mask (B, 1, S, S), summed over each mask."""
    down, across = mask[:, :, 1:] - mask[:, :, :-1], mask[..., 1:] - mask[..., :-1]
    return ((down**2).sum() + (across**2).sum()) / len(mask)


def attention_size(mask: Tensor) -> Tensor:
    """Return the norm of a mask (B, 1, S, S) divided by its side, ``||A|| / S``: 1 for a mask of ones."""
    return (mask**2).mean(dim=(1, 2, 3)).sqrt().mean()
