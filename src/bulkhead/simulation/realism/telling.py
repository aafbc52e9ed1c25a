"""Can a machine tell real accounts from simulated ones? LightGBM, no account in both training and test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.realism.features import NAMES, Stretches
from bulkhead.simulation.realism.statistics import Estimate, ks_distance

FOLDS = 5
RESAMPLES = 500
GIVE_AWAYS = 10
_PARAMETERS: dict[str, Any] = {  # Any: LightGBM takes whatever its parameters are
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_child_samples": 15,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.7,
    "n_estimators": 250,
    "n_jobs": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class GiveAway:
    """A feature by which they are told apart."""

    name: str
    title: Words
    gain: float  # part of all gain, over all folds
    auc_alone: float  # of the feature by itself: 0.5 tells nothing, 0 and 1 everything
    ks: float
    real: tuple[float, float, float]  # quartiles
    simulated: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Telling:
    """How well they are told apart, out of sample. 0.5 is not at all, 1 always."""

    code: str
    title: Words
    real_accounts: int
    simulated_accounts: int
    real_stretches: int
    simulated_stretches: int
    auc: Estimate
    give_aways: tuple[GiveAway, ...]


def told_apart(code: str, title: Words, sides: tuple[Stretches, Stretches], seed: int = 0) -> Telling:
    """Train and test on grouped folds. Raises ``BadInput`` without LightGBM and scikit-learn, or with few accounts."""
    real, simulated = sides
    _assert_enough(real, simulated)
    values = np.vstack([real.values, simulated.values])
    labels = np.repeat([0, 1], [len(real.values), len(simulated.values)])
    groups = np.concatenate([2 * real.account, 2 * simulated.account + 1])
    scores, gain = _scored(values, labels, groups, seed)
    return Telling(
        code, title, len(np.unique(real.account)), len(np.unique(simulated.account)),
        len(real.values), len(simulated.values), _auc_interval(scores, labels, groups, seed),
        _give_aways(real, simulated, gain),
    )  # fmt: skip


def _assert_enough(real: Stretches, simulated: Stretches) -> None:
    for name, stretches in (("real", real), ("simulated", simulated)):
        if len(np.unique(stretches.account)) < 2 * FOLDS:
            raise BadInput(f"Too few {name} accounts with enough movements to tell anything: make more clients.")


def _scored(
    values: NDArray[np.float64], labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Out-of-fold scores, and each feature's part of the gain."""
    try:
        from lightgbm import LGBMClassifier
        from sklearn.model_selection import StratifiedGroupKFold
    except ImportError as missing:
        raise BadInput(
            "Telling real from simulated needs the extra 'bench': pip install 'bulkhead[bench]'."
        ) from missing
    scores, gain = np.zeros(len(labels)), np.zeros(values.shape[1])
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(values, labels, groups):
        assert not set(groups[train]) & set(groups[test]), "an account in train and test"
        model = LGBMClassifier(**_PARAMETERS, random_state=seed, class_weight="balanced", importance_type="gain")
        model.fit(values[train], labels[train])
        scores[test] = model.booster_.predict(values[test])
        gain += model.feature_importances_
    return scores, gain / gain.sum()


def _auc_interval(
    scores: NDArray[np.float64], labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int
) -> Estimate:
    """Area under the curve; whole accounts are drawn again, as stretches of one account are alike."""
    names, places = np.unique(groups, return_inverse=True)
    order = np.argsort(places, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(places))[:-1])
    dice = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[group] for group in dice.integers(0, len(names), len(names))])
        if 0 < labels[rows].sum() < len(rows):
            drawn.append(auc(scores[rows], labels[rows]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(auc(scores, labels), float(low), float(high))


def auc(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """How often a simulated row has the higher score than a real one, ties counting half."""
    known = ~np.isnan(scores)
    scores, labels = scores[known], labels[known]
    positive, negative = scores[labels == 1], np.sort(scores[labels == 0])
    if not len(positive) or not len(negative):
        return 0.5
    below = np.searchsorted(negative, positive, side="left") + np.searchsorted(negative, positive, side="right")
    return float(below.mean() / 2 / len(negative))


def _give_aways(real: Stretches, simulated: Stretches, gain: NDArray[np.float64]) -> tuple[GiveAway, ...]:
    found = []
    for place in np.argsort(-gain, kind="stable")[:GIVE_AWAYS]:
        name = real.names[place]
        one, other = (side.values[:, place][~np.isnan(side.values[:, place])] for side in (real, simulated))
        labels = np.repeat([0, 1], [len(one), len(other)])
        alone = auc(np.concatenate([one, other]), labels)
        known = len(one) > 0 and len(other) > 0
        found.append(
            GiveAway(name, NAMES[name], float(gain[place]), alone, ks_distance(one, other) if known else 1.0,
                     _quartiles(one), _quartiles(other))
        )  # fmt: skip
    return tuple(found)


def _quartiles(values: NDArray[np.float64]) -> tuple[float, float, float]:
    if not len(values):
        return (float("nan"),) * 3
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return float(low), float(middle), float(high)
