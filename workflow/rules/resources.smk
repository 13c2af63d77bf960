"""Weights that do not come with the program: `snakemake resources`. No other rule uses the network."""


rule resources:
    """Fetch and check the assets the configured runs need, and no others.

    It has no output, and so runs when asked for: what it fetches is shared by all runs and lies in the asset folder.
    """
    log:
        "logs/resources.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        names=needed_resources,
    script:
        "../scripts/resources.py"
