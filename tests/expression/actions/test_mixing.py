"""How facial actions add up, and what their names are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixelfes
from pixelfes.errors import InputError
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.gaze import eye_angles, gaze_actions
from pixelfes.expression.actions.mix import Mix, expression, mix_of, parse_mix, parse_setting, presets
from pixelfes.expression.actions.mixing import ANTAGONISTS, CAP, CAPS, mixed
from pixelfes.expression.actions.names import FACS, NOT_DRAWN, action_names, actions_of
from pixelfes.face.alignment import mirrored

ACTIONS = shipped_actions()
ARKIT = (
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"),
    *("cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight"),
    *("eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight"),
    *("mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel"),
    *("mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft"),
    *("mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
    *("noseSneerLeft", "noseSneerRight", "tongueOut"),
)
PROMISED = (
    *("smile", "closed smile", "surprised", "sad", "angry", "disgusted", "fearful", "contempt", "wink", "blink"),
    *("brows up", "frown", "pout", "kiss", "mouth open", "skeptical", "neutral"),
)


def test_the_promised_expressions_are_there() -> None:
    assert set(PROMISED) == set(presets())


@pytest.mark.parametrize("name", ARKIT)
def test_every_name_of_arkit_is_drawn_or_says_why_not(name: str) -> None:
    if name in NOT_DRAWN:
        with pytest.raises(InputError, match="cannot be drawn yet"):
            actions_of(name)
    else:
        assert actions_of(name)


@pytest.mark.parametrize("name", [name for name in ACTIONS.names if name.endswith("_L")])
def test_right_is_the_mirror_image_of_left(name: str) -> None:
    left, right = ACTIONS.index[name], ACTIONS.index[f"{name[:-2]}_R"]
    np.testing.assert_array_equal(ACTIONS.displacement[right], mirrored(ACTIONS.displacement[left]))
    np.testing.assert_array_equal(ACTIONS.shading[right], ACTIONS.shading[left][:, ::-1])


@pytest.mark.parametrize("text", ["mouthSmile_L", "mouthSmileLeft", "mouth smile left", "MOUTHSMILE-L"])
def test_the_form_of_a_name_does_not_matter(text: str) -> None:
    assert actions_of(text) == {"mouthSmile_L": 1.0}


def test_units_of_facs_are_numbers_behind_au() -> None:
    assert parse_mix("AU6+12").actions == parse_mix("cheekSquint + mouthSmile").actions
    assert parse_mix("au26:2").actions == {"jawOpen": 0.5}
    for number in FACS:
        assert actions_of(f"AU{number}")
    with pytest.raises(InputError, match="AU3 cannot be drawn; the units are AU1"):
        parse_mix("AU3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("surprisd", "did you mean 'surprised'"),
        ("browInerUp", "did you mean 'browInnerUp'"),
        ("zzzzzz", "is no expression and no facial action; pixelfes expressions lists them"),
        ("sad + ", "has an empty part"),
        ("sad:much", "the size of sad must be a number; found 'much'"),
        ("sad:-1", "from 0 to 10"),
        ("sad:inf", "from 0 to 10"),
        ("tongueOut", "cannot be drawn yet"),
    ],
)
def test_a_wrong_text_gets_one_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_mix(text)


@pytest.mark.parametrize("text", ["gaze=1", "gaze=90,0", "gaze=a,b", "gaze", "mouthSmile=", "=1", "nothing=1"])
def test_a_wrong_setting_gets_one_sentence(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_setting(text)
    assert "\n" not in str(caught.value)


def test_a_mix_is_text_sizes_or_a_mix() -> None:
    asked = {"sad": 0.6, "wink": 1}
    assert mix_of("sad:0.6 + wink").actions == mix_of(asked).actions
    assert pixelfes.expression("sad", 0.6) + expression("wink") == mix_of("sad:0.6 + wink")
    assert mix_of({}, gaze=(32, 0)).actions == {"eyeLookOut_L": 1.0, "eyeLookIn_R": 1.0}
    for wrong in (5, None, ["sad"]):
        with pytest.raises(InputError, match="must be a text, sizes by name or a Mix"):
            mix_of(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="gaze must be two angles"):
        mix_of("sad", gaze=3)  # type: ignore[arg-type]


def test_what_is_taken_back_first_is_gone_from_0_6_on() -> None:
    assert [expression("sad").scaled(factor).neutral for factor in (0, 0.3, 0.6, 1.5)] == [0, 0.5, 1, 1]


@given(left=st.floats(-45, 45), up=st.floats(-45, 45))
def test_gaze_comes_back_as_it_was_asked_for(left: float, up: float) -> None:
    sizes = dict.fromkeys(ACTIONS.names, 0.0) | gaze_actions(left, up)
    for side in ("_L", "_R"):
        assert eye_angles(sizes, side) == pytest.approx((left, up), abs=1e-9)


@given(st.dictionaries(st.sampled_from(ACTIONS.names), st.floats(-2, 3), max_size=len(ACTIONS.names)))
def test_sizes_stay_within_their_caps_and_antagonists_exclude_each_other(weights: dict[str, float]) -> None:
    sizes = dict(zip(ACTIONS.names, mixed(ACTIONS, weights).tolist(), strict=True))
    for name, size in sizes.items():
        assert 0 <= size <= CAPS.get(name.removesuffix("_L").removesuffix("_R"), CAP)
    for one, other in ANTAGONISTS:
        assert min(sizes[one], sizes[other]) == 0


def test_an_action_alone_keeps_its_size() -> None:
    for name in ACTIONS.names:
        sizes = mixed(ACTIONS, {name: 0.4})
        assert sizes[ACTIONS.index[name]] == 0.4
        assert np.count_nonzero(sizes) == 1


def test_unknown_actions_and_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="'smile' is no facial action"):
        mixed(ACTIONS, {"smile": 1})
    for size in (11, float("nan")):
        with pytest.raises(InputError, match="the size of jawOpen must be a number up to 10"):
            mixed(ACTIONS, {"jawOpen": size})


def test_names_without_sides_are_in_order_and_unique() -> None:
    assert len(set(action_names())) == len(action_names()) >= 33
    assert Mix().label == ""
