"""The annotate stage of one video, whatever the networks are to be shown."""

from pathlib import Path

from vid2vid_core.config import DatasetConfig, Source


def annotate_video(
    frames_table: Path, out_dir: Path, table: Path, config: DatasetConfig, source: Source, fitted: Path | None
) -> None:
    """Annotate every valid frame of one video and write its annotation table; an empty frame table gives an empty one.

    A source of kind `layout` is used in place: the table points at its files and `out_dir` stays empty.

    Args:
        frames_table: frames/{video}.parquet.
        out_dir: Folder for the files, annotations/{video}.
        table: annotations/{video}.parquet.
        config: The dataset; its mode says what is made.
        source: Where the video and what is given for it lie.
        fitted: For the unsupervised segmenter of mode street: what `fit_segmenter` wrote.

    Raises:
        ValueError: an annotation that cannot be used, by its file, what was found and what is allowed.
    """
    if config.mode == "street":
        from vid2vid_core.annotate.segment import annotate_labels

        annotate_labels(frames_table, out_dir, table, config, source, fitted)
    elif config.mode == "face":
        from vid2vid_core.annotate.faces import annotate_faces

        annotate_faces(frames_table, out_dir, table, config, source)
    else:
        from vid2vid_core.annotate.poses import annotate_poses

        annotate_poses(frames_table, out_dir, table, config, source)
