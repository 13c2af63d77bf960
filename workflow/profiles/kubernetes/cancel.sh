#!/bin/sh
# Deletes Kubernetes jobs with their pods: `cancel.sh job.batch/NAME ...`. Snakemake gives this two seconds, so the end of
# the pods, which write checkpoints first, is not waited for.
exec kubectl delete --ignore-not-found --wait=false "$@"
