"""One sentence for the top of the page: is the model better than painting each label or part in its mean colour?"""

from typing import Any

from vid2vid_core.report.wording import listed, number

_RIVAL = "mean_colour"
_HEADLINE = ("psnr", "ssim")


def headline(metrics: dict[str, Any], unit_of_colour: str = "label") -> str:
    """The verdict in one sentence.

    Args:
        metrics: metrics.json of the evaluation.
        unit_of_colour: what the baseline paints in one colour.
    """
    won: list[str] = []
    lost: list[str] = []
    open_: list[str] = []
    for name in _HEADLINE:
        metric = metrics["metrics"].get(name, {})
        methods = metric.get("methods", {})
        if "model" not in methods or _RIVAL not in methods:
            continue
        unit = f" {metric['unit']}" if metric["unit"] else ""
        fact = f"{metric['title']} {number(methods['model']['mean'])}{unit} against {number(methods[_RIVAL]['mean'])}"
        result = outcome(metrics["verdict"], metric["title"], _RIVAL)
        (won if result in ("beats", "ahead") else lost if result in ("loses", "behind") else open_).append(fact)
    if not won + lost + open_:
        return "The run finished, but there was nothing to score: " + metrics["verdict"][0]
    rival = f"painting every {unit_of_colour} in its mean colour"
    if not lost and not open_:
        return f"On video it never saw, the model comes closer to reality than {rival}: {listed(won)}."
    if not won and not open_:
        return f"On video it never saw, the model does not yet come as close to reality as {rival}: {listed(lost)}."
    if not won and not lost:
        return f"On video it never saw, the model cannot be told apart from {rival}: {listed(open_)}."
    parts = [("ahead in", won), ("behind in", lost), ("level in", open_)]
    return (
        f"On video it never saw, and against {rival}, the model is "
        + listed([f"{word} {listed(facts)}" for word, facts in parts if facts])
        + "."
    )


def outcome(sentences: list[str], title: str, rival: str) -> str:
    """What the evaluation says of the model on one metric: beats, loses, ahead, behind, level, or '' if nothing."""
    for sentence in sentences:
        head = sentence.partition(": ")[0]
        if head.endswith(f" on {title}") and f" {rival} " in f"{head} ":
            words = {"beats": "beats", "loses to": "loses", "is ahead of": "ahead", "is behind": "behind"}
            return next((result for word, result in words.items() if head.startswith(f"model {word} ")), "level")
    return ""
