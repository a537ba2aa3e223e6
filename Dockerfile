# syntax=docker/dockerfile:1
# The portal (default) and the agent (`--target agent`), each one static program on nothing else.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates musl-tools \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
RUN rustup target add "$(uname -m)-unknown-linux-musl" wasm32-unknown-unknown
COPY . .
# The page first: it is built into the portal.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo xtask page \
 && cargo build --release --locked --target "$(uname -m)-unknown-linux-musl" \
      --package server --bin linecheck --package agent --bin linecheck-agent \
 && mkdir -p /out/data /out/tmp \
 && cp "target/$(uname -m)-unknown-linux-musl/release/linecheck" \
       "target/$(uname -m)-unknown-linux-musl/release/linecheck-agent" /out/

FROM scratch AS agent
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/linecheck-agent /linecheck-agent
USER 65532:65532
ENV LINECHECK_AGENT_DIR=/data
VOLUME /data
ENTRYPOINT ["/linecheck-agent"]
CMD ["run"]

FROM scratch AS portal
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
COPY --from=build /out/linecheck /linecheck
USER 65532:65532
ENV LINECHECK_LISTEN=0.0.0.0:8080 LINECHECK_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
# It answers when the portal can work; it takes no name and no certificate, as it asks this container only.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["/linecheck", "health"]
ENTRYPOINT ["/linecheck"]
CMD ["serve"]
