"""`snakemake --profile slurm all` on two nodes: it completes, and asks for what each rule needs."""

import pytest
from head_node import HeadNode

pytestmark = pytest.mark.cluster

ON_A_GPU = ("train_stage", "render_video")
ON_CPUS = (
    "annotate_frames",
    "estimate_flow",
    "build_dataset",
    "check_dataset",
    "score_video",
    "summarise_scores",
    "build_report",
)


def test_it_completes(finished: HeadNode) -> None:
    page = finished.folder / "results" / "runs" / "run" / "report" / "index.html"
    assert page.stat().st_size > 10_000
    states = {facts["JobState"] for facts in finished.jobs.values()}
    assert states == {"COMPLETED"}


def test_gpus_are_asked_for_where_there_is_use_for_them(finished: HeadNode) -> None:
    for rule in ON_A_GPU:
        assert finished.of_rule(rule), rule
        assert all(facts.get("TresPerJob") == "gres:gpu:1" for facts in finished.of_rule(rule)), rule
    for rule in ON_CPUS:
        assert finished.of_rule(rule), rule
        assert not any("TresPerJob" in facts for facts in finished.of_rule(rule)), rule


def test_memory_and_time_are_those_of_the_table(finished: HeadNode) -> None:
    (training, *_) = finished.of_rule("train_stage")
    assert training["MinMemoryNode"] == "16000M"
    assert training["TimeLimit"] == "1-00:00:00"
    (report,) = finished.of_rule("build_report")
    assert (report["MinMemoryNode"], report["TimeLimit"], report["NumCPUs"]) == ("4000M", "00:30:00", "1")


def test_short_jobs_go_together(finished: HeadNode) -> None:
    grouped = [facts for facts in finished.jobs.values() if facts["Comment"].startswith("rule_videos")]
    assert len(grouped) == 1  # four videos, filmed and decoded
    assert not finished.of_rule("decode_frames")
