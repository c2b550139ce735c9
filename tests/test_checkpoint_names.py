"""What names of files say: of an epoch, of a training and of its length."""

import pytest

from cacr_core.checkpoints.alike.named import length_in, number_in, pattern_of, words_in


@pytest.mark.parametrize(
    ("stem", "number", "pattern"),
    [
        ("epoch=3-step=500", 3, "epoch=#-step=#"),
        ("checkpoint_0199.pth", 199, "checkpoint_#"),
        ("resnet50_seed1_epoch10", 10, "resnet50_seed1_epoch#"),
        ("ckpt-12-seed=3", 12, "ckpt-#-seed=3"),
        ("epoch=7-val_loss=0.23", 7, "epoch=#-val_loss=#"),
        ("lr0.1_model40", 40, "lr0.1_model#"),
        ("resnet50", None, "resnet50"),
        ("seed_3", None, "seed_3"),
        ("run2", None, "run2"),
        ("resnet50-11ad3fa6", None, "resnet50-11ad3fa6"),
        ("last", None, "last"),
        ("epoch=3-val_auroc=0.87", 3, "epoch=#-val_auroc=#"),
        ("epoch=3-train_loss_epoch=0.51", 3, "epoch=#-train_loss_epoch=#"),
        ("epoch=3-mIoU=0.4", 3, "epoch=#-miou=#"),
        ("epoch=3-elbo=-1.2e-05", 3, "epoch=#-elbo=#"),
        ("epoch=3-f1=0.5", 3, "epoch=#-f1=#"),
        ("psnr_27.5_epoch_3", 3, "psnr_#_epoch_#"),
        ("weights.10-0.71", 10, "weights.#-#"),
        ("epoch=3-v1", 3, "epoch=#"),
        ("last-v1", None, "last"),
        ("dino-v2", None, "dino-v2"),
        ("model_100ep", 100, "model_#ep"),
        ("100epochs", 100, "#epochs"),
        ("epoch=30_200ep", 30, "epoch=#_200ep"),
        ("iter_10k", 10_000, "iter_#"),
        ("simclr100", 100, "simclr#"),
        ("densenet121", None, "densenet121"),
        ("mocov2", None, "mocov2"),
        ("epoch_10_lr_1e-3", 10, "epoch_#_lr_1e-3"),
        ("lr_1e-3_epoch_10", 10, "lr_1e-3_epoch_#"),
        ("tau=0.07_e5", 5, "tau=0.07_e#"),
        ("resnet50-5106e427", None, "resnet50-5106e427"),
        ("weight_10", 10, "weight_#"),
        ("train_10", 10, "train_#"),
        ("simclr_train_50", 50, "simclr_train_#"),
        ("simclr2_train_50", 50, "simclr2_train_#"),
        ("test_10", 10, "test_#"),
        ("valid_10", 10, "valid_#"),
        ("error_5", 5, "error_#"),
        ("scale_10", 10, "scale_#"),
        ("drop_10", 10, "drop_#"),
        ("t_100", 100, "t_#"),
        ("vgg_100", 100, "vgg_#"),
        ("swin_20", 20, "swin_#"),
        ("caltech_10", 10, "caltech_#"),
        ("train_50ep", 50, "train_#ep"),
        ("test=10", None, "test=#"),
        ("train_0.5", None, "train_#"),
        ("t100", None, "t100"),
        ("t_0.99", None, "t_0.99"),
        ("alpha=2", None, "alpha=2"),
        ("vgg_16", None, "vgg_16"),
        ("swin20", None, "swin20"),
        ("stl_10", None, "stl_10"),
        ("simclr_caltech101", None, "simclr_caltech101"),
        ("places_365", None, "places_365"),
        ("food101", None, "food101"),
        ("cub200", None, "cub200"),
        ("model_10_val_85", 10, "model_#_val_#"),
        ("epoch_3_test_85", 3, "epoch_#_test_#"),
        ("width_2_ckpt_10", 10, "width_2_ckpt_#"),
        ("drop_10_t_100", 100, "drop_10_t_#"),
    ],
)
def test_names_say_epochs_and_what_is_none(stem, number, pattern):
    assert (number_in(stem), pattern_of(f"{stem}.ckpt")) == (number, pattern)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model_best.pth.tar", ""),
        ("best_model.pth", ""),
        ("pytorch_model.bin", ""),
        ("last-v1.ckpt", ""),
        ("epoch=3-f1=0.8.ckpt", ""),
        ("epoch=3-mIoU=0.4-step=9.ckpt", ""),
        ("resnet50_moco_seed1_epoch10.pth", "resnet50 moco seed1"),
        ("simclr100.pth", "simclr100"),
        ("simclr1_epoch_10.pth", "simclr1"),
        ("model7.pth", ""),
        ("acc1_f1_10.pth", ""),
        ("simclr_train_50.pth", "simclr"),
        ("width_2_ckpt_10.pth", "width2"),
        ("moco_food101_5.pth", "moco food101"),
        ("lr_1e-3_epoch_10.pth", "lr1e-3"),
    ],
)
def test_names_say_which_training_or_nothing(name, words):
    assert words_in(name) == set(words.split())


@pytest.mark.parametrize(
    ("name", "length"),
    [("moco_200ep.pth", 200), ("simclr100.pth", 100), ("simclr1_5.pth", None), ("a.pth", None)],
)
def test_names_say_lengths_or_what_may_be(name, length):
    assert length_in(name) == length
