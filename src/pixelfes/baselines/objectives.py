"""The objectives of critic and generator: the loss terms of StarGAN and GANimation, with the published weights.

Let c be the condition that a picture x shows, and g the wanted condition. The networks minimise

- critic: ``D(G(x, g)) - D(x) + 10 penalty + lambda_c L(D_c(x), c)``;
- generator: ``-D(G(x, g)) + lambda_c L(D_c(G(x, g)), g) + 10 |x - G(G(x, g), c)|``. GANimation adds
  ``0.1 ||A|| + 1e-4 TV(A)`` for each of its two attention masks.

L is the cross entropy of domains with ``lambda_c`` = 1, or the mean squared error of action units with ``lambda_c`` = 160.
GANimation's paper gives 4000, but its authors' code also divides that error by the batch size of 25. With 4000 here, the
critic learns the units and hardly anything else.
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

LossTerms = dict[str, Tensor]

DOMAIN_WEIGHTS = {"penalty": 10.0, "condition": 1.0, "cycle": 10.0}
UNIT_WEIGHTS = {"penalty": 10.0, "condition": 160.0, "cycle": 10.0, "attention": 0.1, "variation": 1e-4}


class TrainingBatch(NamedTuple):
    """The data of one training step.

    Attributes
    ----------
    pictures : (B, 3, S, S), from -1 to 1
    shown, wanted : (B, K)
        The conditions that the pictures show, and those that the generator is asked for.
    share : (B,), from 0 to 1
        Share of the real picture in the mixtures of the gradient penalty.
    """

    pictures: Tensor
    shown: Tensor
    wanted: Tensor
    share: Tensor


def critic_terms(generator: Generator, critic: Critic, batch: TrainingBatch) -> LossTerms:
    """Return the loss terms of the critic."""
    with torch.no_grad():
        fake = generator(batch.pictures, batch.wanted).picture
    realness, estimated = critic(batch.pictures)
    return {
        "adversarial": wasserstein(realness, critic(fake)[0]),
        "penalty": gradient_penalty(lambda x: critic(x)[0], batch.pictures, fake, batch.share),
        "condition": _condition_loss(generator, estimated, batch.shown),
    }


def generator_terms(generator: Generator, critic: Critic, batch: TrainingBatch) -> LossTerms:
    """Return the loss terms of the generator."""
    changed = generator(batch.pictures, batch.wanted)
    restored = generator(changed.picture, batch.shown)
    realness, estimated = critic(changed.picture)
    terms = {
        "adversarial": -realness.mean(),
        "condition": _condition_loss(generator, estimated, batch.wanted),
        "cycle": cycle_loss(batch.pictures, restored.picture),
    }
    masks = [mask for mask in (changed.attention, restored.attention) if mask is not None]
    if masks:
        terms["attention"] = torch.stack([attention_size(mask) for mask in masks]).sum()
        terms["variation"] = torch.stack([total_variation(mask) for mask in masks]).sum()
    return terms


def weighted_sum(generator: Generator, terms: LossTerms) -> Tensor:
    """Return the weighted sum of loss terms; the weight of the adversarial term is 1."""
    weights = UNIT_WEIGHTS if generator.method == "ganimation" else DOMAIN_WEIGHTS
    return torch.stack([weights.get(name, 1.0) * term for name, term in terms.items()]).sum()


def _condition_loss(generator: Generator, estimated: Tensor, expected: Tensor) -> Tensor:
    return (unit_loss if generator.method == "ganimation" else domain_loss)(estimated, expected)
