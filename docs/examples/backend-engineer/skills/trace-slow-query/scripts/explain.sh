#!/bin/sh
# Explains a query on the replica without changing anything: the transaction is read-only and always rolled back.
set -eu

if [ "$#" -ne 1 ] || [ ! -r "$1" ]; then
  echo "usage: explain.sh <file.sql>" >&2
  exit 64
fi
: "${SHIPMENTS_DB_URL:?set SHIPMENTS_DB_URL to the read-only replica}"

{
  echo "BEGIN TRANSACTION READ ONLY;"
  echo "SET LOCAL statement_timeout = '5s';"
  echo "EXPLAIN (ANALYZE, BUFFERS, FORMAT TEXT)"
  cat "$1"
  echo ";"
  echo "ROLLBACK;"
} | psql "$SHIPMENTS_DB_URL" --no-psqlrc --quiet --set ON_ERROR_STOP=1
