# test_index_faults stands between the index and what it calls.
LDFLAGS_test_index_faults := $(foreach f,malloc calloc realloc fdatasync \
	mdb_env_create mdb_env_open mdb_env_info mdb_env_set_mapsize \
	mdb_txn_begin mdb_txn_commit mdb_dbi_open mdb_get mdb_put mdb_del \
	mdb_cursor_open mdb_cursor_get mdb_cursor_put mdb_cursor_del \
	,-Wl,--wrap=$(f))
