# Trains in a container, without Node on the host:
#
#   docker build --tag maddpg .
#   docker run --rm --volume "$PWD/runs:/home/node/runs" maddpg train --config mpe.yaml
#
# Runs belong to the user node (1000); add --user "$(id -u)" for another one.
FROM node:24-bookworm-slim AS build
WORKDIR /maddpg
COPY . .
# pack builds dist/.
RUN npm ci --ignore-scripts --no-audit --no-fund && npm pack --pack-destination /

FROM node:24-bookworm-slim
WORKDIR /home/node
COPY --from=build /maddpg-*.tgz ./
RUN npm install --global --no-audit --no-fund ./maddpg-*.tgz && rm maddpg-*.tgz
USER node
RUN mkdir runs
ENTRYPOINT ["maddpg"]
CMD ["train", "--config", "mpe.yaml"]
