# One image for every process: docker run IMAGE web | relay | orchestrate | track | worker CONTEXT | migrate
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 MALLOC_ARENA_MAX=2
RUN useradd --create-home --uid 10001 baton && mkdir /srv/baton /data && chown baton /srv/baton /data
WORKDIR /srv/baton
COPY requirements.lock .
RUN pip install --require-hashes --requirement requirements.lock
COPY --chown=baton . .
RUN pip install --no-deps --no-build-isolation --editable .
USER baton
ENV BATON_DATA_DIR=/data BATON_HOST=0.0.0.0
RUN BATON_DATA_DIR=/tmp/build baton build && rm -rf /tmp/build .web/node_modules
VOLUME /data
EXPOSE 3000
ENTRYPOINT ["baton"]
CMD ["web"]
