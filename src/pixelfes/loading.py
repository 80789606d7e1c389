"""`load`: look at what kind of file it is, then pick the class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from pixelfes.assets import asset_path
from pixelfes.baselines.settings import NETWORK_FILE
from pixelfes.errors import InputError, ModelError
from pixelfes.expression.base import Model
from pixelfes.extras import require_extra
from pixelfes.tensor_file import metadata_keys

if TYPE_CHECKING:
    from pixelfes.expression.actions.model import ActionModel
    from pixelfes.expression.model import ExpressionModel

SHIPPED = ("smile",)
"""Names of the models of one expression that come with the package."""
REFINED_KEY = "pixelfes-refined-expression"
"""The metadata entry of a file of a refined expression."""
EXPRESSIONS = "expressions"
"""Name of the model of every expression."""


@overload
def load(  # type: ignore[overload-overlap]  # only this name gives it
    name_or_path: Literal["expressions"],
) -> ActionModel: ...


@overload
def load(name_or_path: Literal["smile"]) -> ExpressionModel: ...


@overload
def load(name_or_path: str | Path) -> Model: ...


def load(name_or_path: str | Path) -> Model | ActionModel:
    """Load a shipped model by its name, or a model from a file.

    Returns
    -------
    Model or ActionModel
        An `ActionModel` for "expressions". For "smile" and files of `ExpressionModel.save` an `ExpressionModel`; for a refined
        expression a `ShownExpression`; for a network a `NetworkModel` (extra ``gan``).

    Raises
    ------
    ModelError
        If there is no such model, or the file is not a valid one; the message names what is wrong.
    MissingDependencyError
        If OpenCV is not installed; or PyTorch, for a network.

    Examples
    --------
    >>> load("smile").info_.expression
    'smile'
    """
    require_extra("photo", "cv2")
    path = Path(name_or_path)
    if is_every_expression(name_or_path):
        from pixelfes.expression.actions.model import ActionModel

        return ActionModel()
    return load_model(path)


def is_every_expression(name_or_path: str | Path) -> bool:
    """Return whether `load` gives an `ActionModel` for a name."""
    return str(name_or_path) == EXPRESSIONS and not Path(name_or_path).exists()


def load_model(name_or_path: str | Path) -> Model:
    """Load a model of one expression; parameters and errors are those of `load`.

    Raises
    ------
    InputError
        For "expressions", which shows nothing by itself.
    """
    require_extra("photo", "cv2")
    path = Path(name_or_path)
    if path.is_file():
        return _load_file(path)
    if str(name_or_path) in SHIPPED and not path.exists():
        with asset_path(f"{name_or_path}.safetensors") as shipped:
            return _load_file(shipped)
    if str(name_or_path) == EXPRESSIONS:
        raise InputError("expressions is a model of every expression, and here one of a single expression is needed")
    raise ModelError(
        f"{path} is neither a model file nor one of the shipped models ({', '.join((*SHIPPED, EXPRESSIONS))})"
    )


def load_expression_model(name_or_path: str | Path) -> ExpressionModel:
    """Load a model of pixel-based regression; networks are refused.

    Raises
    ------
    InputError
        If the file holds a network.
    ModelError
        As in `load`.
    """
    from pixelfes.expression.model import ExpressionModel

    model = load_model(name_or_path)
    if not isinstance(model, ExpressionModel):
        kind = "made of facial actions" if model.describe().method == "facial-actions" else "a network"
        raise InputError(f"{name_or_path} is {kind}, and only models of pixels can be used here")
    return model


def file_size(name_or_path: str | Path) -> int:
    """Return how many bytes the file of a model has that `load` finds under this name."""
    path = Path(name_or_path)
    if path.exists():
        return path.stat().st_size
    with asset_path(f"{name_or_path}.safetensors") as shipped:
        return shipped.stat().st_size


def _load_file(path: Path) -> Model:
    keys = metadata_keys(path)
    if REFINED_KEY in keys:
        from pixelfes.expression.actions.model import ShownExpression

        return ShownExpression.from_file(path)
    if NETWORK_FILE.key in keys:
        require_extra("gan", "torch")
        from pixelfes.baselines.model import NetworkModel

        return NetworkModel.from_file(path)
    from pixelfes.expression.model import ExpressionModel

    return ExpressionModel.from_file(path)
