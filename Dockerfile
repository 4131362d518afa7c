# syntax=docker/dockerfile:1
# Burnline in a container. It takes an account to start:
#   docker build -t burnline .
#   docker run -it --rm -v burnline:/data burnline burnline user create NAME --role admin
#   docker run -p 8000:8000 -v burnline:/data burnline

FROM python:3.12-slim AS builder
WORKDIR /src
RUN python -m venv /opt/burnline
ENV PATH=/opt/burnline/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements requirements
RUN pip install --require-hashes -r requirements/run.txt \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY tools/metadata.py tools/metadata.py
COPY app app
COPY templates templates
COPY static static
COPY migrations migrations
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && pip install --no-deps /dist/*.whl

FROM python:3.12-slim
COPY --from=builder /opt/burnline /opt/burnline
# numba keeps what it compiles in a folder that the user may write, so that only the first start takes longer.
RUN useradd --system --uid 10001 --home-dir /data --no-create-home burnline \
 && install -d -o burnline -g burnline /data /data/.numba
ENV PATH=/opt/burnline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/data/.numba \
    BURNLINE_DATA_DIR=/data \
    BURNLINE_HOST=0.0.0.0
USER burnline
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["burnline", "serve"]
