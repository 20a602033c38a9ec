FROM python:3.11-slim

WORKDIR /app

# Before the code: this layer is rebuilt only when a dependency changes.
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

# Compiled here, because the user below may not write beside the code.
COPY main.py ./
COPY openoutcry ./openoutcry
RUN python -m compileall -q main.py openoutcry

# A new volume takes its owner from the image, so /data has to belong to the user already.
RUN useradd --system --uid 10001 --no-create-home openoutcry \
    && install -d -o openoutcry -g openoutcry -m 0700 /data
USER openoutcry
VOLUME /data

# Inside a container 127.0.0.1 is reachable by nobody else; `docker run -p` decides who may call.
ENV HOST=0.0.0.0 \
    PORT=8000 \
    OPENOUTCRY_DATA_DIR=/data \
    PYTHONUNBUFFERED=1
EXPOSE 8000

# No proxy, whatever the environment says. `localhost` finds the venue on IPv4 and on IPv6.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://localhost:' + os.environ['PORT'] + '/health', timeout=2)"]

# No shell in between: the stop signal reaches the venue, which then ends cleanly.
CMD ["python", "-m", "openoutcry", "serve"]
