/* tlog-proof and consistency proofs (overlay/log/proof.h) */
#include "fuzz/fuzz.h"

#include "log/proof.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice bytes = fuzz_slice(data, size);
	struct cr_hash leaf = { { 1 } }, root = { { 2 } };
	struct cr_proof_text proof;

	if (cr_proof_parse(bytes, &proof) != CR_OK)
		return 0;
	expect(lies_in(proof.note, bytes) && proof.note.len > 0);
	expect(proof.extra.ptr == NULL || lies_in(proof.extra, bytes));
	expect(proof.proof.count <= CR_PROOF_MAX);
	/* whatever it says, it does not prove this */
	for (uint64_t tree = 1; tree < 70; tree++) {
		(void)!cr_merkle_check_inclusion(&proof.proof, proof.index,
		    proof.index + tree, &leaf, &root);
		(void)!cr_merkle_check_consistency(&proof.proof, proof.index,
		    proof.index + tree, &leaf, &root);
	}
	return 0;
}
