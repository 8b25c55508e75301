#!/usr/bin/env bash
# Shows that the build's rules bite: plants one fault at a time into a copy of the checkout and expects the build to fail
# with the rule's own words. Exit code 0 only if every fault was caught.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
(cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy")
cd "$copy" || exit 1
failed=0

# fault NAME FILE EXPECTED-WORDS MAVEN-ARGUMENTS...   (the new content of FILE comes on standard input)
fault() {
    local name=$1 file=$2 words=$3
    shift 3
    [ -f "$file" ] && cp "$file" "$copy.kept"
    mkdir -p "$(dirname "$file")"
    cat > "$file"
    if mvn -B -q "$@" > "$copy.log" 2>&1; then
        echo "NOT CAUGHT  $name: the build passed"
        failed=1
    elif ! grep -qE "$words" "$copy.log"; then
        echo "NOT CAUGHT  $name: the build failed for another reason:"
        grep -E '^\[ERROR\]' "$copy.log" | head -n 5
        failed=1
    else
        echo "caught      $name: $(grep -E "$words" "$copy.log" | head -n 1 | cut -c1-150 | sed "s|$copy/||")"
    fi
    if [ -f "$copy.kept" ]; then mv "$copy.kept" "$file"; else rm -f "$file"; fi
    rm -f "$copy.log"
}

header=$(cat build/license-header.txt)
model=jobs/src/main/java/io/carillon/jobs/model/Planted.java

fault "a room rule (model imports execution)" $model 'was violated' \
    -pl jobs -Dtest='RoomRulesTest' test <<JAVA
$header
package io.carillon.jobs.model;

/** Planted. */
public final class Planted {
    private Planted() {}

    /** Planted. */
    public static io.carillon.jobs.JobConfiguration planted() {
        return io.carillon.jobs.JobConfiguration.newBuilder("a", 1).build();
    }
}
JAVA

fault "a clock read in the wrong place" $model 'Forbidden method invocation' -pl jobs -Dmaven.test.skip=true verify <<JAVA
$header
package io.carillon.jobs.model;

/** Planted. */
public final class Planted {
    private Planted() {}

    /** Planted. */
    public static java.time.Instant planted() {
        return java.time.Instant.now();
    }
}
JAVA

fault "a null passed where it is not allowed" $model 'NullAway' -pl jobs compile <<JAVA
$header
package io.carillon.jobs.model;

/** Planted. */
public final class Planted {
    private Planted() {}

    /** Planted. */
    public static InstanceId planted() {
        return new InstanceId(null, "1");
    }
}
JAVA

fault "a compiler warning" $model 'warnings found and -Werror' -pl jobs compile <<JAVA
$header
package io.carillon.jobs.model;

/** Planted. */
public final class Planted {
    private Planted() {}

    /** Planted. */
    public static java.util.List planted() {
        return java.util.List.of();
    }
}
JAVA

fault "code that is not formatted" $model 'format violations' -pl jobs spotless:check <<JAVA
$header
package io.carillon.jobs.model;
/** Planted. */
public final class Planted { private Planted() { } }
JAVA

fault "a file without the licence header" $model 'format violations' -pl jobs spotless:check <<JAVA
package io.carillon.jobs.model;

/** Planted. */
public final class Planted {
    private Planted() {}
}
JAVA

sed 's|<dependencies>|<dependencies><dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId></dependency>|' \
    jobs/pom.xml > "$copy.pom"
fault "a broken arrow (jobs depends on a database)" jobs/pom.xml 'An arrow of' -pl jobs validate < "$copy.pom"
rm -f "$copy.pom"

exit $failed
