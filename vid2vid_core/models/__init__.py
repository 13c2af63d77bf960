"""Networks only: no datasets, no training."""

from vid2vid_core.models.discriminator import MultiscaleDiscriminator
from vid2vid_core.models.encoder import FeatureEncoder
from vid2vid_core.models.generator import CompositeGenerator
from vid2vid_core.models.image_generator import ImageGenerator, build_image_generator
from vid2vid_core.models.initialisation import initialise
from vid2vid_core.models.refiner import RefinementGenerator
from vid2vid_core.models.vgg import Vgg19Features
from vid2vid_core.models.video_generator import VideoGenerator

__all__ = [
    "CompositeGenerator",
    "FeatureEncoder",
    "ImageGenerator",
    "MultiscaleDiscriminator",
    "RefinementGenerator",
    "Vgg19Features",
    "VideoGenerator",
    "build_image_generator",
    "initialise",
]
