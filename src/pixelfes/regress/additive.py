"""Ridge regression whose statistics add: one fit, in shards and merged, and the choice of its penalty."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.base import PixelRegressor
from pixelfes.regress.images import Channels, RegisteredPairs, check_pairs
from pixelfes.regress.parameters import check_alphas
from pixelfes.regress.penalty_choice import search_alpha


class Sums(Protocol):
    """Statistics that add: of shape (H, W) where channels share a model, else of that of an image."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place, all or none."""

    def merge(self, other: Any) -> Self:
        """Add others of the same kind and shape, in place, or raise `InputError` and leave them as they are."""


SumsT = TypeVar("SumsT", bound=Sums)


class AdditiveRidge(PixelRegressor, Generic[SumsT]):
    """What ridge regressors share: they learn from sums, and sums add.

    A subclass says which sums, how they are solved, and the leave-one-out errors of penalties.

    Attributes
    ----------
    alpha_ : float
        The penalty in use.
    sums_ : Sums
        All that was learnt from; not part of the stored state.
    n_pairs_ : int
        Pairs learnt from; not part of the stored state.
    alphas_, loo_errors_ : arrays of shape (A,), float64
        With alpha="auto" only: the penalties tried, ascending, and their total weighted squared leave-one-out errors.
    """

    alpha: float | Literal["auto"]
    channels: Channels
    alphas: npt.ArrayLike | None

    alpha_: float
    sums_: SumsT
    n_pairs_: int
    alphas_: AnyArray
    loo_errors_: AnyArray

    def fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from pairs, from scratch; see `PixelRegressor.fit`. With alpha="auto" at least 2 pairs."""
        self._check_params()
        pairs = check_pairs(X, T, sample_weight)
        if self.alpha == "auto" and len(pairs) < 2:
            raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")
        shape = pairs.map_shape(self.channels)
        self._check_maps(shape)
        sums = self._new_sums(shape).add_pairs(pairs)
        if self.alpha != "auto":
            return self._learn(sums, len(pairs), float(self.alpha))
        alphas, errors = self._search(pairs, sums)
        self._learn(sums, len(pairs), float(alphas[errors.argmin()]))
        self.alphas_, self.loo_errors_ = alphas, errors
        return self

    def partial_fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from more pairs; any split into calls gives what one `fit` of all gives, up to rounding.

        Parameters
        ----------
        X, T, sample_weight
            As in `fit`.

        Returns
        -------
        AdditiveRidge, itself

        Raises
        ------
        InputError
            With alpha="auto", for other shapes than before, and after `from_state`, which has no sums.
        """
        self._check_params()
        alpha = self._numeric_alpha("partial_fit")
        pairs = check_pairs(X, T, sample_weight)
        fitted = hasattr(self, "alpha_")
        sums = self._own_sums() if fitted else self._new_sums(pairs.map_shape(self.channels))
        if pairs.map_shape(self.channels) != sums.shape:
            raise InputError(f"partial_fit goes on with maps of shape {sums.shape}; found {pairs.X.shape[1:]} images")
        self._check_maps(sums.shape)
        return self._learn(sums.add_pairs(pairs), len(pairs) + (self.n_pairs_ if fitted else 0), alpha)

    def merge(self, other: Self) -> Self:
        """Take in what another has learnt from other pairs, as if this one had learnt from them too.

        Parameters
        ----------
        other : of the same class
            Fitted on images of the same shape, with the same channels; it stays as it is. This one's other
            parameters hold.

        Returns
        -------
        AdditiveRidge, itself

        Raises
        ------
        NotFittedError, InputError
            Where one is not fitted or has no sums, classes, shapes or channels differ, or alpha is "auto".
        """
        self._check_params()
        if type(other) is not type(self):
            raise InputError(f"merge joins models of one class; found {type(self).__name__} and {type(other).__name__}")
        alpha = self._numeric_alpha("merge")
        own, others = self._own_sums(), other._own_sums()
        if self.channels != other.channels:
            raise InputError(f"merge joins models of the same channels; found {self.channels!r} and {other.channels!r}")
        self._check_maps(own.shape)
        return self._learn(own.merge(others), self.n_pairs_ + other.n_pairs_, alpha)

    def leave_one_out_errors(
        self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None, alphas: npt.ArrayLike
    ) -> AnyArray:
        """Leave-one-out errors of some of the pairs that this has learnt from; over all pairs they add up.

        Parameters
        ----------
        X, T, sample_weight
            As in `fit`; pairs that are among those of ``sums_``.
        alphas : array of shape (A,)
            Penalties, finite and >= 0.

        Returns
        -------
        array of shape (A,), float64
            Total weighted squared error over these pairs, each predicted by what all the others give.
        """
        self._check_params()
        penalties = check_alphas(alphas)
        pairs, sums = check_pairs(X, T, sample_weight), self._own_sums()
        if pairs.map_shape(self.channels) != sums.shape:
            raise InputError(f"this has learnt maps of shape {sums.shape}; found {pairs.X.shape[1:]} images")
        return self._leave_one_out(pairs, sums, penalties)

    def choose_alpha(self, error_of: Callable[[AnyArray], AnyArray]) -> Self:
        """Solve what was learnt again, with the penalty of least error: what "auto" does, with errors from elsewhere.

        Parameters
        ----------
        error_of : callable
            From penalties of shape (A,) to their errors of shape (A,): sums of `leave_one_out_errors` over all pairs.

        Returns
        -------
        AdditiveRidge, itself
        """
        self._check_params()
        sums, n_pairs = self._own_sums(), self.n_pairs_
        if n_pairs < 2:
            raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")
        alphas, errors = search_alpha(error_of, self.alphas)
        self._learn(sums, n_pairs, float(alphas[errors.argmin()]))
        self.alphas_, self.loo_errors_ = alphas, errors
        return self

    @abstractmethod
    def _new_sums(self, shape: tuple[int, ...]) -> SumsT:
        """Make sums over no sample, for maps of ``shape``."""

    @abstractmethod
    def _solve(self, sums: SumsT, alpha: float) -> dict[str, Any]:
        """Return what the sums give at a penalty: fitted attributes by name."""

    @abstractmethod
    def _leave_one_out(self, pairs: RegisteredPairs, sums: SumsT, alphas: AnyArray) -> AnyArray:
        """Return the total weighted squared error over pairs, each left out of the sums in turn, for every penalty.

        The sums are over these pairs, and may be over others too.
        """

    def _check_maps(self, shape: tuple[int, ...]) -> None:
        """Raise `InputError` where a parameter does not suit maps of ``shape``."""

    def _search(self, pairs: RegisteredPairs, sums: SumsT) -> tuple[AnyArray, AnyArray]:
        return search_alpha(lambda alphas: self._leave_one_out(pairs, sums, alphas), self.alphas)

    def _learn(self, sums: SumsT, n_pairs: int, alpha: float) -> Self:
        learnt = self._solve(sums, alpha)
        self._forget()
        for name, value in learnt.items():
            setattr(self, name, value)
        self.alpha_, self.sums_, self.n_pairs_ = alpha, sums, n_pairs
        return self

    def _numeric_alpha(self, method: str) -> float:
        if self.alpha == "auto":
            raise InputError(
                f"{method} needs a number for alpha; found 'auto', whose leave-one-out error needs the pairs "
                "themselves: use fit, or give alpha a number"
            )
        return float(self.alpha)

    def _own_sums(self) -> SumsT:
        self._check_fitted()
        if not hasattr(self, "sums_"):
            raise InputError(
                f"a {type(self).__name__} from stored arrays has no sums to go on with; fit it on the pairs instead"
            )
        return self.sums_
