"""Any ONNX classifier of faces as a judge of expression."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import ChoiceError, InputError, ModelError
from pixelfes.evaluate.judges.crops import cut, square_frame
from pixelfes.evaluate.judges.expression import JudgeInfo, KeptOut
from pixelfes.evaluate.judges.onnx_network import OnnxNetwork
from pixelfes.face.landmarks import check_landmarks

MARGIN = 1.2
_SUMS_TO_ONE = 1e-3


class OnnxExpressionJudge:
    """A classifier of face crops: the score is the probability that it gives to one of its labels.

    The crop is a square around the face with the eyes level (`square_frame`), in the size that the file asks for. Outputs that
    are not probabilities go through a softmax.

    Parameters
    ----------
    path : str or Path
        The ONNX file; its first output has one number for each label.
    labels : list of str
        Names of its classes, in their order.
    happy : str
        Which of them is the expression.
    margin : float
        Side of the crop in longer sides of the box around the landmarks; 0.5 to 4.
    kept_out : KeptOut, optional
        What has been measured of it on real photos, if it has.
    **options
        ``size``, ``scale``, ``mean``, ``std`` and ``colours`` of `OnnxNetwork`.

    Raises
    ------
    InputError, ModelError, MissingDependencyError
        If the labels, the options or the file are wrong, or onnxruntime is not installed.
    """

    def __init__(
        self,
        path: str | Path,
        labels: Sequence[str],
        happy: str = "happy",
        *,
        margin: float = MARGIN,
        kept_out: KeptOut | None = None,
        **options: Any,
    ) -> None:
        names = _checked_labels(labels)
        if happy not in names:
            raise ChoiceError(f"the label {happy!r} is none of the classifier's: {', '.join(names)}")
        if not 0.5 <= margin <= 4:
            raise InputError(f"margin must be a number from 0.5 to 4; found {margin!r}")
        self._network = OnnxNetwork(path, **options)
        self._labels, self._place, self._margin = names, names.index(happy), margin
        self.info = JudgeInfo(name=Path(path).name, expression=happy, kept_out=kept_out)
        self._probabilities(np.zeros((self._network.size, self._network.size, 3), np.uint8))

    @property
    def labels(self) -> list[str]:
        """Names of its classes, in the order of `probabilities`."""
        return list(self._labels)

    def score(self, pixels: Pixels, landmarks: npt.ArrayLike) -> float:
        """Return the probability, 0 to 1, of the expression; see `ExpressionJudge.score`."""
        return float(self.probabilities(pixels, landmarks)[self._place])

    def probabilities(self, pixels: Pixels, landmarks: npt.ArrayLike) -> Array:
        """Return the probability of every label, in their order; see `ExpressionJudge.score`."""
        size = self._network.size
        return self._probabilities(cut(pixels, square_frame(check_landmarks(landmarks), size, self._margin), size))

    def _probabilities(self, crop: Pixels) -> Array:
        answer = self._network(crop)
        if len(answer) != len(self._labels):
            raise ModelError(
                f"{self._network.path} has {len(answer)} outputs, and {len(self._labels)} labels were given"
            )
        if (answer >= 0).all() and abs(answer.sum() - 1) < _SUMS_TO_ONE:
            return np.asarray(np.minimum(answer, 1.0))
        likely = np.exp(answer - answer.max())
        return np.asarray(likely / likely.sum())


def _checked_labels(labels: Sequence[str]) -> list[str]:
    names = [] if isinstance(labels, str) else list(labels)
    if len(names) < 2 or len(set(names)) < len(names) or not all(isinstance(name, str) and name for name in names):
        raise InputError(f"labels must be the names of two or more classes, each once; found {labels!r}")
    return names
