# The server. One image, four uses:
#
#   icr serve     the default: needs ICR_DATABASE_URL, ICR_DESK_DATABASE_URL and ICR_MONITOR_DATABASE_URL, never the owner's role
#   icr migrate   a run of its own before a new version starts, with ICR_OWNER_DATABASE_URL: no server may change the schema
#   icr import …  with the server's role: ICR_DATABASE_URL
#   icr sequence  beside it, with a role and the log's key of its own: ICR_SEQUENCER_DATABASE_URL, ICR_LOG_KEY_FILE
#
# Configuration is read from the environment; programme.yaml and the secret file are mounted. It writes nothing to disk, so
# run it with a read-only root. There is no shell and no HEALTHCHECK: let the orchestrator ask /healthz and /readyz on 8081,
# and keep that port inside. Name the base images by digest where your policy asks for it.

FROM node:20-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY scripts/assets scripts/
COPY static/src static/src/
RUN mkdir static/dist && scripts/assets

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/static/dist static/dist/
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags timetzdata -ldflags="-s -w" -o /out/ ./cmd/icr ./cmd/icr-audit

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/ /usr/local/bin/
USER 65532:65532
# GOGC and GOMEMLIMIT: docs/performance.md
ENV ICR_ADDRESS=:8080 ICR_OPS_ADDRESS=:8081 GOGC=400 GOMEMLIMIT=256MiB
EXPOSE 8080 8081
ENTRYPOINT ["/usr/local/bin/icr"]
CMD ["serve"]
