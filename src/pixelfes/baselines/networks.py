"""The networks: one generator in three forms, and the critic that they share.

Inputs are pictures (B, 3, S, S) from -1 to 1 and conditions (B, K). The layers compute in the precision that autocast sets;
outputs are float32.

References
----------
Choi et al., "StarGAN", CVPR 2018, tables 4 and 5. Pumarola et al., "GANimation: One-Shot Anatomically Consistent Facial
Animation", IJCV 128(3), 2020. Akram and Khan, "US-GAN", 2023.
"""

from __future__ import annotations

from math import log2
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pixelfes.baselines.settings import NetworkSettings

_CRITIC_LAYERS = 6
_LEAK = 0.01


class Generated(NamedTuple):
    """The output of a generator.

    Attributes
    ----------
    picture : (B, 3, S, S), from -1 to 1
    attention : (B, 1, S, S), from 0 to 1, or None
        The share of the input in each pixel; None if the method has no such mask.
    """

    picture: Tensor
    attention: Tensor | None = None


class Residual(nn.Module):
    """A residual block: two convolutions, added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolved(channels, channels, 3, 1), nn.ReLU(), *_convolved(channels, channels, 3, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the shape of x, (B, C, h, w)."""
        return x + self.body(x)


def _convolved(before: int, after: int, kernel: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, kernel, stride, (kernel - stride + 1) // 2, bias=False)
    return [convolution, nn.InstanceNorm2d(after, affine=True)]


def _enlarged(before: int, after: int) -> list[nn.Module]:
    return [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.InstanceNorm2d(after, affine=True), nn.ReLU()]


def _trunk(channels: int, width: int, blocks: int) -> nn.Sequential:
    """Return the encoder, the residual blocks and the decoder, up to ``width`` channels at full size."""
    return nn.Sequential(
        *_convolved(channels, width, 7, 1),
        nn.ReLU(),
        *_convolved(width, 2 * width, 4, 2),
        nn.ReLU(),
        *_convolved(2 * width, 4 * width, 4, 2),
        nn.ReLU(),
        *(Residual(4 * width) for _ in range(blocks)),
        *_enlarged(4 * width, 2 * width),
        *_enlarged(2 * width, width),
    )


class Generator(nn.Module):
    """A network that changes a picture x so that it shows a condition c.

    StarGAN generates the whole picture: ``tanh(f(x, c))``. US-GAN adds its input at the end, ``x + f(x, c)``, clipped to
    [-1, 1]; its paper calls this the ultimate skip connection. GANimation generates colours and an attention mask A:
    ``A x + (1 - A) tanh(f(x, c))``.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.method = settings.method
        self.trunk = _trunk(3 + settings.conditions, settings.width, settings.blocks)
        self.colour = nn.Conv2d(settings.width, 3, 7, padding=3, bias=False)
        if settings.method == "ganimation":
            self.attention = nn.Conv2d(settings.width, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> Generated:
        """Return the pictures that show the conditions (B, K), with the attention mask if the method has one."""
        planes = condition[:, :, None, None].expand(-1, -1, *x.shape[2:])
        features = self.trunk(torch.cat([x, planes], dim=1))
        colour = self.colour(features).float()
        if self.method == "usgan":
            return Generated((x + colour).clamp(-1, 1))
        if self.method == "stargan":
            return Generated(torch.tanh(colour))
        attention = torch.sigmoid(self.attention(features).float())
        return Generated(attention * x + (1 - attention) * torch.tanh(colour), attention)


class Critic(nn.Module):
    """A network that scores how real each patch of a picture looks, and estimates the condition that the picture shows.

    Six layers halve the resolution, as published. Below size 128 there are fewer, and the last one leaves a side of 2 or 3.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before, after = 3, settings.width
        for _ in range(min(_CRITIC_LAYERS, int(log2(settings.size)) - 1)):
            layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(_LEAK)]
            before, after = after, 2 * after
        left = settings.size // 2 ** (len(layers) // 2)
        self.trunk = nn.Sequential(*layers)
        self.patches = nn.Conv2d(before, 1, 3, padding=1, bias=False)
        self.condition = nn.Conv2d(before, settings.conditions, left, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the realness of patches (B, 1, h, w), and the condition (B, K): logits of domains, or action units."""
        features = self.trunk(x)
        return self.patches(features).float(), self.condition(features).float().flatten(1)


def parameter_count(network: nn.Module) -> int:
    """Return the number of trainable parameters of a network."""
    return sum(parameter.numel() for parameter in network.parameters())
