#!/bin/sh
# Installs the locked packages of frontend/ and fails when app/web/static/dist is not exactly what its sources give.
set -eu
cd "$(dirname "$0")/../frontend"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
npm run --silent check
