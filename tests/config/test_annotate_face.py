import pytest

from vid2vid_core.assets.needed import needed_assets
from vid2vid_core.config import ConfigError, DatasetConfig, expand_sources, parse


def dataset(**keys):
    return parse(DatasetConfig, {"name": "faces", "mode": "face"} | keys, "faces.yaml")


VIDEO = {"path": "a.mp4", "split": "train"}


def test_a_face_dataset_needs_little():
    config = dataset(videos=[VIDEO])
    assert config.annotate.face.backend == "dlib" and config.annotate.face.smoothing is None
    assert dataset(videos=[VIDEO], annotate={"face": {"smoothing": {}}}).annotate.face.smoothing.beta == 10


@pytest.mark.parametrize(
    ("face", "message"),
    [
        ({"backend": "mediapipe", "upsample": 1}, "upsample is for backend dlib, backend is mediapipe"),
        ({"backend": "given", "min_size": 40}, "min_size is for backend dlib and mediapipe, backend is given"),
        ({"gaps": "cut", "max_gap": 9}, "max_gap is for gaps interpolate, gaps is cut"),
        ({"backend": "mediapipe", "min_confidence": 1.5}, "min_confidence must be 0..1 for backend mediapipe, got 1.5"),
        ({"smoothing": {"min_cutoff": 0}}, "min_cutoff"),
        ({"backend": "openface"}, "openface"),
        ({"maxgap": 3}, "max_gap"),
    ],
)
def test_settings_that_mean_nothing_are_refused(face, message):
    with pytest.raises(ConfigError, match=message):
        dataset(videos=[VIDEO | {"keypoints": "k"}], annotate={"face": face})


def test_given_and_keypoints_belong_together():
    given = {"face": {"backend": "given"}}
    with pytest.raises(ConfigError, match=r"videos\[0\].keypoints is missing, needed by annotate.face.backend given"):
        dataset(videos=[VIDEO], annotate=given)
    with pytest.raises(ConfigError, match=r"videos\[0\].keypoints is for mode face with annotate.face.backend given"):
        dataset(videos=[VIDEO | {"keypoints": "k"}])
    with pytest.raises(ConfigError, match="annotate.face is for mode face, mode is street"):
        dataset(mode="street", videos=[VIDEO | {"labels": "l"}], annotate={"face": {"backend": "mediapipe"}})


def test_given_folders_are_found_by_stem(tmp_path):
    (tmp_path / "a.mp4").touch()
    entry = {"path": str(tmp_path / "*.mp4"), "split": "train", "keypoints": str(tmp_path / "points" / "{stem}")}
    config = dataset(videos=[entry], annotate={"face": {"backend": "given"}})
    with pytest.raises(ConfigError, match=r"videos\[0\].keypoints: no such file or folder: '.*points/a'"):
        expand_sources(config, "faces.yaml")
    (tmp_path / "points" / "a").mkdir(parents=True)
    (source,) = expand_sources(config, "faces.yaml")
    assert source.keypoints == str(tmp_path / "points" / "a") and source.keypoints in source.files()


def test_only_the_backend_that_needs_the_model_asks_for_it():
    street = parse(DatasetConfig, {"name": "s", "world": {}}, "s.yaml")
    mediapipe = dataset(videos=[VIDEO], annotate={"face": {"backend": "mediapipe"}})
    layout = dataset(layout="somewhere")
    assert needed_assets([street, mediapipe, layout], []) == []
    assert needed_assets([dataset(videos=[VIDEO])], []) == ["dlib-68-landmarks"]
