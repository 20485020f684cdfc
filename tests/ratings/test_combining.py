"""Laws of joining groups, so that no number shows what one rater thought."""

from hypothesis import given
from hypothesis import strategies as st

from backend.people.models import Constituency
from backend.ratings.tallies import ENOUGH, Group, combine

COUNTS = st.dictionaries(st.integers(1, 5), st.integers(1, 9), max_size=5)
GROUPS = st.lists(
    st.builds(
        lambda constituency, scores, cannot_say: Group((constituency,), scores, cannot_say),
        st.sampled_from(Constituency),
        COUNTS,
        st.integers(0, 6),
    ),
    max_size=4,
    unique_by=lambda group: group.constituencies,
)


def answers_of(*groups: Group) -> int:
    """How many different answers were given."""
    scores = {score for group in groups for score, number in group.scores.items() if number}
    return len(scores) + any(group.cannot_say for group in groups)


@given(GROUPS)
def test_no_group_shown_has_fewer_than_five_scores_or_one_answer(groups: list[Group]) -> None:
    assert all(group.voices >= ENOUGH and answers_of(group) > 1 for group in combine(groups))


@given(GROUPS)
def test_nothing_is_lost_or_counted_twice(groups: list[Group]) -> None:
    shown = combine(groups)
    if shown:
        assert sum(group.voices for group in shown) == sum(group.voices for group in groups)
        assert sum(group.cannot_say for group in shown) == sum(group.cannot_say for group in groups)
        names = [name for group in shown for name in group.constituencies]
        present = [group.constituencies[0] for group in groups if group.voices or group.cannot_say]
        assert sorted(names) == sorted(present)
    else:
        assert sum(group.voices for group in groups) < ENOUGH or answers_of(*groups) <= 1


@given(GROUPS)
def test_no_subtraction_of_what_is_shown_gives_a_small_group(groups: list[Group]) -> None:
    """Whatever is known of the whole: taking groups shown from it leaves other groups shown, never a small one."""
    shown = combine(groups)
    total = sum(group.voices for group in shown)
    for group in shown:
        rest = total - group.voices
        assert rest == 0 or rest >= ENOUGH
    hidden = [group for group in groups if 0 < group.voices < ENOUGH]
    for group in hidden:
        assert all(set(group.constituencies) != set(each.constituencies) for each in shown)


@given(GROUPS)
def test_groups_that_give_nobody_away_stay_as_they_are(groups: list[Group]) -> None:
    if all(group.voices >= ENOUGH and answers_of(group) > 1 for group in groups):
        assert combine(groups) == groups


@given(st.permutations([3, 1, 6, 8]))
def test_the_order_of_the_groups_does_not_matter(sizes: list[int]) -> None:
    groups = {
        size: Group((constituency,), {4: size - size // 2, 3: size // 2})
        for size, constituency in zip([3, 1, 6, 8], Constituency, strict=True)
    }
    shown = combine([groups[size] for size in sizes])
    assert sorted(group.voices for group in shown) == [8, 10]


def test_mean_and_spread_are_those_of_the_scores() -> None:
    group = Group((Constituency.CIVIL_SOCIETY,), {2: 2, 4: 2}, cannot_say=3)
    assert (group.voices, group.mean, group.spread) == (4, 3.0, 1.0)
