"""What ``pixelfes apply`` is asked to show: names, sizes, or what another photo shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pixelfes.errors import InputError

if TYPE_CHECKING:
    from pixelfes.cli.apply.settings import ApplySettings
    from pixelfes.expression.actions.mix import Mix
    from pixelfes.expression.base import Model


@dataclass(frozen=True)
class Wanted:
    """The options that say what a face is to show."""

    expression: str | None
    sizes: list[str]
    like: Path | None

    @property
    def is_nothing(self) -> bool:
        """Whether none of them was given."""
        return self.expression is None and not self.sizes and self.like is None


def wanted_mix(wanted: Wanted, model: str, *, is_over_time: bool = False) -> Mix | None:
    """Return the mix that was asked for, or None if the model's own expression is; none, if keys say what is shown when.

    Raises
    ------
    typer.BadParameter
        If a name or a size is wrong, or nothing is named for the model of every expression.
    """
    from pixelfes.loading import EXPRESSIONS

    if is_over_time and not wanted.is_nothing:
        raise typer.BadParameter("it cannot be combined with --expression, --set and --like", param_hint="'--keys'")
    if is_over_time:
        from pixelfes.expression.actions.mix import Mix

        return Mix(label="keys")
    if wanted.is_nothing:
        if model == EXPRESSIONS and not Path(model).exists():
            raise typer.BadParameter("name what to show, for example --expression surprised", param_hint="'--model'")
        return None
    from pixelfes.expression.actions.mix import Mix, parse_mix, parse_setting

    mix = Mix()
    try:
        hint = "'--expression'"
        if wanted.expression is not None:
            mix = mix + parse_mix(wanted.expression)
        hint = "'--set'"
        for text in wanted.sizes:
            mix = mix + parse_setting(text)
    except InputError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error
    return mix if wanted.like is None else mix + _shown_by(wanted.like)


def load_for(settings: ApplySettings) -> Model:
    """Return the model of the settings; with a mix, the model of that mix."""
    return model_of(settings.model, settings.mix)


def model_of(name: str, mix: Mix | None) -> Model:
    """Return the model of a name or a path; with a mix, the model of that mix."""
    from pixelfes.loading import EXPRESSIONS, load_expression_model, load_model

    if mix is None:
        return load_model(name)
    from pixelfes.expression.actions.model import ActionModel

    is_shipped = name == EXPRESSIONS and not Path(EXPRESSIONS).exists()
    return ActionModel(None if is_shipped else load_expression_model(name)).showing(mix)


def _shown_by(photo: Path) -> Mix:
    from pixelfes.expression.actions.model import ActionModel
    from pixelfes.expression.actions.reading import shown_mix

    return shown_mix(ActionModel().read(photo)[0], photo.stem)
