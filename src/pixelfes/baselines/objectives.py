"""What critic and generator minimise: the terms of StarGAN and of GANimation, and the published weights.

For both, with c the condition that a picture x has, and g the one that is wanted:

critic: ``D(G(x, g)) - D(x) + 10 penalty + lambda_c L(D_c(x), c)``;
generator: ``-D(G(x, g)) + lambda_c L(D_c(G(x, g)), g) + 10 |x - G(G(x, g), c)|``, and in GANimation, for both of its masks,
``0.1 ||A|| + 1e-4 TV(A)``.

L is the cross entropy of domains with weight 1, or the mean squared error of action units with weight 160: the weight of 4000
in GANimation's paper belongs to an error that its authors' code divides by the batch of 25 once more. With 4000 the critic
learns units and hardly anything else.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pixelfes.baselines.losses import (
    attention_size,
    cycle_loss,
    domain_loss,
    gradient_penalty,
    total_variation,
    unit_loss,
    wasserstein,
)
from pixelfes.baselines.networks import Critic, Generator

Terms = dict[str, Tensor]

DOMAIN_WEIGHTS = {"penalty": 10.0, "condition": 1.0, "cycle": 10.0}
UNIT_WEIGHTS = {"penalty": 10.0, "condition": 160.0, "cycle": 10.0, "attention": 0.1, "variation": 1e-4}


class Batch(NamedTuple):
    """What a step sees: pictures (B, 3, S, S), conditions they have and are to have (B, K), shares for the penalty (B,)."""

    pictures: Tensor
    own: Tensor
    goal: Tensor
    share: Tensor


def critic_terms(generator: Generator, critic: Critic, batch: Batch) -> Terms:
    """Return the terms that the critic minimises."""
    with torch.no_grad():
        fake = generator(batch.pictures, batch.goal).picture
    real, found = critic(batch.pictures)
    return {
        "adversarial": wasserstein(real, critic(fake)[0]),
        "penalty": gradient_penalty(lambda x: critic(x)[0], batch.pictures, fake, batch.share),
        "condition": _condition(generator, found, batch.own),
    }


def generator_terms(generator: Generator, critic: Critic, batch: Batch) -> Terms:
    """Return the terms that the generator minimises."""
    made = generator(batch.pictures, batch.goal)
    back = generator(made.picture, batch.own)
    real, found = critic(made.picture)
    terms = {
        "adversarial": -real.mean(),
        "condition": _condition(generator, found, batch.goal),
        "cycle": cycle_loss(batch.pictures, back.picture),
    }
    masks = [mask for mask in (made.attention, back.attention) if mask is not None]
    if masks:
        terms["attention"] = torch.stack([attention_size(mask) for mask in masks]).sum()
        terms["variation"] = torch.stack([total_variation(mask) for mask in masks]).sum()
    return terms


def weighted(generator: Generator, terms: Terms) -> Tensor:
    """Return the sum of terms by their weights; the adversarial term has 1."""
    weights = UNIT_WEIGHTS if generator.method == "ganimation" else DOMAIN_WEIGHTS
    return torch.stack([weights.get(name, 1.0) * term for name, term in terms.items()]).sum()


def _condition(generator: Generator, found: Tensor, wanted: Tensor) -> Tensor:
    return unit_loss(found, wanted) if generator.method == "ganimation" else domain_loss(found, wanted)
