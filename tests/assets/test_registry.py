"""The registered assets, and which of them runs need."""

import hashlib
import re
from pathlib import Path

import pytest
from made_assets import make_asset

from vid2vid_core.assets import find_asset, load_registry, registry, store, vgg19_file
from vid2vid_core.assets.needed import needed_assets
from vid2vid_core.assets.registry import Registry
from vid2vid_core.assets.registry import load_registry as load_file
from vid2vid_core.assets.store import asset_path, state
from vid2vid_core.config import ConfigError, DatasetConfig, RecipeConfig, load, parse

ROOT = Path(__file__).parents[2]
PANOPTIC = {"segmenter": "panoptic", "id_map": "cityscapes-train-to-id"}
DRIVE = {
    "flownet2": "1E8re-b6csNuo-abg1vJKCDjCzlIam50F",
    "vid2vid-examples": "1rPcbnanuApZeo2uc7h55OneBkbcFCnnf",
    "vid2vid-street-2048": "1MKtImgtnGC28EPU7Nh9DfFpHW6okNVkl",
    "vid2vid-street-single-gpu": "1QoE1p3QikxNVbbTBWWRDtIspg-RcLE8y",
    "vid2vid-face": "10LvNw-2lrh-6sPGkWbQDfHspkqz5AKxb",
}


def test_what_is_registered():
    assets = {asset.name: asset for asset in load_registry().assets}
    assert set(assets) == {*DRIVE, "vgg19", "dlib-68-landmarks", "cityscapes-panoptic"}
    for name, identifier in DRIVE.items():
        assert [source.gdrive for source in assets[name].sources] == [identifier]
        assert identifier in assets[name].by_hand


def test_every_asset_stands_in_the_docs():
    page = (ROOT / "docs" / "assets.md").read_text(encoding="utf-8")
    for asset in load_registry().assets:
        row = re.search(rf"^\| `{asset.name}` \|.*$", page, re.MULTILINE)
        assert row is not None and f"| {asset.commercial} |" in row[0], asset.name


def test_the_vgg_file_is_the_one_of_that_name():
    (file,) = load_registry().asset("vgg19").files
    assert file.sha256 is not None and f"vgg19-{file.sha256[:8]}.pth" == file.name


def test_the_vgg_file_is_looked_for_where_the_variable_points(tmp_path, monkeypatch):
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(tmp_path))
    assert vgg19_file() is None
    (tmp_path / "vgg19-dcbb9e9d.pth").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"vgg19-dcbb9e9d.pth is not the asset vgg19: it has 14 bytes"):
        vgg19_file()
    content = b"the right one"
    right = make_asset(name="vgg19", file={"name": "vgg.pth", "sha256": hashlib.sha256(content).hexdigest()})
    monkeypatch.setattr(store, "load_registry", lambda: Registry(assets=(right,)))
    (tmp_path / "vgg.pth").write_bytes(content)
    assert vgg19_file() == tmp_path / "vgg.pth"
    monkeypatch.setenv("VID2VID_ASSET_DIR", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert vgg19_file() is None
    assert asset_path(right) == tmp_path / "home/.cache/vid2vid/vgg.pth"


def test_the_landmark_model_is_used_where_pip_put_it(folder):
    pytest.importorskip("dlib")
    path = find_asset("dlib-68-landmarks")
    assert path is not None and path.parts[-3:] == (
        "face_recognition_models",
        "models",
        "shape_predictor_68_face_landmarks.dat",
    )
    assert state(load_registry().asset("dlib-68-landmarks")) == "in a Python package"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"commercial": False}, "commercial"),
        ({"file": {"name": "../x"}}, "name"),
        ({"file": {"sha256": "dcbb9e9d"}}, "sha256"),
        ({"file": {"size": 1, "approximate_size": 1}}, "exclude each other"),
        ({"sources": [{}]}, "exactly one of the keys url, gdrive, wheel"),
        ({"sources": [{"url": "ftp://x"}]}, "url"),
        ({"kind": "archive"}, "unpacked_limit"),
        ({"kind": "folder", "files": [{"name": "a"}, {"name": "b"}], "sources": [{"gdrive": "x"}]}, "several files"),
        ({"files": [{"name": "a"}, {"name": "b"}]}, "exactly one file, got 2"),
        ({"colour": "red"}, "unknown key"),
    ],
)
def test_a_wrong_entry_is_named(keys, reason):
    with pytest.raises(ConfigError, match=reason):
        make_asset(**keys)


def test_names_are_used_once(tmp_path):
    one = make_asset()
    with pytest.raises(ValueError, match="the name 'thing' is used twice"):
        Registry(assets=(one, one))
    with pytest.raises(ValueError, match="the file name 'thing.bin' is used twice"):
        Registry(assets=(one, make_asset(name="other")))
    (tmp_path / "assets.yaml").write_text("assets: []")
    with pytest.raises(ConfigError, match="assets.yaml"):
        load_file(tmp_path / "assets.yaml")
    with pytest.raises(ValueError, match="no asset is called 'vgg'; there are: vgg19, "):
        registry.load_registry().asset("vgg")


def dataset(**keys):
    return parse(DatasetConfig, {"name": "d", "world": {}} | keys, "a test")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, []),
        ({"flow": {"backend": "flownet2"}}, ["flownet2"]),
        ({"flow": {"backend": "flownet2", "checkpoint": "my.pth"}}, []),
        ({"flow": {"backend": "dis"}}, []),
        ({"annotate": PANOPTIC | {"model": "cityscapes-panoptic"}}, ["cityscapes-panoptic"]),
        ({"annotate": PANOPTIC | {"model": "/my/model"}}, []),
    ],
)
def test_what_a_dataset_needs(keys, expected):
    assert needed_assets([dataset(), dataset(**keys)], []) == expected


def recipe(*no_vgg):
    stages = [{"name": f"s{i}", "losses": {"no_vgg": off}} for i, off in enumerate(no_vgg)]
    return parse(RecipeConfig, {"name": "r", "stages": stages}, "a test")


def test_what_recipes_need():
    assert needed_assets([], [recipe(True, True)]) == []
    assert needed_assets([], [recipe(True, True), recipe(True, False)]) == ["vgg19"]


def test_an_image_stage_needs_vgg_too():
    off = {"losses": {"no_vgg": True}}
    stages = {"name": "r", "stages": [{"name": "s"} | off]}
    assert needed_assets([], [parse(RecipeConfig, stages | {"image_stage": {"name": "i"} | off}, "a test")]) == []
    assert needed_assets([], [parse(RecipeConfig, stages | {"image_stage": {"name": "i"}}, "a test")]) == ["vgg19"]


def test_needs_come_in_the_order_of_the_registry():
    both = [dataset(flow={"backend": "flownet2"}, annotate=PANOPTIC | {"model": "cityscapes-panoptic"})]
    assert needed_assets(both, [recipe(False)]) == ["vgg19", "flownet2", "cityscapes-panoptic"]


def test_the_demo_recipe_says_whether_it_wants_vgg():
    demo = load(RecipeConfig, ROOT / "config/recipes/street-demo.yaml")
    assert needed_assets([], [demo]) in ([], ["vgg19"])
