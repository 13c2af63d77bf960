"""Golden fixtures of the first frame of a face: features of the nearest training picture."""

from parity.fixture import Comparison, Fixture
from parity.image_networks import load_encoder, load_image_generator
from vid2vid_core.legacy.feature_table import table_of_parts
from vid2vid_core.models.feature_table import frame_distances, label_means, nearest_features, nearest_frame
from vid2vid_core.models.image_model import ImageModel


def run_face_feature_lookup(fixture: Fixture, comparison: Comparison) -> None:
    """The steps one by one, then all of them as the renderer runs them."""
    config = fixture.config
    norm = {"norm": config["norm"]}
    encoder = load_encoder(config["encoder"] | norm, fixture.states["netE"], "netE")
    generator = load_image_generator(
        "global_with_features", config["generator"] | norm, fixture.states["netG_i"], "netG_i"
    )
    image, parts, controls = fixture.inputs("image"), fixture.inputs("parts").long(), fixture.inputs("label_input")
    table = table_of_parts([fixture.inputs(f"features.{part}") for part in range(config["n_parts"])])
    features = encoder(image, parts)
    comparison.array("encoder_features", features)
    means, present = label_means(features, parts, config["n_parts"])
    distances = frame_distances(means[0], present[0], table).tolist()
    for number, (got, expected) in enumerate(zip(distances, fixture.side["squared_distances"], strict=True)):
        comparison.value(f"squared distance of training image {number}", got, expected)
    chosen = nearest_frame(means[0], present[0], table)
    comparison.equal("chosen training image", chosen, fixture.side["chosen_training_image"])
    feature_map = nearest_features(features, parts, table)
    comparison.array("feature_map", feature_map)
    comparison.array("image", generator(controls, feature_map))
    whole = ImageModel(generator, encoder, table).picture(controls, parts, image)
    comparison.tensor("image as rendered", whole, fixture.arrays["out.image"])


KINDS = {"face_feature_lookup": run_face_feature_lookup}
