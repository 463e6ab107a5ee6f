# Read by the other scripts: finds a Python that is new enough and makes .venv with it. Sets `root` and `python`.
case "$(uname -s)" in
  Linux | Darwin) ;;
  *)
    echo "This runs on Linux and macOS. Windows is not supported; use WSL 2." >&2
    exit 1
    ;;
esac
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
python="$root/.venv/bin/python"

make_environment() {
  local candidate
  for candidate in "$python" python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$candidate" "$root/scripts/environment" "$1"
      return
    fi
  done
  echo "Python 3.11 or newer is needed, with venv and pip." >&2
  exit 1
}
