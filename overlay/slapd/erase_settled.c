/* See erase_settled.h. */
#include "erase_settled.h"

#include <ldap_avl.h>

struct cr_settled {
	Avlnode *known;
};

static int
by_subject(const void *a, const void *b)
{
	const struct cr_known *left = a, *right = b;

	return memcmp(left->subject, right->subject, sizeof(left->subject));
}

struct cr_known *
cr_known_of(struct cr_settled *settled,
	const unsigned char subject[CR_UUID_BYTES])
{
	struct cr_known key, *known;

	memcpy(key.subject, subject, sizeof(key.subject));
	known = ldap_avl_find(settled->known, &key, by_subject);
	if (known != NULL)
		return known;
	known = ch_calloc(1, sizeof(*known));
	memcpy(known->subject, subject, sizeof(known->subject));
	(void)ldap_avl_insert(&settled->known, known, by_subject,
		ldap_avl_dup_error);
	return known;
}

struct cr_settled *
cr_settled_new(void)
{
	return ch_calloc(1, sizeof(struct cr_settled));
}

void
cr_settled_free(struct cr_settled **settled)
{
	if (*settled != NULL)
		(void)ldap_avl_free((*settled)->known, ch_free);
	ch_free(*settled);
	*settled = NULL;
}

static int
look(void *item, void *arg)
{
	const struct cr_known *known = item;
	int64_t *next = arg;

	if (known->tell_at != 0 && known->tell_at < *next)
		*next = known->tell_at;
	return 0;
}

void
cr_known_look_ahead(struct cr_settled *settled, int64_t *next)
{
	(void)ldap_avl_apply(settled->known, look, next, -1, AVL_INORDER);
}
