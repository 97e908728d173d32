#!/bin/sh
# Lists the files that name a dependency, lock files left out.
set -eu
git grep --files-with-matches --fixed-strings -e "$1" -- . ':!*.lock' ':!*-lock.*'
