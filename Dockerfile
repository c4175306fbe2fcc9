# syntax=docker/dockerfile:1
# The operator's image: distroless Node, one bundled file, the CRDs, licenses.txt; no shell, no package manager, nothing that writes.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t IMAGE --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) \
#     --build-arg REVISION=$(git rev-parse HEAD) --output type=registry,rewrite-timestamp=true .
#
# Same sources, same bytes: the base images are pinned by digest, dependencies by the lock file, and rewrite-timestamp takes the clock out.
# Dependabot renews the digests. Where they come from: docs/releases.md.

FROM --platform=$BUILDPLATFORM node:26.10.0-trixie-slim@sha256:ec7758ee051e457b468b32bde57b0879010b325bb9862718e9615225ce4aaae1 AS build
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node tools/image.ts --out /image

FROM gcr.io/distroless/nodejs26-debian13:nonroot@sha256:afc6657a4b662f9cb69ca892b0596e55d6ef81a10e83ee8887b13f602877df89
ARG VERSION=v0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="azure-service-operator" \
      org.opencontainers.image.description="Makes Azure resources out of Kubernetes objects; a drop-in for Azure Service Operator v2" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs26-debian13:nonroot"
COPY --from=build --chown=0:0 /image/ /
# What these two are for is said in tools/build.ts, and a test holds that they are the same there. The chart sets its own NODE_OPTIONS, with the
# limit of the heap. Node's other flag stands in the first line of /aso-controller.
ENV NODE_OPTIONS=--max-semi-space-size=2
ENV MALLOC_MMAP_THRESHOLD_=32768
WORKDIR /
USER 65532:65532
# Health and readiness are pages at --health-addr (/healthz, /readyz), which the chart's probes ask. An image health check is not there:
# Kubernetes does not look at it, and the address is a flag.
EXPOSE 8081 8443
ENTRYPOINT ["/aso-controller"]
