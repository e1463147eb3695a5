/*
 * Linked into the integration tests of a sanitizer build. What a test leaks
 * says nothing, and the search for it takes half a second per test.
 */
const char *__asan_default_options(void);

__attribute__((visibility("default"))) const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
