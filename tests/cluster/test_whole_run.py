"""`snakemake --profile slurm all` on two nodes: it completes, and asks for what each rule needs."""

import pytest
from head_node import HeadNode

pytestmark = pytest.mark.cluster

GPUS = {"train_stage": 2, "render_video": 1}
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
    for rule, count in GPUS.items():
        assert finished.of_rule(rule), rule
        assert all(facts.get("TresPerJob") == f"gres:gpu:{count}" for facts in finished.of_rule(rule)), rule
    for rule in ON_CPUS:
        assert finished.of_rule(rule), rule
        assert not any("TresPerJob" in facts for facts in finished.of_rule(rule)), rule


def test_training_is_on_both_nodes(finished: HeadNode) -> None:
    for facts in finished.of_rule("train_stage"):
        assert (facts["NumNodes"], facts["NodeList"], facts["OverSubscribe"]) == ("2", "one,two", "NO")
        steps = [step for name, step in finished.steps_seen.items() if name.startswith(f"{facts['JobId']}.")]
        assert any(step["NodeList"] == "one,two" for step in steps), steps
    for stage in ("coarse", "fine"):
        log = finished.folder / "logs" / "train_stage" / "run" / f"{stage}.log"
        assert "on 2 x cpu" in log.read_text()


def test_memory_and_time_are_those_of_the_table(finished: HeadNode) -> None:
    (training, *_) = finished.of_rule("train_stage")
    assert training["MinMemoryNode"] == "16000M"
    assert training["TimeLimit"] == "1-00:00:00"
    (report,) = finished.of_rule("build_report")
    assert (report["MinMemoryNode"], report["TimeLimit"], report["NumCPUs"]) == ("4000M", "00:30:00", "1")


def test_short_jobs_go_together(finished: HeadNode) -> None:
    grouped = [facts for facts in finished.jobs.values() if facts.get("Comment", "").startswith("rule_videos")]
    assert len(grouped) == 1  # four videos, filmed and decoded
    assert (grouped[0]["NumCPUs"], grouped[0]["MinMemoryNode"]) == ("8", "8000M")
    assert not finished.of_rule("decode_frames")
