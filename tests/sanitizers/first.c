/*
 * Preloaded into slapd together with a sanitizer's runtime, and linked with
 * -z initfirst. ASan sets itself up at the first malloc(). In slapd that is
 * one that libp11-kit's constructor makes inside newlocale(), which holds
 * libc's locale lock; ASan's dlerror() then gives that lock back, and slapd
 * hangs in freelocale() when it exits. Here no lock is held.
 *
 * Modules stay mapped, so that what a report says about them has names.
 */
#include <dlfcn.h>
#include <stdlib.h>

const char *__asan_default_options(void);

static void *volatile first;

__attribute__((constructor)) static void
cr_first_malloc(void)
{
	first = malloc(1);
	free(first);
}

/* slapd has no frame pointers: only the slow unwinder gets through it. */
const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0:malloc_context_size=16";
}

int
dlclose(void *handle)
{
	(void)handle;
	return 0;
}
