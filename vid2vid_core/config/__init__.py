"""Typed, frozen config classes: torch-free, so that the Snakefile may import them; the only place a default lives."""

from vid2vid_core.config.annotate_face import FaceAnnotateConfig
from vid2vid_core.config.annotate_pose import PoseAnnotateConfig
from vid2vid_core.config.channels import control_channels, part_count, picture_channels
from vid2vid_core.config.controls import ControlConfig
from vid2vid_core.config.data import DataConfig, ImageDataConfig
from vid2vid_core.config.dataset import (
    AnnotateConfig,
    CheckConfig,
    DatasetConfig,
    FlowConfig,
    FramesConfig,
    VideoEntry,
    WorldConfig,
)
from vid2vid_core.config.edits import EditConfig
from vid2vid_core.config.free_keys import adopt_free_keys, adopt_stage_keys, without_free_keys
from vid2vid_core.config.image_stage import (
    ImageDiscriminatorConfig,
    ImageGeneratorConfig,
    ImageLossConfig,
    ImageScheduleConfig,
    ImageStageConfig,
)
from vid2vid_core.config.load import ConfigError, load, parse, read_yaml, to_dict
from vid2vid_core.config.optimizer import OptimizerConfig
from vid2vid_core.config.parallel import ParallelConfig
from vid2vid_core.config.recipe import (
    DiscriminatorConfig,
    GeneratorConfig,
    GuardAction,
    LossConfig,
    RecipeConfig,
    ScheduleConfig,
    StageConfig,
)
from vid2vid_core.config.rendering import begins_with_single, require_labels, require_renderable
from vid2vid_core.config.run import EvaluateConfig, RenderConfig, Run, RunsConfig
from vid2vid_core.config.sources import Source, expand_sources
from vid2vid_core.config.speed import SpeedConfig
from vid2vid_core.config.subject import GapPolicy, SmoothingConfig
from vid2vid_core.config.validation import ValidationConfig
from vid2vid_core.config.versions import STAGE_VERSIONS

__all__ = [
    "STAGE_VERSIONS",
    "AnnotateConfig",
    "CheckConfig",
    "ConfigError",
    "ControlConfig",
    "DataConfig",
    "DatasetConfig",
    "DiscriminatorConfig",
    "EditConfig",
    "EvaluateConfig",
    "FaceAnnotateConfig",
    "FlowConfig",
    "FramesConfig",
    "GapPolicy",
    "GeneratorConfig",
    "GuardAction",
    "ImageDataConfig",
    "ImageDiscriminatorConfig",
    "ImageGeneratorConfig",
    "ImageLossConfig",
    "ImageScheduleConfig",
    "ImageStageConfig",
    "LossConfig",
    "OptimizerConfig",
    "ParallelConfig",
    "PoseAnnotateConfig",
    "RecipeConfig",
    "RenderConfig",
    "Run",
    "RunsConfig",
    "ScheduleConfig",
    "SmoothingConfig",
    "Source",
    "SpeedConfig",
    "StageConfig",
    "ValidationConfig",
    "VideoEntry",
    "WorldConfig",
    "adopt_free_keys",
    "adopt_stage_keys",
    "begins_with_single",
    "control_channels",
    "expand_sources",
    "load",
    "parse",
    "part_count",
    "picture_channels",
    "read_yaml",
    "require_labels",
    "require_renderable",
    "to_dict",
    "without_free_keys",
]
