# The provider alone: no demo platforms, no tests, no build tools.
# Everything it writes goes to /var/lib/idp, so the root file system may be read-only:
#   docker run --read-only --tmpfs /tmp -v idp:/var/lib/idp -p 8000:8000 \
#     --env-file idp.env network-id-provider
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/idp
COPY requirements.txt ./
# Wheels only, each with the hash in the lock: no package runs code while it is installed.
RUN python -m venv venv \
 && venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes --only-binary :all: --requirement requirements.txt \
 && echo /opt/idp > venv/lib/python3.11/site-packages/network_id_provider.pth \
 && venv/bin/python -m pip uninstall --yes --quiet pip setuptools
COPY LICENSE ./
COPY migrations migrations
COPY idp idp
# Compiled here, because a read-only file system cannot keep it later.
RUN printf '%s\n' '#!/opt/idp/venv/bin/python -P' 'import sys' 'from idp.cli import main' \
      'sys.exit(main())' > venv/bin/idp \
 && chmod 755 venv/bin/idp \
 && venv/bin/python -m compileall -q idp migrations venv/lib

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 idp \
 && useradd --no-create-home --uid 10001 --gid idp --home-dir /var/lib/idp --shell /usr/sbin/nologin idp \
 && install --directory --owner=idp --group=idp --mode=0700 /var/lib/idp
COPY --from=build /opt/idp /opt/idp
ENV IDP_HOST=0.0.0.0 \
    PATH=/opt/idp/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    IDP_HOME=/var/lib/idp \
    IDP_PORT=8000
USER 10001:10001
WORKDIR /var/lib/idp
VOLUME /var/lib/idp
EXPOSE 8000
# No curl in the image. With TLS on, the certificate is for the public name: not checked here.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", "\
import os, ssl, urllib.request as web; \
scheme = 'https' if os.environ.get('IDP_TLS_CERT') else 'http'; \
context = ssl._create_unverified_context() if scheme == 'https' else None; \
web.urlopen(f\"{scheme}://127.0.0.1:{os.environ['IDP_PORT']}/healthz/ready\", timeout=2, context=context)"]
STOPSIGNAL SIGTERM
CMD ["idp", "serve"]
