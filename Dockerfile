# Trains in a container, without Node on the host:
#
#   docker build --tag maddpg .
#   docker run --rm --volume "$PWD/runs:/work/runs" maddpg train --config mpe.yaml
#
# Runs belong to the user node (1000); add --user "$(id -u)" for another one.
FROM node:24-bookworm-slim AS build
WORKDIR /maddpg
COPY . .
# pack builds dist/.
RUN npm ci --ignore-scripts --no-audit --no-fund && npm pack --pack-destination /

FROM node:24-bookworm-slim
COPY --from=build /maddpg-*.tgz /tmp/
RUN npm install --global --no-audit --no-fund /tmp/maddpg-*.tgz && rm /tmp/maddpg-*.tgz
WORKDIR /work
RUN mkdir runs && chown --recursive node:node /work
USER node
ENTRYPOINT ["maddpg"]
CMD ["train", "--config", "mpe.yaml"]
