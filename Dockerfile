# The runner: everything that a look needs, as a user who may do nothing else.
#   docker build -t acceptance .
#   docker run --rm -v "$PWD/targets:/suite/targets:ro" -v "$PWD/reports:/suite/reports" acceptance --target=prod
# BASE is any Debian bookworm with Python 3.11 or newer and its venv module. Pin it by digest where you build, e.g.
#   docker build --build-arg BASE=python:3.12-slim-bookworm@sha256:… -t acceptance .
# The digest is yours to choose: it moves with every security update of the base, and a stale one is worse than a tag.
ARG BASE=python:3.12-slim-bookworm
FROM ${BASE}

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 \
    PATH=/opt/venv/bin:$PATH

# Debian's stable release pins these better than we could: it changes them for security only, and drops what it replaced.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends chromium fonts-dejavu-core git libnss3-tools openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 runner

WORKDIR /suite
COPY requirements.txt ./
RUN python3 -m venv /opt/venv && pip install --no-cache-dir -r requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && mkdir -p reports targets /state \
    && chown -R runner reports /state

USER 10001
ENV XDG_STATE_HOME=/state
VOLUME ["/suite/reports", "/state"]
ENTRYPOINT ["python", "-m", "pytest"]
CMD ["--help"]
