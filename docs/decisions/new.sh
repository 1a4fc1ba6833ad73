#!/bin/sh
# Begins the next decision page from the template in README.md beside this file. `make adr` calls it.
set -eu

title=$1
if [ -z "$title" ]; then
    echo 'What was decided? make adr TITLE="Rows are facts or spans"' >&2
    exit 2
fi

here=$(dirname "$0")
last=$(ls "$here" | sed -n 's/^\([0-9][0-9]*\)-.*\.md$/\1/p' | sort -n | tail -n 1)
number=$(printf '%04d' "$(expr "${last:-0}" + 1)")
words=$(printf '%s' "$title" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | sed 's/^-//; s/-$//')
page="$here/$number-${words:-untitled}.md"

NUMBER="$number" TITLE="$title" DATE="$(date +%Y-%m-%d)" awk '
    /^```$/ { inside = 0 }
    inside && /^# NUMBER/ { print "# " ENVIRON["NUMBER"] ". " ENVIRON["TITLE"]; next }
    inside && /^DATE / { print ENVIRON["DATE"] " · in force"; next }
    inside { print }
    /^```markdown$/ { inside = 1 }
' "$here/README.md" > "$page"
echo "$page"
