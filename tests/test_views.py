import colorsys
from dataclasses import replace

import pytest
import torch

from cacr_core.data import DATASETS
from cacr_core.views import VIEW_RECIPES, ViewRecipe, make_view, plain_view, recipe_for, to_uint8

EVERYTHING = ViewRecipe(
    size=24,
    crop_scale=(0.3, 1.0),
    crop_ratio=(0.75, 1.33),
    flip=0.5,
    rotation=45,
    brightness=0.4,
    contrast=0.4,
    saturation=0.4,
    hue=0.2,
    jitter_prob=0.8,
    grayscale=0.2,
    blur=0.5,
    noise=0.05,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def random_images(n=16, size=32):
    return torch.randint(256, (n, 3, size, size), dtype=torch.uint8, generator=generator())


def smooth_images(n=16, size=32):
    """Each image rises to the right in red and downwards in green."""
    rise = torch.linspace(20, 235, size)
    image = torch.stack(
        [
            rise.expand(size, size),
            rise.expand(size, size).T,
            0 * rise + 128 * torch.ones(size, size),
        ]
    )
    return image.round().to(torch.uint8).expand(n, 3, size, size).contiguous()


def plain_colours(*colours, size=8):
    table = torch.tensor(colours) * 255
    return table.round().to(torch.uint8)[:, :, None, None].expand(-1, 3, size, size).contiguous()


def test_equal_seeds_give_equal_views_and_other_seeds_others():
    images = random_images()
    once = make_view(images, EVERYTHING, generator(1))
    assert torch.equal(once, make_view(images, EVERYTHING, generator(1)))
    assert not torch.equal(once, make_view(images, EVERYTHING, generator(2)))


def test_views_leave_torchs_own_random_state_alone():
    before = torch.get_rng_state()
    make_view(random_images(), EVERYTHING, generator())
    assert torch.equal(before, torch.get_rng_state())


def test_recipes_share_their_draws():
    gentle, strong = generator(), generator()
    make_view(random_images(), replace(EVERYTHING, noise=0.0), gentle)
    make_view(random_images(), ViewRecipe(size=24), strong)
    assert torch.equal(gentle.get_state(), strong.get_state())


@pytest.mark.parametrize("size", [16, 32, 48])
def test_views_have_the_recipes_size_and_stay_between_black_and_white(size):
    view = make_view(random_images(), replace(EVERYTHING, size=size), generator())
    assert view.shape == (16, 3, size, size) and view.dtype == torch.float32
    assert view.min() >= -1 and view.max() <= 1


def test_a_recipe_that_does_nothing_gives_the_image_back():
    images = random_images()
    recipe = ViewRecipe(size=32)
    assert torch.equal(to_uint8(make_view(images, recipe, generator())), images)
    assert torch.equal(to_uint8(plain_view(images, recipe)), images)


def test_a_certain_flip_is_a_mirror():
    images = random_images()
    view = make_view(images, ViewRecipe(size=32, flip=1.0), generator())
    assert torch.equal(to_uint8(view), images.flip(3))


def test_a_crop_is_a_part_of_the_image_enlarged():
    recipe = ViewRecipe(size=32, crop_scale=(0.25, 0.25))
    view = make_view(smooth_images(), recipe, generator())
    whole = plain_view(smooth_images(), recipe)
    spread = view[:, 0].amax((1, 2)) - view[:, 0].amin((1, 2))
    torch.testing.assert_close(
        spread / (whole[0, 0].max() - whole[0, 0].min()), torch.full((16,), 0.5), atol=0.02, rtol=0
    )
    assert view[:, 0].mean((1, 2)).std() > 0.05


def test_a_turn_keeps_the_middle_and_moves_the_rest():
    images = torch.zeros(64, 3, 33, 33, dtype=torch.uint8)
    images[:, :, 15:18, 15:18] = 255
    images[:, :, 15:18, 28:31] = 255
    view = make_view(images, ViewRecipe(size=33, rotation=180), generator())
    assert view[:, :, 16, 16].min() > 0.9
    assert (view[:, 0, 16, 29] > 0).float().mean() < 0.5
    torch.testing.assert_close(
        view.mean(), plain_view(images, ViewRecipe(size=33)).mean(), atol=0.01, rtol=0
    )


def test_grayscale_takes_colour_away_and_keeps_lightness():
    images = random_images()
    view = make_view(images, ViewRecipe(size=32, grayscale=1.0), generator())
    torch.testing.assert_close(view[:, 0], view[:, 1], atol=1e-5, rtol=0)
    luma = torch.einsum("c,nchw->nhw", torch.tensor([0.299, 0.587, 0.114]), images / 127.5 - 1)
    torch.testing.assert_close(view[:, 0], luma, atol=1e-4, rtol=0)


def test_hue_turns_colours_and_leaves_grey_and_lightness_alone():
    images = plain_colours(*([[0.6, 0.4, 0.4]] * 64), [0.5, 0.5, 0.5])
    view = (make_view(images, ViewRecipe(size=8, hue=0.5), generator()) + 1) / 2
    torch.testing.assert_close(view[-1], torch.full_like(view[-1], 128 / 255), atol=1e-3, rtol=0)
    colours = view[:64].mean((2, 3))
    luma = colours @ torch.tensor([0.299, 0.587, 0.114])
    assert luma.std() < 1e-3
    hues = torch.tensor([colorsys.rgb_to_hsv(*colour)[0] for colour in colours.tolist()])
    assert hues.min() < 0.2 and hues.max() > 0.8 and 0.15 < hues.std()


def test_brightness_and_contrast_scale_as_they_say():
    images = plain_colours(*([[0.5, 0.5, 0.5]] * 64))
    bright = (make_view(images, ViewRecipe(size=8, brightness=0.4), generator()) + 1) / 2
    level = bright.mean((1, 2, 3)) / (128 / 255)
    assert 0.6 <= level.min() < 0.7 and 1.3 < level.max() <= 1.4
    flat = make_view(images, ViewRecipe(size=8, contrast=0.4), generator())
    torch.testing.assert_close(flat, plain_view(images, ViewRecipe(size=8)), atol=1e-5, rtol=0)


def test_jitter_leaves_the_share_of_images_it_should():
    images = plain_colours(*([[0.6, 0.3, 0.3]] * 400))
    view = make_view(images, ViewRecipe(size=8, brightness=0.4, jitter_prob=0.25), generator())
    same = (to_uint8(view) == images).flatten(1).all(1).float().mean()
    assert 0.68 < same < 0.82


def test_blur_softens_the_chosen_images_only_and_keeps_their_mean():
    images = random_images(200)
    recipe = ViewRecipe(size=32, blur=0.5, blur_sigma=(1.0, 1.5))
    view, whole = make_view(images, recipe, generator()), plain_view(images, recipe)
    ratio = view.flatten(1).std(1) / whole.flatten(1).std(1)
    assert 0.4 < (ratio < 0.7).float().mean() < 0.6
    assert ((ratio < 0.7) | (ratio > 0.999)).all()
    torch.testing.assert_close(view.mean((1, 2, 3)), whole.mean((1, 2, 3)), atol=0.02, rtol=0)


def test_noise_has_the_size_asked_for():
    images = plain_colours([0.5, 0.5, 0.5], size=64)
    view = make_view(images, ViewRecipe(size=64, noise=0.05), generator())
    assert view.std() / 2 == pytest.approx(0.05, rel=0.05)


def test_plain_views_of_large_images_are_averaged_not_picked():
    checkers = (torch.arange(64)[:, None] + torch.arange(64)) % 2 * 255
    images = checkers.to(torch.uint8).expand(2, 3, 64, 64)
    assert plain_view(images, ViewRecipe(size=16)).abs().max() < 0.02
    assert make_view(images, ViewRecipe(size=16), generator()).abs().max() < 0.02


def test_every_dataset_has_a_recipe_and_folders_have_one():
    assert set(VIEW_RECIPES) == {name for name, spec in DATASETS.items() if not spec.any_size}
    assert recipe_for("pets", 64) == recipe_for("/some/folder", 64)
    assert recipe_for("/some/folder").size == 32


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"size": 2}, "got 2"),
        ({"crop_scale": (0.0, 1.0)}, "0.0"),
        ({"crop_scale": (0.5, 1.5)}, "1.5"),
        ({"crop_ratio": (2.0, 1.0)}, "2.0"),
        ({"flip": 1.5}, "flip .* 1.5"),
        ({"hue": 0.7}, "hue .* 0.7"),
        ({"noise": float("nan")}, "nan"),
        ({"rotation": -5}, "-5"),
    ],
)
def test_impossible_recipes_are_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        ViewRecipe(**{"size": 24} | changes)


def test_images_of_another_type_are_refused():
    with pytest.raises(ValueError, match=r"float32 .*\(2, 3, 8, 8\)"):
        make_view(torch.zeros(2, 3, 8, 8), ViewRecipe(size=8), generator())
