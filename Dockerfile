# Fieldtrace in an image: the steps of the README, on a slim Python, without root. The root file system can be read-only:
# what is written goes to /data (database, keys) and /run/fieldtrace (signs of life).
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/fieldtrace \
    && /opt/fieldtrace/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
RUN /opt/fieldtrace/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --no-create-home fieldtrace \
    && install -d -o fieldtrace -g fieldtrace -m 0750 /data /run/fieldtrace
COPY --from=build /opt/fieldtrace /opt/fieldtrace
ENV PATH=/opt/fieldtrace/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FIELDTRACE_DATA=/data
USER fieldtrace
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["fieldtrace"]
CMD ["serve", "--host", "0.0.0.0"]
