# Tests that stand between the library and what it calls.
LDFLAGS_test_faults := $(foreach f,malloc calloc realloc RAND_bytes \
	ber_alloc_t ber_flatten2 EVP_CIPHER_CTX_new EVP_CIPHER_CTX_ctrl \
	EVP_EncryptInit_ex EVP_EncryptUpdate EVP_EncryptFinal_ex \
	EVP_DecryptInit_ex EVP_DecryptUpdate EVP_DecryptFinal_ex \
	,-Wl,--wrap=$(f))
LDFLAGS_test_erase_response := -Wl,--wrap=calloc
LDFLAGS_test_log_faults := $(foreach f,openat write pwrite pwritev fsync \
	fdatasync fallocate ftruncate renameat mkdirat fstatat fstat stat \
	unlinkat getrandom fstatvfs,-Wl,--wrap=$(f))
LDFLAGS_test_tree_faults := $(foreach f,malloc calloc realloc pwrite pread \
	fdatasync fsync renameat mkdirat openat RAND_priv_bytes \
	EVP_MD_CTX_new EVP_DigestSignInit EVP_DigestSign \
	EVP_DigestVerifyInit EVP_DigestVerify \
	EVP_PKEY_new_raw_private_key EVP_PKEY_new_raw_public_key \
	EVP_PKEY_get_raw_public_key,-Wl,--wrap=$(f))
LDFLAGS_test_log_crash := $(foreach f,open openat close write pwrite pwritev \
	fsync fdatasync ftruncate rename renameat unlink unlinkat rmdir mkdir \
	mkdirat,-Wl,--wrap=$(f))
LDFLAGS_test_keyfile := $(foreach f,malloc calloc pwrite pread fdatasync fsync \
	link openat geteuid RAND_priv_bytes,-Wl,--wrap=$(f))
