"""The panoptic segmenter on tiny, randomly initialised models that the test saves."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from vid2vid_core.annotate.frame_table import read_frames
from vid2vid_core.annotate.label_files import read_ids
from vid2vid_core.annotate.panoptic import PanopticSegmenter
from vid2vid_core.annotate.panoptic_model import PanopticModel, Preprocessing
from vid2vid_core.annotate.segment import annotate_labels
from vid2vid_core.config import AnnotateConfig, DatasetConfig, VideoEntry
from vid2vid_core.config.sources import Source
from vid2vid_core.storage import read_table

transformers = pytest.importorskip("transformers")
CLASSES = {0: 7, 1: 26, 2: 21}
SHARED = {"num_queries": 6, "id2label": {0: "road", 1: "car", 2: "tree"}}
MASKED = {
    **SHARED, "hidden_dim": 32, "mask_feature_size": 32, "encoder_layers": 1, "decoder_layers": 2,
    "num_attention_heads": 2, "encoder_feedforward_dim": 32, "dim_feedforward": 32,
}  # fmt: skip


def _swin():
    stages = ["stage1", "stage2", "stage3", "stage4"]
    return transformers.SwinConfig(
        image_size=64, embed_dim=8, depths=[1] * 4, num_heads=[1] * 4, window_size=4, out_features=stages
    )


def _save_mask2former(folder):
    config = transformers.Mask2FormerConfig(backbone_config=_swin(), feature_size=32, **MASKED)
    transformers.Mask2FormerForUniversalSegmentation(config).save_pretrained(folder)
    _save_preprocessor(folder, size={"shortest_edge": 60, "longest_edge": 120}, size_divisor=32)


def _save_oneformer(folder):
    config = transformers.OneFormerConfig(
        backbone_config=_swin(), conv_dim=32, mask_dim=32, text_encoder_width=32, text_encoder_num_layers=1,
        text_encoder_vocab_size=300, text_encoder_proj_layers=1, text_encoder_context_length=24,
        text_encoder_n_ctx=2, task_seq_len=24, **{k: v for k, v in MASKED.items() if k != "mask_feature_size"},
    )  # fmt: skip
    transformers.OneFormerForUniversalSegmentation(config).save_pretrained(folder)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    transformers.CLIPTokenizer(vocab={word: i for i, word in enumerate(words)}, merges=[]).save_pretrained(folder)
    _save_preprocessor(folder, size={"height": 64, "width": 96})


def _save_eomt(folder):
    config = transformers.EomtConfig(
        hidden_size=32, num_hidden_layers=3, num_attention_heads=2, image_size=64, patch_size=16, num_blocks=1,
        num_upscale_blocks=1, mlp_ratio=2, num_register_tokens=0, **SHARED,
    )  # fmt: skip
    transformers.EomtForUniversalSegmentation(config).save_pretrained(folder)
    _save_preprocessor(folder, size={"shortest_edge": 64, "longest_edge": 64}, do_pad=True)


def _save_preprocessor(folder, **data):
    (folder / "preprocessor_config.json").write_text(json.dumps(data))


SAVERS = {"mask2former": _save_mask2former, "oneformer": _save_oneformer, "eomt": _save_eomt}


@pytest.fixture(params=SAVERS)
def model(request, tmp_path) -> Path:
    """Folder of a tiny model of each kind."""
    torch.manual_seed(0)
    folder = tmp_path / "model"
    folder.mkdir()
    SAVERS[request.param](folder)
    return folder


def config(model, **changed):
    return AnnotateConfig(segmenter="panoptic", model=str(model), instances="segments", id_map=CLASSES, **changed)


def test_every_kind_annotates_a_video_and_batches_change_nothing(tmp_path, make_frames, texture, model):
    frames = make_frames([np.roll(texture, 5 * t, axis=1)[:60, :97] for t in range(5)])
    source = Source(id="clip", split="train", path="clip", kind="folder")
    labels = {}
    for size in (1, 3):
        entry = VideoEntry(path="x", split="train")
        dataset = DatasetConfig(name="d", videos=(entry,), annotate=config(model, batch_size=size))
        table = tmp_path / f"{size}" / "clip.parquet"
        annotate_labels(frames, table.parent / "clip", table, dataset, source, None)
        rows, metadata = read_table(table)
        assert rows["valid"].all() and len(rows) == 5 and metadata["segmenter"] == "panoptic"
        labels[size] = [read_ids(table.parent / path) for path in rows["label"]]
    for one, three in zip(labels[1], labels[3], strict=True):
        assert one.shape == (60, 97) and set(np.unique(one)) <= set(CLASSES.values())
        assert (one == three).mean() > 0.99


def test_masks_of_a_padded_input_cover_the_picture_only(tmp_path):
    """A query that marks the right half of what the model sees must mark the right half of the picture."""
    folder = tmp_path / "model"
    folder.mkdir()
    _save_eomt(folder)
    model = PanopticModel(str(folder))
    assert model.preprocessing.content(50, 100) == (32, 64)

    class Stub(torch.nn.Module):
        def forward(self, pixel_values):
            assert pixel_values.shape == (1, 3, 64, 64) and (pixel_values[..., 32:, :] == 0).all()
            bright = (pixel_values[:, :1].mean(dim=1, keepdim=True) > 0).float() * 20 - 10
            return transformers.utils.ModelOutput(
                masks_queries_logits=torch.nn.functional.interpolate(bright, size=(16, 16)),
                class_queries_logits=torch.tensor([[[0.0, 9.0, 0.0, 0.0]]]),
            )

    model._model = Stub()
    picture = np.zeros((50, 100, 3), np.uint8)
    picture[:, 50:] = 255
    _, masks = model.predict([picture])
    height, width = masks.shape[-2:]
    assert height / width == 0.5
    assert (masks[0, 0, 2:-2, width // 2 + 4 :] > 0).all() and (masks[0, 0, :, : width // 2 - 4] < 0).all()


def test_preprocessing_agrees_with_transformers_own(texture):
    from transformers import Mask2FormerImageProcessorPil

    size = {"shortest_edge": 100, "longest_edge": 133}
    theirs = Mask2FormerImageProcessorPil(size=size, size_divisor=32)([texture], return_tensors="pt")["pixel_values"]
    imagenet = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
    ours = Preprocessing(size=size, divisor=32, is_padded=False, **imagenet).apply([texture], torch.device("cpu"))
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < 0.03  # they round to 8 bits after scaling


def test_class_without_label_is_an_error_before_any_frame(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    _save_eomt(folder)
    partly = AnnotateConfig(segmenter="panoptic", model=str(folder), id_map={0: 7, 1: 40})
    with pytest.raises(ValueError, match=r"1 \(car\) -> 40, 2 \(tree\) -> nothing.*Raise label_nc"):
        PanopticSegmenter(partly, 35, ())


def test_model_that_cannot_be_used_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"annotate.model '.*nowhere': cannot be used: .*Mask2Former"):
        PanopticModel(str(tmp_path / "nowhere"))
    transformers.SwinConfig().save_pretrained(tmp_path / "swin")
    with pytest.raises(ValueError, match="is a model of type 'swin'"):
        PanopticModel(str(tmp_path / "swin"))
    bare = tmp_path / "bare"
    bare.mkdir()
    _save_eomt(bare)
    (bare / "preprocessor_config.json").unlink()
    with pytest.raises(ValueError, match="preprocessor_config.json"):
        PanopticModel(str(bare))


def test_frames_of_two_sizes(make_frames, texture, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    _save_mask2former(folder)
    table = make_frames([texture[:60, :80], texture[:80, :60], texture[:80, :60]])
    frames = [frame for frame in read_frames(table)[0] if frame]
    found = list(PanopticSegmenter(config(folder), 35, ()).segment(frames))
    assert [item.labels.shape for item in found] == [(60, 80), (80, 60), (80, 60)]
