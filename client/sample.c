#include "sample.h"

#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
	char *const *x = a;
	char *const *y = b;
	int order = strcasecmp(*x, *y);

	return order != 0 ? order : strcmp(*x, *y);
}

/* With a limit the list is always in order: the last is the one to lose. */
static int
insert(struct cr_sample *sample, struct cr_slice text)
{
	struct cr_strings *kept = &sample->kept;
	size_t at;
	char *item;

	if (kept->count == sample->limit) {
		char *copy = cr_text_copy(text);

		if (copy == NULL)
			return CR_ENOMEM;
		if (compare(&copy, &kept->items[kept->count - 1]) >= 0) {
			free(copy);
			return CR_OK;
		}
		free(kept->items[kept->count - 1]);
		kept->items[kept->count - 1] = copy;
	} else if (cr_strings_add(kept, text) != CR_OK) {
		return CR_ENOMEM;
	}
	at = kept->count - 1;
	item = kept->items[at];
	for (; at > 0 && compare(&item, &kept->items[at - 1]) < 0; at--)
		kept->items[at] = kept->items[at - 1];
	kept->items[at] = item;
	return CR_OK;
}

static uint64_t
hash(struct cr_slice text)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text.len; i++)
		key = (key ^ (unsigned char)text.ptr[i]) *
		    UINT64_C(0x100000001b3);
	return key;
}

int
cr_sample_add(struct cr_sample *sample, struct cr_slice text)
{
	uint64_t key = hash(text);

	sample->total++;
	if (sample->total > 1 && key == sample->last)
		return CR_OK;
	sample->last = key;
	sample->distinct++;
	if (sample->limit > 0)
		return insert(sample, text);
	sample->sorted = false;
	return cr_strings_add(&sample->kept, text);
}

const struct cr_strings *
cr_sample_list(struct cr_sample *sample)
{
	if (sample->limit == 0 && !sample->sorted && sample->kept.count > 1)
		qsort(sample->kept.items, sample->kept.count,
			sizeof(*sample->kept.items), compare);
	sample->sorted = true;
	return &sample->kept;
}

void
cr_sample_clear(struct cr_sample *sample)
{
	cr_strings_clear(&sample->kept);
	*sample = (struct cr_sample){ 0 };
}
