#!/bin/sh
# Fetches the broker's jars with Maven, from wherever this machine's Maven is told to, and compares each with its
# checksum. Nothing is done where they are there already.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lib=${KAFKA_LIB:-$here/../../.kafka/lib}
same() { [ -d "$lib" ] && (cd "$lib" && sha256sum --check --quiet --strict "$here/checksums.txt" > /dev/null 2>&1); }
if same; then exit 0; fi
command -v mvn > /dev/null || { echo "Maven is missing; the Kafka tests are skipped without it." >&2; exit 1; }
rm -rf "$lib"
mkdir -p "$lib"
mvn --batch-mode --quiet --file "$here/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$lib" -DincludeScope=runtime
same || { echo "These jars are not the ones of tests/broker/checksums.txt:" >&2
          (cd "$lib" && sha256sum --check --quiet --strict "$here/checksums.txt" >&2) || exit 1; }
