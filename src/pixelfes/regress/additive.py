"""Ridge regression whose statistics add: one fit, fits of shards that merge, and the choice of the penalty."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.base import PixelRegressor
from pixelfes.regress.images import Channels, RegisteredPairs, check_pairs
from pixelfes.regress.parameters import check_alphas, check_enough_pairs
from pixelfes.regress.penalty_choice import search_alpha


class Sums(Protocol):
    """Statistics of pairs that add. Their maps are (H, W) if the channels share a model, else of an image's shape."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place, all or none."""

    def merge(self, other: Any) -> Self:
        """Add sums of the same kind and shape, in place; raise `InputError` and change nothing if they differ."""


SumsT = TypeVar("SumsT", bound=Sums)


class AdditiveRidge(PixelRegressor, Generic[SumsT]):
    """What the ridge regressors share: they learn from sums, and sums add.

    A subclass names its sums, solves them, computes the leave-one-out errors, and gives the shape of its maps.

    Attributes
    ----------
    alpha_ : float
        The penalty in use.
    sums_ : Sums
        Everything learnt from the pairs; not part of the stored state.
    n_pairs_ : int
        Number of pairs learnt from; not part of the stored state.
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
        """Learn from pairs, from scratch; see `PixelRegressor.fit`. alpha="auto" needs at least 2 pairs."""
        self._check_params()
        pairs = check_pairs(X, T, sample_weight)
        if self.alpha == "auto":
            check_enough_pairs(len(pairs))
        self._check_maps(pairs.map_shape(self.channels))
        sums = self._sums_of(pairs)
        if self.alpha == "auto":
            return self._learn_best(sums, len(pairs), lambda alphas: self._leave_one_out(pairs, sums, alphas))
        return self._learn(sums, len(pairs), float(self.alpha))

    def partial_fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from more pairs. Any split into calls gives the result of one `fit` on all pairs, up to rounding.

        Parameters
        ----------
        X, T, sample_weight
            As in `fit`.

        Returns
        -------
        AdditiveRidge
            Itself.

        Raises
        ------
        InputError
            If alpha is "auto", if the shapes differ from before, or after `from_state`, which restores no sums.
        """
        self._check_params()
        alpha = self._numeric_alpha("partial_fit")
        pairs = check_pairs(X, T, sample_weight)
        fitted = hasattr(self, "alpha_")
        sums = self._own_sums() if fitted else self._new_sums(pairs.map_shape(self.channels))
        if pairs.map_shape(self.channels) != sums.shape:
            raise InputError(f"partial_fit continues with maps of shape {sums.shape}; found {pairs.X.shape[1:]} images")
        self._check_maps(sums.shape)
        return self._learn(sums.add_pairs(pairs), len(pairs) + (self.n_pairs_ if fitted else 0), alpha)

    def merge(self, other: Self) -> Self:
        """Add what another model learnt from other pairs, as if this one had learnt from them too.

        Parameters
        ----------
        other : of the same class
            Fitted on images of the same shape, with the same channels. It does not change. All other parameters are
            this model's own.

        Returns
        -------
        AdditiveRidge
            Itself.

        Raises
        ------
        NotFittedError
            If one of the two is not fitted.
        InputError
            If one has no sums, if classes, shapes or channels differ, or if alpha is "auto".
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
        """Return the leave-one-out errors of some of the pairs learnt from. Over all pairs they add up to the total.

        Parameters
        ----------
        X, T, sample_weight
            As in `fit`; the pairs must be among those in ``sums_``.
        alphas : array of shape (A,)
            Penalties, finite and >= 0.

        Returns
        -------
        array of shape (A,), float64
            Total weighted squared error over these pairs, each predicted by the fit to all others.
        """
        self._check_params()
        penalties = check_alphas(alphas)
        pairs, sums = check_pairs(X, T, sample_weight), self._own_sums()
        if pairs.map_shape(self.channels) != sums.shape:
            raise InputError(f"this model has maps of shape {sums.shape}; found {pairs.X.shape[1:]} images")
        return self._leave_one_out(pairs, sums, penalties)

    def choose_alpha(self, error_of: Callable[[AnyArray], AnyArray]) -> Self:
        """Solve again with the penalty of least error, as alpha="auto" does, but with errors computed elsewhere.

        Parameters
        ----------
        error_of : callable
            From penalties of shape (A,) to their errors of shape (A,): sums of `leave_one_out_errors` over all pairs.

        Returns
        -------
        AdditiveRidge
            Itself.
        """
        self._check_params()
        sums, n_pairs = self._own_sums(), self.n_pairs_
        check_enough_pairs(n_pairs)
        return self._learn_best(sums, n_pairs, error_of)

    @abstractmethod
    def _new_sums(self, shape: tuple[int, ...]) -> SumsT:
        """Return sums over no pair, for maps of ``shape``."""

    @abstractmethod
    def _solve(self, sums: SumsT, alpha: float) -> dict[str, Any]:
        """Return the fitted attributes by name, solved from the sums at a penalty."""

    @abstractmethod
    def _leave_one_out(self, pairs: RegisteredPairs, sums: SumsT, alphas: AnyArray) -> AnyArray:
        """Return the total weighted squared error of pairs, each left out of the sums in turn, for every penalty.

        The sums contain these pairs, and possibly others.
        """

    @abstractmethod
    def _map_shape(self) -> tuple[int, ...]:
        """Return the shape of the fitted maps, (H, W) or (H, W, C)."""

    def _sums_of(self, pairs: RegisteredPairs) -> SumsT:
        """Return the sums that a fit of these pairs learns from. A subclass that first looks at the pairs overrides it."""
        return self._new_sums(pairs.map_shape(self.channels)).add_pairs(pairs)

    def _check_maps(self, shape: tuple[int, ...]) -> None:
        """Raise `InputError` if a parameter does not suit maps of ``shape``."""

    def _check_image_shape(self, shape: tuple[int, ...]) -> None:
        """Raise `InputError` unless the fitted maps serve images of ``shape``: shared maps serve any channels."""
        maps = self._map_shape()
        if shape != maps and not (self.channels == "shared" and shape[:2] == maps):
            raise InputError(
                f"{type(self).__name__} was fitted with {self.channels} channels and maps of shape {maps}; "
                f"found images of shape {shape}"
            )

    def _learn_best(self, sums: SumsT, n_pairs: int, error_of: Callable[[AnyArray], AnyArray]) -> Self:
        alphas, errors = search_alpha(error_of, self.alphas)
        self._learn(sums, n_pairs, float(alphas[errors.argmin()]))
        self.alphas_, self.loo_errors_ = alphas, errors
        return self

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
