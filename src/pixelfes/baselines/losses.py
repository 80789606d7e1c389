"""The terms of the losses, each a number from tensors: means over the batch, so that they do not depend on its size."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    """Return how much more real the critic finds what was made, ``mean D(fake) - mean D(real)``: it minimises this."""
    return fake.mean() - real.mean()


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """Return ``mean (||grad D(x)|| - 1)^2`` at points ``x = share real + (1 - share) fake``, to be differentiated again.

    Parameters
    ----------
    critic : callable
        Pictures (B, 3, S, S) to realness (B, ...); the gradient is that of its sum over a picture's patches.
    real, fake : (B, 3, S, S)
    share : (B,), from 0 to 1

    References
    ----------
    Gulrajani et al., "Improved Training of Wasserstein GANs", NeurIPS 2017, eq. 3.
    """
    part = share.view(-1, 1, 1, 1)
    mixed = (part * real + (1 - part) * fake).detach().requires_grad_(True)
    with torch.autocast(mixed.device.type, enabled=False):  # squares of small gradients need single precision
        (gradient,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()


def domain_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Return the cross entropy of domains, wanted (B, K) one-hot: domains that exclude each other."""
    return functional.cross_entropy(logits, wanted)


def unit_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean squared error of action units (B, K)."""
    return ((found - wanted) ** 2).mean()


def cycle_loss(picture: Tensor, back: Tensor) -> Tensor:
    """Return the mean absolute difference between a picture and what came back of it."""
    return (picture - back).abs().mean()


def total_variation(mask: Tensor) -> Tensor:
    """Return the squared differences of neighbours in a mask (B, 1, S, S), summed over the mask."""
    down, across = mask[:, :, 1:] - mask[:, :, :-1], mask[..., 1:] - mask[..., :-1]
    return ((down**2).sum() + (across**2).sum()) / len(mask)


def attention_size(mask: Tensor) -> Tensor:
    """Return the norm of a mask (B, 1, S, S) by its side, ``||A|| / S``: 1 for a mask of ones, whatever its size."""
    return (mask**2).mean(dim=(1, 2, 3)).sqrt().mean()
