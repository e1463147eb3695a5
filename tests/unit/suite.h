/*
 * What every unit test needs: one suite, run in this process when CK_FORK=no.
 */
#ifndef CR_TEST_SUITE_H
#define CR_TEST_SUITE_H

#include <check.h>
#include <stdlib.h>

static inline int
suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
