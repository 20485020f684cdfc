# The platform in one image; the command says which part of it runs.

# Styles and scripts, from the npm packages.
FROM node:24-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY assets assets
RUN mkdir -p vendor \
    && cp node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js vendor/govuk.js \
    && cp node_modules/htmx.org/dist/htmx.min.js vendor/htmx.js \
    && cp node_modules/htmx.org/dist/ext/hx-csp.min.js vendor/hx-csp.js \
    && cp node_modules/htmx.org/LICENSE vendor/htmx-licence.txt \
    && cp assets/licences/govuk-frontend.txt vendor/govuk-licence.txt \
    && cp node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf vendor/DejaVuSans.ttf \
    && cp node_modules/dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf vendor/DejaVuSans-Bold.ttf \
    && cp node_modules/dejavu-fonts-ttf/LICENSE vendor/dejavu-licence.txt \
    && node_modules/.bin/sass --load-path=node_modules --style=compressed --no-source-map --quiet-deps assets/govuk.scss vendor/govuk.css

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml alembic.ini ./
COPY backend backend
COPY migrations migrations
COPY seed seed
COPY templates templates
RUN pip install --no-cache-dir --no-deps --editable .
COPY --from=assets /build/vendor backend/static/vendor
RUN useradd --system --no-create-home pilot
USER pilot
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz')"]
CMD ["pilot", "serve", "--host", "0.0.0.0", "--port", "8000", "--processes", "2"]
