# One static binary in an empty image. The master key and the database are in
# /data; give it a volume.
# The newest patched Go; go.mod names the least.
FROM golang:1.27.4-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=1 go build -trimpath -tags "netgo osusergo sqlite_omit_load_extension" \
    -ldflags "-s -w -X main.version=${VERSION} -linkmode external -extldflags \"-static\"" \
    -o /out/keywicket ./cmd/keywicket \
 && mkdir -m 0700 /out/data

FROM scratch
COPY --from=build /out/keywicket /keywicket
COPY --from=build --chown=65532:65532 /out/data /data
COPY LICENSE NOTICE docs/licences.txt /licences/
USER 65532:65532
WORKDIR /data
VOLUME /data
# SQLite puts large temporary files there: an empty image has no /tmp.
ENV SQLITE_TMPDIR=/data \
    KEYWICKET_DATA=/data \
    KEYWICKET_LISTEN=0.0.0.0:8080 \
    KEYWICKET_GATE_LISTEN=0.0.0.0:8081 \
    KEYWICKET_LOG_FORMAT=json
EXPOSE 8080 8081
HEALTHCHECK --interval=15s --timeout=6s --start-period=20s --retries=3 CMD ["/keywicket", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/keywicket"]
CMD ["serve"]
