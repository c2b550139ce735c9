# The app in a container, for a CPU or an NVIDIA GPU; docs/where.md says how it is started.
# TORCH_INDEX is the address that the selector on pytorch.org shows for what is wanted, its build for
# CPUs, say; without it torch comes with CUDA's libraries, which is several GB more.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates make python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 cacr \
    && install -d -o cacr -g cacr /app /data
USER cacr
WORKDIR /app
COPY --chown=cacr:cacr Makefile requirements.txt ./
ARG TORCH_INDEX=
RUN make .venv/.app TORCH_INDEX="$TORCH_INDEX" && rm -rf /home/cacr/.cache
COPY --chown=cacr:cacr . .
# numba's compilations for UMAP: half a minute that the first page would wait for
RUN .venv/bin/python -m cacr_core layouts < /dev/null
# the address is the one of the links that are printed: another port or name is set over it
ENV CACR_RUNS=/data/runs CACR_DATA=/data/datasets PYTHONUNBUFFERED=1 \
    STREAMLIT_BROWSER_SERVER_ADDRESS=http://127.0.0.1:8501
VOLUME /data
EXPOSE 8501
HEALTHCHECK --start-period=60s --interval=30s --timeout=5s \
    CMD .venv/bin/python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health')"
CMD [".venv/bin/python", "-m", "cacr_core", "serve", "--server.port", "8501"]
