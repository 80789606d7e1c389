"""ActionModel: any expression on any photo, by name, from sliders, or from another photo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy.typing as npt

from pixelfes.arrays import Array, DeepPixels, Pixels
from pixelfes.assets import asset_path
from pixelfes.errors import InputError
from pixelfes.expression.actions.mix import ExpressionLike, Mix, mix_of
from pixelfes.expression.base import Model, ModelDescription, ModelInfo, Precision, Progress, TeethChoice, no_progress
from pixelfes.extras import require_extra
from pixelfes.face.landmarks import FaceChoice, LandmarkProvider
from pixelfes.tracking.readouts import AS_READ, Readouts

if TYPE_CHECKING:
    from pixelfes.expression.actions.action_set import ActionSet
    from pixelfes.expression.actions.reading import FaceReading
    from pixelfes.expression.actions.refinement import Refinement
    from pixelfes.expression.model import ExpressionModel
    from pixelfes.expression.pairs import PairLike
    from pixelfes.tracking.frame_change import Draw


class ActionModel:
    """Every expression that facial actions give: names, sizes of actions, gaze.

    Parameters
    ----------
    base : ExpressionModel, optional
        The learned expression that "smile" stands for; the shipped smile by default. It must have a mesh.
    landmarks : LandmarkProvider, optional
        What finds faces; a `FaceDetector` by default.

    Examples
    --------
    >>> import pixelfes
    >>> model = pixelfes.load("expressions")
    >>> model.showing("sad:0.6 + wink").info_.expression
    'sad:0.6 + wink'
    """

    def __init__(self, base: ExpressionModel | None = None, landmarks: LandmarkProvider | None = None) -> None:
        if base is None:
            base = _shipped_smile()
        if getattr(base, "registration", None) != "mesh":
            raise InputError("facial actions need a model with a mesh; this one has none")
        self.base = base
        self.landmarks = landmarks or base.landmarks

    def showing(self, expression: ExpressionLike, *, gaze: tuple[float, float] | None = None) -> ShownExpression:
        """Return the model of one expression: a `Model` like any other.

        Parameters
        ----------
        expression : Mix, str, or mapping from names to sizes
            ``"sad:0.6 + wink"``, ``{"browInnerUp": 0.8}``, ``pixelfes.expression("angry", 0.7)``.
        gaze : (left, up), degrees, optional
            Where the eyes look, to the person's left and up.

        Raises
        ------
        InputError
            If a name is unknown, or a size is wrong.
        """
        return ShownExpression(mix_of(expression, gaze), self.base, landmarks=self.landmarks)

    def synthesize(
        self,
        photo: Any,
        expression: ExpressionLike,
        *,
        gaze: tuple[float, float] | None = None,
        landmarks: npt.ArrayLike | None = None,
        face: FaceChoice = "all",
        insist: bool = False,
        teeth: TeethChoice = "auto",
        return_faces: bool = False,
    ) -> Any:
        """Return the photo with an expression on its faces.

        Parameters
        ----------
        photo : (H, W, 3) or (H, W) array of uint8 or uint16, PIL image, path, bytes or binary file
        expression, gaze
            See `showing`.
        landmarks, face, insist, teeth, return_faces
            See `pixelfes.Model.synthesize`.

        Raises
        ------
        FaceNotFoundError
            If the photo has no face; a `FaceRefusedError` if it has none that can be changed.
        InputError
            If a name is unknown, or a parameter is wrong.
        """
        shown = self.showing(expression, gaze=gaze)
        result = shown.synthesize(
            photo, landmarks=landmarks, face=face, insist=insist, teeth=teeth, return_faces=return_faces
        )
        self.landmarks = shown.landmarks  # a detector is made once
        return result

    def stream(
        self,
        frames: Iterable[Pixels],
        times: Iterable[float] | None,
        expression: ExpressionLike | Callable[[float], ExpressionLike],
        *,
        gaze: tuple[float, float] | None = None,
        face: FaceChoice = "all",
        insist: bool = False,
        teeth: TeethChoice = "auto",
    ) -> Iterator[Pixels]:
        """Yield every frame of a film with an expression on its faces, without flicker.

        Parameters
        ----------
        frames, times
            See `pixelfes.Model.stream`.
        expression : as for `showing`, or a function of the time in seconds that returns one
        gaze, face, insist, teeth
            See `synthesize`.

        Yields
        ------
        (H, W, 3) uint8

        Raises
        ------
        InputError
            If a name is unknown, or a frame, a time or a parameter is wrong.
        """
        from pixelfes.expression.base import check_teeth
        from pixelfes.tracking.frame_change import FrameChange, stream_frames

        check_teeth(teeth)

        def draw_at(time: float) -> Draw:
            wanted = expression(time) if callable(expression) else fixed
            return self.showing(wanted, gaze=gaze).drawing(1.0, teeth)

        fixed = Mix() if callable(expression) else mix_of(expression)

        provider = self.showing(Mix()).provider(None)
        return stream_frames(FrameChange(provider, face, insist=insist), frames, times, draw_at)

    def read(self, photo: Any, *, landmarks: npt.ArrayLike | None = None) -> list[FaceReading]:
        """Return what each face of a photo shows, action by action, and how surely; largest face first.

        Parameters
        ----------
        photo : as for `synthesize`
        landmarks : (468, 3) or (K, 468, 3), image pixels, optional

        Raises
        ------
        FaceNotFoundError
            If the photo has no face.
        """
        from pixelfes.expression.actions.reading import read_face
        from pixelfes.face.trust.judging import judged_faces
        from pixelfes.photos.reading import read_photo

        shown = self.showing(Mix())
        found = judged_faces(shown.provider(landmarks), read_photo(photo).pixels, "all")
        self.landmarks = shown.landmarks
        return [read_face(points, verdict) for points, verdict in found]


class ShownExpression(Model):
    """A model of one mix of facial actions and a learned expression.

    Parameters
    ----------
    mix : Mix
    base : ExpressionModel
        The learned expression, with a mesh.
    refinement : Refinement, optional
        What was learned from pairs on top of the mix.
    landmarks : LandmarkProvider, optional
    """

    def __init__(
        self,
        mix: Mix,
        base: ExpressionModel,
        *,
        refinement: Refinement | None = None,
        landmarks: LandmarkProvider | None = None,
    ) -> None:
        require_extra("photo", "cv2")
        super().__init__(landmarks)
        self.mix, self.base, self.refinement = mix, base, refinement
        self.info_ = ModelInfo(mix.label or "expression", licence="MIT", attribution="ICT-FaceKit")
        self.skipped_ = []

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read a refined expression from a file.

        Raises
        ------
        ModelError
            If the file is not a valid one; the message names what is wrong.
        """
        from pixelfes.expression.actions.refinement import read_refinement

        refinement, mix, info = read_refinement(path)
        model = cls(mix, _shipped_smile(), refinement=refinement)
        model.info_ = info
        return model

    def fit(
        self, pairs: Iterable[PairLike], *, info: ModelInfo | None = None, progress: Progress | None = None
    ) -> Self:
        """Refine the expression from pairs of photos: few are enough, and without any it stays as it is.

        Minimises ``Σ_i ||D_i - Δ||² + 5 ||Δ||²`` over Δ. D_i is the displacement from the mix, drawn on the input of pair i, to
        its target; and the same for the logarithm of the shading at every pixel.

        Raises
        ------
        InputError
            If pairs were given and none can be used.
        """
        from pixelfes.expression.actions.refinement import refined
        from pixelfes.expression.pairs import as_pairs

        given = as_pairs(pairs)
        found = refined(self.mix, self.base.learned_, given, self.provider(None), progress or no_progress)
        self.refinement, self.skipped_ = found.refinement, found.skipped
        self.info_ = replace(info or self.info_, n_pairs=found.n_pairs)
        return self

    def save(self, path: str | Path, precision: Precision = "float32") -> None:
        """Write a refined expression to a safetensors file, completely or not at all.

        Raises
        ------
        InputError
            If nothing was refined: a name says all there is.
        """
        from pixelfes.expression.actions.refinement import write_refinement

        if self.refinement is None:
            raise InputError(f"{self.info_.expression} has nothing of its own to store: its name is enough")
        write_refinement(self.refinement, self.mix, self.info_, path, precision)

    @property
    def n_parameters_(self) -> int:
        """Count of the numbers in use: those of the actions, and of the learned expression if it takes part."""
        actions = self._actions()
        used = [row for row, name in enumerate(actions.names) if self.mix.actions.get(name)]
        own = sum(actions.displacement[row].size + actions.shading[row].size for row in used)
        return int(own) + (self.base.n_parameters_ if self.mix.base or self.mix.neutral else 0)

    def describe(self) -> ModelDescription:
        """Return the sizes of the actions, and the registration."""
        from pixelfes.expression.actions.action_set import GRID_SIZE

        parameters = {name: size for name, size in self.mix.actions.items() if size}
        return ModelDescription("facial-actions", parameters, "mesh", GRID_SIZE)

    def with_mix(self, mix: Mix) -> ShownExpression:
        """Return the model of another mix, with the same learned expression, refinement and landmarks."""
        return ShownExpression(mix, self.base, refinement=self.refinement, landmarks=self.landmarks)

    def _change_face(
        self,
        pixels: Pixels,
        landmarks: Array,
        intensity: float,
        teeth: TeethChoice = "auto",
        deep: DeepPixels | None = None,
        readouts: Readouts = AS_READ,
    ) -> None:
        from pixelfes.expression.actions.draw.face_change import change_by_mix

        mix = self._mix(intensity)
        change_by_mix(self.base.learned_, self._actions(), mix, pixels, landmarks, teeth, deep, readouts)

    def _mix(self, intensity: float) -> Mix:
        refinement = {} if self.refinement is None else {self.refinement.name: 1.0}
        return (self.mix + Mix(refinement)).scaled(intensity)

    def _actions(self) -> ActionSet:
        from pixelfes.expression.actions.action_set import shipped_actions

        actions = shipped_actions()
        return actions if self.refinement is None else self.refinement.added_to(actions)

    def _check_fitted(self) -> None:
        """Do nothing: the actions are there without a fit."""


def _shipped_smile() -> ExpressionModel:
    require_extra("photo", "cv2")
    from pixelfes.expression.model import ExpressionModel

    with asset_path("smile.safetensors") as path:
        return ExpressionModel.from_file(path)
