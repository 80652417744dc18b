# A PostgreSQL for a try, with complaints and their reviews: sourced by run_demo.sh.
#   start_database FOLDER    a cluster in FOLDER, on a free port of the loopback; sets POSTGRES_URL
#   stop_database FOLDER
# PostgreSQL does not run as root; its Debian package has made a user for it.

as_database_user() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
  else
    (cd / && exec "$@")
  fi
}

database_programs() {
  find /usr/lib/postgresql -path '*/bin/initdb' -printf '%h\n' | sort -V | tail -1
}

start_database() {
  local folder=$1 inputs=tests/golden/feedback/inputs programs port try
  programs=$(database_programs)
  [ -n "$programs" ] || { echo "PostgreSQL is not installed; remedy: scripts/setup.sh test" >&2; return 1; }
  mkdir -p "$folder"
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  as_database_user "$programs/initdb" -D "$folder/data" -U hubmill -A trust -E UTF8 --locale=C --no-sync >/dev/null
  for try in 1 2 3 4 5; do  # A port that is free now may be taken a moment later.
    port=$((20000 + RANDOM % 20000))
    if as_database_user "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w -s \
        -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off" start 2>/dev/null; then
      break
    fi
    [ "$try" != 5 ] || { cat "$folder/log" >&2; return 1; }
  done
  export POSTGRES_URL="postgresql://hubmill@127.0.0.1:$port/postgres"
  psql -X -q -d "$POSTGRES_URL" -v ON_ERROR_STOP=1 -f "$inputs/schema.sql" \
    -c "\\copy complaints (id, department, message, urgency) FROM '$inputs/complaints.csv' (FORMAT csv)" \
    -c "\\copy misclassified_complaints (id, complaint_id, model_predicted_department, model_predicted_urgency, correct_department, correct_urgency, reviewed) FROM '$inputs/misclassified.csv' (FORMAT csv)"
}

stop_database() {
  as_database_user "$(database_programs)/pg_ctl" -D "$1/data" -m immediate -s stop
}
