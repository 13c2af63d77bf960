#!/bin/sh
# Installs vid2vid, which lies in /opt/vid2vid, into an empty Debian 12. Dockerfile and vid2vid.def both run it, as root.
# What PyTorch's wheel depends on brings the CUDA runtime; the machine needs no more than NVIDIA's driver.
# gcc and the headers are for speed.compile, which makes kernels while training.
set -eu
export DEBIAN_FRONTEND=noninteractive PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
apt-get update
apt-get install --yes --no-install-recommends \
    ca-certificates gcc libc6-dev libgl1 libglib2.0-0 python3.11 python3.11-dev python3.11-venv
rm -rf /var/lib/apt/lists/*

python3.11 -m venv /opt/venv
cd /opt/vid2vid
/opt/venv/bin/pip install --constraint requirements.lock --editable '.[workflow]'
/opt/venv/bin/python -m compileall -q vid2vid_core
/opt/venv/bin/vid2vid --help > /dev/null
