"""The one ffmpeg command of the frames stage: numbered pictures, and a small copy for finding cuts, from one decode."""

import ffmpeg

from vid2vid_core.config.dataset import FramesConfig
from vid2vid_core.video.ffmpeg import ffmpeg_path, passthrough, rate, url
from vid2vid_core.video.probe import VideoInfo
from vid2vid_core.video.selection import Selection
from vid2vid_core.video.shots import detection_size

# Lossless. Level 1 with differences between rows is smaller and quicker than ffmpeg's default of level 6 without them:
# 60 frames of 1280x720 take 43 MB and 2.2 s of processor time in place of 64 MB and 6.1 s.
PNG_OPTIONS = {"vcodec": "png", "compression_level": 1, "pred": "up", "pix_fmt": "rgb24"}


def written_size(info: VideoInfo, config: FramesConfig) -> tuple[int, int]:
    """Width and height of the frames that are written."""
    return config.scale or (config.crop[2:] if config.crop else (info.width, info.height))


def decode_command(info: VideoInfo, selection: Selection, config: FramesConfig) -> list[str]:
    """Arguments of ffmpeg, run inside the folder that receives `000000.png`, `000001.png`, ...

    With a shot threshold, raw BGR frames of `detection_size` go to standard output. The filter `showinfo@source`
    reports the times of all decoded frames on standard error.
    """
    binary = ffmpeg_path()
    video = ffmpeg.input(url(info.path))["V:0"].filter("showinfo@source", checksum=0)
    video = _written(_selected(video, selection), info, config)
    every_frame = {"map_metadata": "-1", **passthrough(binary)}
    if config.shot_threshold is None:
        outputs = [_pictures(video, config, every_frame)]
    else:
        both = video.split()
        width, height = detection_size(*written_size(info, config))
        small = both[1].filter("scale", width, height, flags="bilinear")
        raw = ffmpeg.output(small, "pipe:1", format="rawvideo", pix_fmt="bgr24", **every_frame)
        outputs = [_pictures(both[0], config, every_frame), raw]
    merged = ffmpeg.merge_outputs(*outputs)
    return [binary, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info", *merged.get_args()]


def _selected(video: ffmpeg.Stream, selection: Selection) -> ffmpeg.Stream:
    """Drop frames; `trim` is there to end the decoding early."""
    if selection.end is not None:  # later than wanted, since trim rounds to the stream's clock and select does not
        video = video.filter("trim", end=selection.end + 1)
    if selection.expression():
        video = video.filter("select", selection.expression())
    if selection.max_frames is not None:
        video = video.filter("trim", end_frame=selection.max_frames)
    return video


def _written(video: ffmpeg.Stream, info: VideoInfo, config: FramesConfig) -> ffmpeg.Stream:
    """Resample, crop and scale."""
    if config.fps is not None:
        video = video.filter("fps", rate(config.fps), round="near")
    if config.crop is not None:
        x, y, width, height = config.crop
        # chroma planes could be cut at even pixels only
        video = video.filter("format", "rgb24").filter("crop", width, height, x, y)
    if config.scale is not None:
        before = config.crop[2:] if config.crop else (info.width, info.height)
        shrinks = config.scale[0] <= before[0] and config.scale[1] <= before[1]
        video = video.filter("scale", *config.scale, flags="area" if shrinks else "bicubic")
    return video


def _pictures(video: ffmpeg.Stream, config: FramesConfig, every_frame: dict[str, str]) -> ffmpeg.Stream:
    """The numbered files, of 8 bits a channel whatever the source has."""
    if config.image_format == "png":
        return ffmpeg.output(video, "%06d.png", format="image2", start_number=0, **PNG_OPTIONS, **every_frame)
    # JPEG files are full range and BT.601 by their standard, whatever the video is
    video = video.filter("scale", out_color_matrix="bt601", out_range="pc").filter("format", "yuvj420p")
    quality = {"vcodec": "mjpeg", "qscale:v": config.jpeg_quality}
    return ffmpeg.output(video, "%06d.jpg", format="image2", start_number=0, **quality, **every_frame)
