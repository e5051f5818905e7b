# One image for every service; the command names the service: `run chat`, `db upgrade`, ...

FROM python:3.11.14-slim-bookworm AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY .ci/uv.txt ./
RUN python -m pip install --quiet --require-hashes --requirement uv.txt && python -m venv --without-pip /opt/venv

# Third-party packages first, so that a change of our code rebuilds only the last layer. The lock is a constraint here:
# its versions and hashes hold, and what only developers need stays out.
COPY pyproject.toml requirements.lock ./
RUN uv pip install --python /opt/venv/bin/python --require-hashes --constraint requirements.lock --no-build \
    --compile-bytecode --requirement pyproject.toml --extra cli

COPY README.md LICENSE ./
COPY services services
COPY shared shared
COPY dashboards dashboards
# uv carries the build backend itself, so nothing is downloaded here.
RUN uv build --offline --wheel --out-dir /wheels \
    && uv pip install --offline --python /opt/venv/bin/python --no-deps --compile-bytecode /wheels/*.whl


FROM python:3.11.14-slim-bookworm
# A number, so that an orchestrator can see that it is not root. Nothing but /tmp is ever written.
RUN groupadd --gid 10001 bellwether \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin bellwether
# What runs must not be able to install anything.
RUN python -m pip uninstall --yes --quiet pip setuptools wheel && rm -rf /usr/local/lib/python3.11/ensurepip
COPY --from=builder /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 BELLWETHER_HOST=0.0.0.0 BELLWETHER_PORT=8080
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"BELLWETHER_PORT\"]}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["bellwether"]
CMD ["--help"]
