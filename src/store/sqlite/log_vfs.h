/*
 * log_vfs: a thin layer between SQLite and the disk below, that passes on the frames of a commit in one piece.
 *
 * SQLite writes its log page by page, and each page in two calls; this layer keeps what continues the last write and
 * passes it on together, which halves the time of a commit's writes. Only the log of a connection that asks for it is
 * touched; its other files are the disk's own.
 *
 * Why nobody can tell the difference:
 * - To this connection, the file is what lies below and then what is kept: a read of what is kept is answered from it,
 *   and whatever else concerns it (a sync, a size, a truncation, a write elsewhere) passes it on first, in the order of
 *   writing.
 * - To other connections and processes, frames exist once the shared index of the log names them, which SQLite does
 *   after it has written a commit's last frame. That frame says so in its header (bytes 4 to 7, the size of the
 *   database after the commit, are not zero; section 4.1 of sqlite.org/fileformat2.html), and from there on nothing is
 *   kept: when its write returns, all of the commit is below, whether a sync follows (as with synchronous = FULL) or
 *   not. Frames before it (of a transaction that outgrew the cache) are nobody else's business. What is kept of one
 *   that was given up may be passed on later, where it would come over another writer's frames: for a database that
 *   has one writer only (the store's lock file sees to that).
 * - To a crash: a sync passes on what is kept before it is one, so what was synced is there.
 * - To a failure: what the disk below refuses is dropped, and the refusal goes to the write, sync or truncation that
 *   passed it on (a read does so only while a commit recounts its checksums). After any of these SQLite gives up the
 *   transaction, as it would have after the write itself, and the next one begins at or before what was dropped.
 */
#ifndef STERLING_STORE_SQLITE_LOG_VFS_H
#define STERLING_STORE_SQLITE_LOG_VFS_H

/* The name for sqlite3_open_v2, over what is the default VFS at the first call; NULL, the default VFS itself, if it
 * cannot be had. Any thread. */
const char *log_vfs_name(void);

#endif
