# The server for use with a Postgres of its own (DATABASE_URL); the embedded one stays out of the image.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY dev dev
RUN npm ci --ignore-scripts
COPY vite.config.ts tsconfig.json ./
COPY src src
# The page is built, and then the packages that only the build needs go, and the embedded Postgres.
RUN node node_modules/vite/bin/vite.js build && npm ci --omit=dev --omit=optional --ignore-scripts && rm -rf src/page

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4100 TWINPANEL_DATA_DIR=/data
WORKDIR /app
# For the self-signed certificate (TLS=self-signed), the only thing kept outside the database.
RUN mkdir /data && chown node:node /data
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY migrations migrations
COPY docs/contract docs/contract
COPY --from=packages /app/src src
COPY --from=packages /app/dist dist
USER node
VOLUME /data
EXPOSE 4100
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "const s=process.env.TLS||process.env.TLS_CERT?'https':'http';process.env.NODE_TLS_REJECT_UNAUTHORIZED='0';fetch(`${s}://127.0.0.1:${process.env.PORT}/_twin/health`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# Node itself, without npm in between, so that it gets the signals.
CMD ["node", "src/main.ts"]
