# The GraphiQL page, built from its own lock file; production hides the page, development shows it.
FROM node:22-slim AS graphiql
WORKDIR /build
COPY graphiql/package.json graphiql/package-lock.json graphiql/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY graphiql/ ./
RUN npm run build

FROM python:3.13-slim AS packages
COPY requirements/runtime.txt /requirements.txt
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /requirements.txt

FROM python:3.13-slim
# A fixed number, so that a volume for the ledger can be given to it.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin bff \
 && mkdir /data && chown bff /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY bff/ bff/
COPY resolvers/ resolvers/
COPY clients/ clients/
COPY --from=graphiql /build/dist graphiql/dist
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    BFF_HOST=0.0.0.0 LEDGER_PATH=/data/ledger.db
USER bff
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('BFF_PORT', '8000') + '/livez', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bff"]
CMD ["dev"]
