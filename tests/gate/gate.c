/*
 * Stands between slapd and what it calls (LD_PRELOAD; CR_GATE is the directory
 * with the page of gate.h): holds or fails the syncs of the read log's
 * write-ahead files, counts the layers of the log barrier, and keeps what slapd
 * hands to the kernel for a socket in CR_GATE/wire/<port of the client>.<inode>.
 */
#include "gate/gate.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lber.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define LOOK_MS 2

EXPORT int fdatasync(int fd);
EXPORT ssize_t write(int fd, const void *bytes, size_t len);
EXPORT int ber_sockbuf_add_io(Sockbuf *sb, Sockbuf_IO *io, int layer,
    void *arg);

static struct cr_gate *gate;
static const char *directory;

static __attribute__((constructor)) void
find_gate(void)
{
	char path[PATH_MAX];
	void *page;
	int fd;

	directory = getenv("CR_GATE");
	if (directory == NULL)
		return;
	snprintf(path, sizeof(path), "%s/gate", directory);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	page = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	(void)close(fd);
	if (page != MAP_FAILED)
		gate = page;
}

static int
is_of_log(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len <= 0)
		return 0;
	path[len] = '\0';
	return strstr(path, "/wal/") != NULL;
}

int
fdatasync(int fd)
{
	if (gate != NULL && is_of_log(fd)) {
		atomic_fetch_add(&gate->syncs, 1);
		atomic_fetch_add(&gate->waiting, 1);
		while (atomic_load(&gate->state) == CR_GATE_SHUT)
			(void)poll(NULL, 0, LOOK_MS);
		atomic_fetch_sub(&gate->waiting, 1);
		if (atomic_load(&gate->state) == CR_GATE_FAILS) {
			errno = EIO;
			return -1;
		}
	}
	return (int)syscall(SYS_fdatasync, fd);
}

/* Only one thread writes to a connection at a time. */
static void
keep(int fd, const struct sockaddr_in *peer, const void *bytes, size_t len)
{
	char path[PATH_MAX];
	struct stat st;
	int file;

	if (fstat(fd, &st) != 0)
		return;
	snprintf(path, sizeof(path), "%s/wire/%u.%lu", directory,
	    (unsigned)ntohs(peer->sin_port), (unsigned long)st.st_ino);
	file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (file < 0)
		return;
	(void)!syscall(SYS_write, file, bytes, len);
	(void)close(file);
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	struct sockaddr_in peer = { 0 };
	socklen_t size = sizeof(peer);
	ssize_t done;
	int error;

	if (gate == NULL || atomic_load(&gate->capture) == 0)
		return syscall(SYS_write, fd, bytes, len);
	/* a client that has gone has no name any more */
	(void)getpeername(fd, (struct sockaddr *)&peer, &size);
	done = syscall(SYS_write, fd, bytes, len);
	error = errno;
	if (done > 0 && peer.sin_family == AF_INET)
		keep(fd, &peer, bytes, (size_t)done);
	errno = error;
	return done;
}

int
ber_sockbuf_add_io(Sockbuf *sb, Sockbuf_IO *io, int layer, void *arg)
{
	int (*real)(Sockbuf *, Sockbuf_IO *, int, void *) =
	    (int (*)(Sockbuf *, Sockbuf_IO *, int, void *))dlsym(RTLD_NEXT,
		"ber_sockbuf_add_io");

	if (gate != NULL && layer == INT_MAX - 1)
		atomic_fetch_add(&gate->layers, 1);
	return real(sb, io, layer, arg);
}
